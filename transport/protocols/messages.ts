/** What a client and a provider say to each other about agreements and pieces. Bodies carry pieces; heads are these. */
import {bytes, bytesBetween, type Codec, decode, encode, list, text, uint, variant} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {BODY_BYTES_MAX} from './frames.ts';

/** Piece ids in one revision or question; a client with more makes several. */
export const PIECES_PER_MESSAGE_MAX = 2048;
/** A transaction body, as the ledger bounds it. */
const TRANSACTION_BYTES_MAX = 16_384;

const pieceId = bytes<Hash32>(32);
const agreementId = bytes<Hash32>(32);

export type PeerRequest =
	/** Asks for the provider's witness on the body of an agreement-open transaction. */
	| {readonly kind: 'agree'; readonly transaction: Uint8Array}
	/** The body is the whole piece; it is staged until a revision adds it. */
	| {readonly kind: 'put'; readonly agreementId: Hash32; readonly pieceId: Hash32}
	/** `offset` and `length` in bytes of the piece. */
	| {
			readonly kind: 'get';
			readonly agreementId: Hash32;
			readonly pieceId: Hash32;
			readonly offset: number;
			readonly length: number;
	  }
	/** Asks for the provider's witness on the body of an agreement-revise transaction. */
	| {
			readonly kind: 'revise';
			readonly transaction: Uint8Array;
			readonly added: readonly Hash32[];
			readonly removed: readonly Hash32[];
	  }
	/** Asks which of these pieces are there, staged or held. */
	| {readonly kind: 'have'; readonly agreementId: Hash32; readonly pieceIds: readonly Hash32[]};

export type PeerReply =
	/** `reason` is the code of the failure; `detail` says more to people. */
	| {readonly kind: 'refused'; readonly reason: string; readonly detail: string}
	| {readonly kind: 'witness'; readonly verificationKey: Uint8Array; readonly signature: Uint8Array}
	| {readonly kind: 'stored'}
	/** The body is what was asked for; `pieceLength` in bytes of the whole piece. */
	| {readonly kind: 'piece'; readonly pieceLength: number}
	/** For each piece in order its length in bytes plus one; 0 when it is not there. */
	| {readonly kind: 'held'; readonly lengths: readonly number[]};

const REASON_BYTES_MAX = 64;
export const DETAIL_BYTES_MAX = 512;

export const peerRequest: Codec<PeerRequest> = variant({
	agree: [0, {transaction: bytesBetween(1, TRANSACTION_BYTES_MAX)}],
	put: [1, {agreementId, pieceId}],
	get: [2, {agreementId, pieceId, offset: uint(BODY_BYTES_MAX), length: uint(BODY_BYTES_MAX)}],
	revise: [
		3,
		{
			transaction: bytesBetween(1, TRANSACTION_BYTES_MAX),
			added: list(pieceId, PIECES_PER_MESSAGE_MAX),
			removed: list(pieceId, PIECES_PER_MESSAGE_MAX),
		},
	],
	have: [4, {agreementId, pieceIds: list(pieceId, PIECES_PER_MESSAGE_MAX)}],
});

export const peerReply: Codec<PeerReply> = variant({
	refused: [0, {reason: text(REASON_BYTES_MAX), detail: text(DETAIL_BYTES_MAX)}],
	witness: [1, {verificationKey: bytes(32), signature: bytes(64)}],
	stored: [2, {}],
	piece: [3, {pieceLength: uint(BODY_BYTES_MAX)}],
	held: [4, {lengths: list(uint(BODY_BYTES_MAX + 1), PIECES_PER_MESSAGE_MAX)}],
});

export const encodeRequest = (request: PeerRequest): Uint8Array => encode(peerRequest, request);
export const decodeRequest = (head: Uint8Array): Result<PeerRequest, CborFailure> =>
	decode(peerRequest, head);
export const encodeReply = (reply: PeerReply): Uint8Array => encode(peerReply, reply);
export const decodeReply = (head: Uint8Array): Result<PeerReply, CborFailure> => decode(peerReply, head);
