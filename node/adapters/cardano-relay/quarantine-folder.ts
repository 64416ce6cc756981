/** What peers served and we refuse, one file for people and one with the bytes: the report that a client's team needs. */
import {mkdir, readdir} from 'node:fs/promises';
import path from 'node:path';
import {toHex} from '#kernel/bytes';
import type {Log} from '#node/ports/log';
import {writeFileAtomically} from '../private-file.ts';

/** Nobody fills our disk with what we refuse. */
const KEPT_MAX = 1_000;

/** Structurally the port of `node/services/cardano-relay/ports`, which adapters do not import. */
type Disagreement = {
	readonly kind: 'header' | 'block';
	readonly bytes: Uint8Array;
	readonly tag: number;
	readonly peer: string;
	readonly failure: {readonly code: string};
	readonly parent: {readonly slot: number; readonly blockNo: number; readonly hash: Uint8Array} | undefined;
};

type QuarantineParts = {
	readonly folder: string;
	readonly hash: (bytes: Uint8Array) => Uint8Array;
	readonly now: () => number;
	readonly version: string;
	readonly log: Log;
};

const plain = (_name: string, value: unknown): unknown => {
	if (typeof value === 'bigint') return value.toString();
	return value instanceof Uint8Array ? toHex(value) : value;
};

export const createQuarantineFolder = ({
	folder,
	hash,
	now,
	version,
	log,
}: QuarantineParts): {keep(disagreement: Disagreement): Promise<void>; readonly count: number} => {
	let count = 0;
	const write = async ({kind, bytes, tag, peer, failure, parent}: Disagreement): Promise<void> => {
		await mkdir(folder, {recursive: true, mode: 0o700});
		const name = `${kind}-${toHex(hash(bytes)).slice(0, 32)}`;
		const names = await readdir(folder);
		if (names.includes(`${name}.json`) || names.length >= 2 * KEPT_MAX) return;
		const report = {
			kind,
			refusedBecause: failure,
			eraTag: tag,
			peer,
			at: new Date(now()).toISOString(),
			parent: parent ?? null,
			bytes: `${name}.cbor`,
			software: `dcloud ${version}`,
		};
		await writeFileAtomically(path.join(folder, `${name}.cbor`), bytes);
		await writeFileAtomically(path.join(folder, `${name}.json`), `${JSON.stringify(report, plain, '\t')}\n`);
	};
	return {
		keep: async disagreement => {
			count++;
			await write(disagreement).catch((error: unknown) =>
				log.error('a disagreement could not be kept', {error}),
			);
		},
		get count() {
			return count;
		},
	};
};
