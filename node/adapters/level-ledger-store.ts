import type {Hasher} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import type {Database} from './level-database.ts';
import {appliedRecord, decodeStored, plainBytes, snapshotRecord} from './stored-block-codec.ts';

const SNAPSHOTS_KEPT = 2;
const CHECKSUM_BYTES = 32;

const appliedKey = (hash: Uint8Array): string => `applied!${toHex(hash)}`;
const snapshotKey = (blockNo: number): string => `snapshot!${blockNo.toString(16).padStart(14, '0')}`;
const pinnedKey = (name: string): string => `pinned!${name}`;
const SNAPSHOTS = {gt: 'snapshot!', lt: 'snapshot!\uffff', reverse: true} as const;

/** Diffs and snapshots in the database of a data folder. A snapshot stands behind its blake2b-256. */
export const createLevelLedgerStore = (
	{level, find, guard}: Database,
	{hasher}: {hasher: Hasher},
): LedgerStore => {
	const sealed = (snapshot: LedgerSnapshot): Uint8Array => {
		const bytes = encode(snapshotRecord, snapshot);
		return Buffer.concat([hasher.blake2b256(bytes), bytes]);
	};
	const unsealed = (value: Uint8Array): LedgerSnapshot | undefined => {
		const stored = plainBytes(value);
		const bytes = stored.subarray(CHECKSUM_BYTES);
		if (!equalBytes(stored.subarray(0, CHECKSUM_BYTES), hasher.blake2b256(bytes))) return undefined;
		const decoded = decode(snapshotRecord, bytes);
		return decoded.ok ? decoded.value : undefined;
	};
	return {
		putApplied: (hash, applied) => guard(() => level.put(appliedKey(hash), encode(appliedRecord, applied))),
		applied: hash =>
			guard(async () => {
				const found = await find(appliedKey(hash));
				return found === undefined ? undefined : decodeStored(appliedRecord, found);
			}),
		dropApplied: hashes =>
			guard(() => level.batch(hashes.map(hash => ({type: 'del', key: appliedKey(hash)})))),
		putSnapshot: snapshot =>
			guard(async () => {
				const key = snapshotKey(snapshot.blockNo);
				const older = (await level.keys(SNAPSHOTS).all()).filter(other => other < key);
				const newer = (await level.keys(SNAPSHOTS).all()).filter(other => other > key);
				await level.batch([
					{type: 'put', key, value: sealed(snapshot)},
					...[...newer, ...older.slice(SNAPSHOTS_KEPT - 1)].map(old => ({type: 'del', key: old}) as const),
				]);
			}),
		snapshots: () =>
			guard(async () =>
				(await level.values(SNAPSHOTS).all()).flatMap(stored => {
					const snapshot = unsealed(stored);
					return snapshot === undefined ? [] : [snapshot];
				}),
			),
		pin: (name, snapshot) => guard(() => level.put(pinnedKey(name), sealed(snapshot))),
		unpin: name => guard(() => level.del(pinnedKey(name))),
		pinnedNames: () =>
			guard(async () =>
				(await level.keys({gt: 'pinned!', lt: 'pinned!\uffff'}).all()).map(key =>
					key.slice(pinnedKey('').length),
				),
			),
		pinned: name =>
			guard(async () => {
				const found = await find(pinnedKey(name));
				return found && unsealed(found);
			}),
	};
};
