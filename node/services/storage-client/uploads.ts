/** Uploads on their way, noted so that they can go on after a crash. */
import type {Aead} from '#crypto/aead';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Entropy} from '#node/ports/entropy';
import type {UploadJournal} from '#node/ports/upload-journal';
import type {Holder} from '#pieces/manifest/manifest';
import {
	openUploadRecord,
	sealUploadRecord,
	type UploadPlan,
	type UploadRecord,
	type UploadSoFar,
	uploadSoFar,
} from '#pieces/manifest/upload-record';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {ClientAgreement} from './client-agreements.ts';
import type {FileSegment} from './upload-file.ts';

export type Uploads = {
	/** What an earlier try under that name has left; undefined when that is nothing of use. */
	load(name: string): Promise<UploadSoFar | undefined>;
	/** Forgets what there was under that name. */
	begin(name: string, plan: UploadPlan): Promise<void>;
	add(name: string, record: UploadRecord): Promise<void>;
	remove(name: string): Promise<void>;
};

/** What cannot be read of a journal ends it: the upload goes on from there. */
export const openUploads = (
	{journal, aead, entropy}: {readonly journal: UploadJournal; readonly aead: Aead; readonly entropy: Entropy},
	customerKey: Uint8Array,
): Uploads => {
	const add = (name: string, record: UploadRecord): Promise<void> =>
		journal.append(name, sealUploadRecord(aead, {customerKey, nonce: entropy.bytes(12)}, record));
	return {
		load: async name => {
			const records: UploadRecord[] = [];
			for (const sealed of await journal.load(name)) {
				const opened = openUploadRecord(aead, customerKey, sealed);
				if (!opened.ok) break;
				records.push(opened.value);
			}
			return uploadSoFar(records);
		},
		begin: async (name, plan) => {
			await journal.remove(name);
			await add(name, plan);
		},
		add,
		remove: name => journal.remove(name),
	};
};

/** The record of a segment of an upload whose plan names these holders. */
export const segmentRecord = (
	holders: readonly Holder[],
	index: number,
	{plaintextLength, wrappedKey, pieces}: FileSegment,
): UploadRecord => {
	const places = new Map(holders.map(({agreementId}, place) => [toHex(agreementId), place]));
	const placed = pieces.map(({index: piece, pieceId, target}) => ({
		index: piece,
		pieceId,
		holder: defined(places.get(toHex(target.agreementId)), 'the plan names all agreements'),
	}));
	return {kind: 'segment', index, segment: {plaintextLength, wrappedKey, pieces: placed}};
};

/**
 * The segments of an earlier try that can be gone on with: those of which enough pieces are with these agreements'
 * providers. `has` asks them.
 */
export const segmentsKept = async (
	{plan, segments}: UploadSoFar,
	agreements: readonly ClientAgreement[],
	has: (agreement: ClientAgreement, pieceIds: readonly Uint8Array[]) => Promise<ReadonlySet<string>>,
): Promise<ReadonlyMap<number, FileSegment>> => {
	const byId = new Map(agreements.map(agreement => [toHex(agreement.agreementId), agreement]));
	const targets = plan.holders.map(({agreementId}) => byId.get(toHex(agreementId)));
	const there = new Map(
		await Promise.all(
			targets.map(async (agreement, holder) => {
				const ids = [...segments.values()].flatMap(({pieces}) =>
					pieces.filter(piece => piece.holder === holder).map(({pieceId}) => pieceId),
				);
				const found = agreement === undefined ? new Set<string>() : await has(agreement, ids);
				return [holder, found] as const;
			}),
		),
	);
	const kept = new Map<number, FileSegment>();
	for (const [index, {plaintextLength, wrappedKey, pieces}] of segments) {
		const length = pieceLengthOf(plan.code.k, plaintextLength);
		const held = pieces.flatMap(({index: piece, pieceId, holder}) => {
			const target = targets[holder];
			const isThere = target !== undefined && there.get(holder)?.has(toHex(pieceId)) === true;
			return isThere ? {index: piece, pieceId, length, target} : [];
		});
		// As many as a new upload would have to reach.
		if (held.length >= plan.code.repairAt) kept.set(index, {plaintextLength, wrappedKey, pieces: held});
	}
	return kept;
};
