import type {Hasher} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import type {FileSystem} from '#node/ports/file-system';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import {decodeFrame, encodeFrame} from './frame.ts';
import {snapshotRecord} from './snapshot-record.ts';
import {isTemporary, readWhole, replaceFile} from './whole-file.ts';

const SNAPSHOTS_KEPT = 2;
const CHECKSUM_BYTES = 32;
const NAME = /^(\d{16})-[0-9a-f]{16}\.snapshot$/;
const PINNED = /^pinned-([a-z0-9-]{1,64})\.snapshot$/;

const nameOf = ({blockNo, hash}: LedgerSnapshot): string =>
	`${String(blockNo).padStart(16, '0')}-${toHex(hash.subarray(0, 8))}.snapshot`;
const pinnedName = (name: string): string => {
	const file = `pinned-${name}.snapshot`;
	assert(PINNED.test(file), 'a snapshot is pinned under a plain name');
	return file;
};

export type SnapshotParts = {
	readonly fileSystem: FileSystem;
	/** Of the snapshots. */
	readonly folder: string;
	readonly hasher: Hasher;
};

/** The snapshot in a file, or undefined when it is not what was written. */
export const readSnapshot = async (
	{fileSystem, folder, hasher}: SnapshotParts,
	name: string,
): Promise<LedgerSnapshot | undefined> => {
	const payload = decodeFrame('snapshot', await readWhole(fileSystem, `${folder}/${name}`));
	if (payload === undefined || payload.length < CHECKSUM_BYTES) return undefined;
	const bytes = payload.subarray(CHECKSUM_BYTES);
	if (!equalBytes(payload.subarray(0, CHECKSUM_BYTES), hasher.blake2b256(bytes))) return undefined;
	const decoded = decode(snapshotRecord, bytes);
	return decoded.ok ? decoded.value : undefined;
};

const isSnapshot = (name: string): boolean => NAME.test(name) || PINNED.test(name);

/** Names of all snapshot files, pinned ones too. */
export const snapshotFiles = async ({fileSystem, folder}: SnapshotParts): Promise<readonly string[]> =>
	(await fileSystem.list(folder)).filter(isSnapshot);

/** One file for each snapshot, which appears under its name when it is whole and on the disk. */
export const openFileLedgerStore = async (parts: SnapshotParts): Promise<LedgerStore> => {
	const {fileSystem, folder, hasher} = parts;
	await fileSystem.makeFolder(folder);
	for (const name of await fileSystem.list(folder))
		if (isTemporary(name)) await fileSystem.remove(`${folder}/${name}`);
	const write = async (name: string, snapshot: LedgerSnapshot): Promise<void> => {
		const bytes = encode(snapshotRecord, snapshot);
		const frame = encodeFrame('snapshot', [hasher.blake2b256(bytes), bytes]);
		await replaceFile(fileSystem, {folder, name, parts: frame});
	};
	/** In order of block number. */
	const list = async (): Promise<readonly string[]> =>
		(await fileSystem.list(folder)).filter(name => NAME.test(name));
	return {
		putSnapshot: async snapshot => {
			const name = nameOf(snapshot);
			const others = (await list()).filter(other => other !== name);
			await write(name, snapshot);
			const older = others.filter(other => other < name);
			const kept = older.slice(older.length - (SNAPSHOTS_KEPT - 1));
			for (const other of others) if (!kept.includes(other)) await fileSystem.remove(`${folder}/${other}`);
		},
		snapshots: async () => {
			const found: LedgerSnapshot[] = [];
			for (const name of (await list()).toReversed()) {
				const snapshot = await readSnapshot(parts, name);
				if (snapshot !== undefined) found.push(snapshot);
			}
			return found;
		},
		pin: (name, snapshot) => write(pinnedName(name), snapshot),
		unpin: name => fileSystem.remove(`${folder}/${pinnedName(name)}`),
		pinnedNames: async () =>
			(await fileSystem.list(folder)).flatMap(file => PINNED.exec(file)?.[1] ?? []).sort(),
		pinned: async name => {
			const file = pinnedName(name);
			const files = await fileSystem.list(folder);
			return files.includes(file) ? readSnapshot(parts, file) : undefined;
		},
	};
};
