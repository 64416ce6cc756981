/**
 * What a repairer gets: for each segment the mask key, the piece ids and where they are. No content keys: a repairer
 * rebuilds pieces that it cannot read.
 */
import type {Aead} from '#crypto/aead';
import {bytes, bytesBetween, type Codec, decode, encode, list, record, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {type CodeProfile, codeProfileCodec, isCodeProfile} from '../erasure/code-profile.ts';
import {PIECES_MAX} from '../erasure/matrix.ts';
import {COPIES, GARBAGE, maskKeyOf} from '../segment/piece-mask.ts';
import {pieceLengthOf, SEGMENT_BYTES_MAX} from '../segment/segment-layout.ts';
import {
	HOLDERS_MAX,
	type Holder,
	holderCodec,
	MANIFEST_BYTES_MAX,
	type Manifest,
	type ManifestInconsistent,
	type PlacedPiece,
	piecesProblem,
	placedPieceCodec,
	SEGMENTS_MAX,
} from './manifest.ts';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from './sealed-box.ts';
import {unwrapKey} from './wrapped-key.ts';

export type RepairSegment = {
	/** 32 bytes; or `COPIES`, or `GARBAGE`. */
	readonly maskKey: Uint8Array;
	readonly pieceLength: number;
	readonly pieces: readonly PlacedPiece[];
};

export type RepairTicket = {
	readonly code: CodeProfile;
	readonly holders: readonly Holder[];
	readonly segments: readonly RepairSegment[];
	/** The newest signed revisions of the agreements, as far as the customer keeps them: the chain may not know them yet. */
	readonly revisions: readonly Uint8Array[];
};

export type RepairTicketError =
	| CborFailure
	| {readonly code: 'REPAIR_TICKET_TOO_LONG'; readonly length: number}
	| {readonly code: 'REPAIR_TICKET_SEAL_BROKEN'}
	| {
			readonly code: 'REPAIR_TICKET_INCONSISTENT';
			readonly problem: ManifestInconsistent['problem'];
			readonly segment?: number;
	  };

const DOMAIN = encodeUtf8('dcloud/repair-ticket/v1');

/** As the ledger bounds a signed revision. */
const REVISION_BYTES_MAX = 384;

const repairTicketCodec: Codec<RepairTicket> = record({
	code: codeProfileCodec,
	holders: list(holderCodec, HOLDERS_MAX),
	segments: list(
		record({
			maskKey: bytes(32),
			pieceLength: uint(SEGMENT_BYTES_MAX + 2 ** 20),
			pieces: list(placedPieceCodec, PIECES_MAX),
		}),
		SEGMENTS_MAX,
	),
	revisions: list(bytesBetween(1, REVISION_BYTES_MAX), HOLDERS_MAX),
});

/**
 * The ticket of a whole file; undefined when a segment's key does not open under the file's key. Of a file that has no key
 * any more, because it was deleted, it names the pieces only.
 */
export const repairTicketOf = (
	aead: Aead,
	{code, holders, segments, wrappedFileKey}: Manifest,
	fileKey: Uint8Array,
	revisions: readonly Uint8Array[] = [],
): RepairTicket | undefined => {
	const tickets: RepairSegment[] = [];
	const withoutKey = wrappedFileKey.every(byte => byte === 0) ? GARBAGE : COPIES;
	for (const {wrappedKey, plaintextLength, pieces} of segments) {
		const isCopied = code.k === 1 && wrappedKey.every(byte => byte === 0);
		const segmentKey = isCopied
			? undefined
			: unwrapKey(aead, {purpose: 'segment', wrapped: wrappedKey, under: fileKey});
		if (segmentKey === undefined && !isCopied) return undefined;
		tickets.push({
			maskKey: segmentKey === undefined ? withoutKey : maskKeyOf(segmentKey),
			pieceLength: pieceLengthOf(code.k, plaintextLength),
			pieces,
		});
	}
	return {code, holders, segments: tickets, revisions};
};

/** Canonical CBOR, not encrypted. */
export const encodeRepairTicket = (ticket: RepairTicket): Uint8Array => encode(repairTicketCodec, ticket);

export const decodeRepairTicket = (ticketBytes: Uint8Array): Result<RepairTicket, RepairTicketError> => {
	if (ticketBytes.length > MANIFEST_BYTES_MAX)
		return err({code: 'REPAIR_TICKET_TOO_LONG', length: ticketBytes.length});
	const decoded = decode(repairTicketCodec, ticketBytes);
	if (!decoded.ok) return decoded;
	const {code, holders, segments} = decoded.value;
	if (!isCodeProfile(code)) return err({code: 'REPAIR_TICKET_INCONSISTENT', problem: 'code'});
	for (const [segment, {pieces}] of segments.entries()) {
		const problem = piecesProblem(code, holders.length, pieces);
		if (problem !== undefined) return err({code: 'REPAIR_TICKET_INCONSISTENT', problem, segment});
	}
	return ok(decoded.value);
};

/** Under a key that customer and repairer share. `repairKey` 32 bytes, `nonce` 12 fresh random bytes. */
export const sealRepairTicket = (
	aead: Aead,
	{repairKey, nonce}: {readonly repairKey: Uint8Array; readonly nonce: Uint8Array},
	ticket: RepairTicket,
): Uint8Array => sealBox(aead, {key: repairKey, domain: DOMAIN, nonce}, encodeRepairTicket(ticket));

export const openRepairTicket = (
	aead: Aead,
	repairKey: Uint8Array,
	sealed: Uint8Array,
): Result<RepairTicket, RepairTicketError> => {
	if (sealed.length > MANIFEST_BYTES_MAX + BOX_OVERHEAD_BYTES)
		return err({code: 'REPAIR_TICKET_TOO_LONG', length: sealed.length});
	const opened = openBox(aead, {key: repairKey, domain: DOMAIN}, sealed);
	return opened === undefined ? err({code: 'REPAIR_TICKET_SEAL_BROKEN'}) : decodeRepairTicket(opened);
};
