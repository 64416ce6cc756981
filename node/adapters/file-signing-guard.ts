import path from 'node:path';
import {crc32} from 'node:zlib';
import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import type {FileSystem} from '#node/ports/file-system';
import type {SignedUnder, SigningGuard} from '#node/ports/signing-guard';

type LastSigned = {readonly slot: Slot; readonly under: SignedUnder | undefined};

/** The second line is absent where an operator wrote the file. */
const FORM =
	/^(?<slot>\d{1,16})\n(?:(?<hotVk>[0-9a-f]{64}) (?<counter>\d{1,20}) (?<evolution>\d{1,3}) (?<sum>[0-9a-f]{8})\n)?$/;
const FILE_BYTES_MAX = 256;

/** Everything before the checksum: a flipped bit must not make an earlier slot of the last one. */
const body = (slot: number, {hotVk, counter, evolution}: SignedUnder): string =>
	`${slot}\n${toHex(hotVk)} ${counter} ${evolution} `;
const sumOf = (text: string): string => crc32(encodeUtf8(text)).toString(16).padStart(8, '0');

const parse = (text: string): LastSigned | undefined => {
	const {slot: digits, hotVk: hex, counter, evolution, sum} = FORM.exec(text)?.groups ?? {};
	const slot = digits === undefined ? Number.NaN : Number(digits);
	if (!Number.isSafeInteger(slot)) return undefined;
	const hotVk = hex === undefined ? undefined : parseHex(hex);
	if (hotVk === undefined || counter === undefined) return {slot: Slot(slot), under: undefined};
	const under = {hotVk, counter: BigInt(counter), evolution: Number(evolution)};
	return sumOf(body(slot, under)) === sum ? {slot: Slot(slot), under} : undefined;
};

const textOf = async (fileSystem: FileSystem, file: string): Promise<string | undefined> => {
	const opened = await fileSystem.open(file);
	try {
		const size = await opened.size();
		return size > FILE_BYTES_MAX ? undefined : decodeUtf8(await opened.read(0, size));
	} finally {
		await opened.close();
	}
};

const read = async (fileSystem: FileSystem, file: string): Promise<LastSigned | undefined> => {
	if (!(await fileSystem.list(path.dirname(file))).includes(path.basename(file))) return undefined;
	const text = await textOf(fileSystem, file);
	const last = text === undefined ? undefined : parse(text);
	if (last !== undefined) return last;
	// Guessing here could sign a slot twice.
	throw new NodeError({
		code: 'SIGNING_GUARD_BAD',
		file,
		message: `${file} should hold the last signed slot and does not: write that number into it.`,
	});
};

/** In the place of what the file holds: on the disk for good when it resolves; a crash leaves the one or the other. */
const replace = async (fileSystem: FileSystem, file: string, text: string): Promise<void> => {
	const next = `${file}.next`;
	await fileSystem.remove(next);
	const opened = await fileSystem.create(next);
	try {
		await opened.append([encodeUtf8(text)]);
		await opened.sync();
	} finally {
		await opened.close();
	}
	await fileSystem.rename(next, file);
	await fileSystem.syncFolder(path.dirname(file));
};

/**
 * The guard in one small file: a line with the slot, a line with the KES verification key, the certificate's number, the
 * key's evolution and a checksum. Throws SIGNING_GUARD_BAD, STORE_….
 */
export const openSigningGuard = async (fileSystem: FileSystem, file: string): Promise<SigningGuard> => {
	await fileSystem.makeFolder(path.dirname(file));
	let last = await read(fileSystem, file);
	return {
		lastSignedSlot: () => last?.slot,
		lastSignedUnder: () => last?.under,
		record: async (slot, under) => {
			const text = body(slot, under);
			await replace(fileSystem, file, `${text}${sumOf(text)}\n`);
			last = {slot, under};
		},
	};
};
