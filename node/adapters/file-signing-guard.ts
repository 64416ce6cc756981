import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {SignedUnder, SigningGuard} from '#node/ports/signing-guard';
import {readBoundedFile, writeFileAtomically} from './private-file.ts';

type LastSigned = {readonly slot: Slot; readonly under: SignedUnder | undefined};

/** The second line is absent where an operator wrote the file. */
const FORM = /^(?<slot>\d{1,16})\n(?:(?<hotVk>[0-9a-f]{64}) (?<counter>\d{1,20}) (?<evolution>\d{1,3})\n)?$/;

const parse = (text: string): LastSigned | undefined => {
	const {slot, hotVk, counter, evolution} = FORM.exec(text)?.groups ?? {};
	if (slot === undefined || !Number.isSafeInteger(Number(slot))) return undefined;
	const vk = hotVk === undefined ? undefined : parseHex(hotVk);
	if (vk === undefined || counter === undefined) return {slot: Slot(Number(slot)), under: undefined};
	const under = {hotVk: vk, counter: BigInt(counter), evolution: Number(evolution)};
	return {slot: Slot(Number(slot)), under};
};

const read = async (file: string): Promise<LastSigned | undefined> => {
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: 256});
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
	const last = parse(text);
	if (last !== undefined) return last;
	// Guessing here could sign a slot twice.
	throw new NodeError({
		code: 'SIGNING_GUARD_BAD',
		file,
		message: `${file} should hold the last signed slot and does not: write that number into it.`,
	});
};

/**
 * The guard in one small file: a line with the slot, a line with the KES verification key, the certificate's
 * number and the key's evolution.
 * Throws SIGNING_GUARD_BAD, FILE_….
 */
export const openSigningGuard = async (file: string): Promise<SigningGuard> => {
	let last = await read(file);
	return {
		lastSignedSlot: () => last?.slot,
		lastSignedUnder: () => last?.under,
		record: async (slot, under) => {
			const {hotVk, counter, evolution} = under;
			await writeFileAtomically(file, `${slot}\n${toHex(hotVk)} ${counter} ${evolution}\n`);
			last = {slot, under};
		},
	};
};
