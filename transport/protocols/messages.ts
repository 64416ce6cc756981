/** What a client and a provider say to each other about agreements and pieces. Bodies carry pieces; heads are these. */
import {VOUCHER_BYTES} from '#crypto/vouchers/voucher';
import {
	bytes,
	bytesBetween,
	type Codec,
	decode,
	encode,
	list,
	lovelace,
	text,
	uint,
	variant,
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Result} from '#kernel/result';
import {BODY_BYTES_MAX} from './frames.ts';

/** Piece ids in one revision or question; a client with more makes several. */
export const PIECES_PER_MESSAGE_MAX = 2048;
/** A transaction body, as the ledger bounds it. */
const TRANSACTION_BYTES_MAX = 16_384;
/** As `access/` bounds them. */
const GRANT_CHAIN_BYTES_MAX = 16_384;
const PLACEMENT_BYTES_MAX = 4096;
const PIECE_PROOFS_BYTES_MAX = 196_608;
/** A revision with its signatures, as the ledger bounds it. */
const REVISION_BYTES_MAX = 384;

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
	/** Asks for the provider's signature on a revision that the client has signed. */
	| {
			readonly kind: 'revise';
			/** `#ledger/agreements/revision`. */
			readonly revision: Uint8Array;
			readonly clientVk: Uint8Array;
			readonly clientSignature: Uint8Array;
			readonly added: readonly Hash32[];
			readonly removed: readonly Hash32[];
	  }
	/** Asks for the newest revision that both have signed. */
	| {readonly kind: 'revision'; readonly agreementId: Hash32}
	/** Asks where the agreement stands in the forest that was committed to for an epoch. */
	| {readonly kind: 'inclusion'; readonly agreementId: Hash32; readonly epoch: number}
	/** Asks which of these pieces are there, staged or held. */
	| {readonly kind: 'have'; readonly agreementId: Hash32; readonly pieceIds: readonly Hash32[]}
	/** From now on this peer's downloads are paid on that channel; signed by its payer (`#crypto/vouchers/channel-use`). */
	| {readonly kind: 'channel'; readonly channelId: Hash32; readonly signature: Uint8Array}
	/** A voucher in its 108 bytes. */
	| {readonly kind: 'pay'; readonly voucher: Uint8Array}
	/** Asks for the provider's witness on the body of a service-class transaction. */
	| {readonly kind: 'promise'; readonly transaction: Uint8Array}
	/** Grants to this peer's key, and, unless they are about all that their owner has, which pieces they are about. */
	| {
			readonly kind: 'access';
			/** `encodeGrantChain` of `access/`. */
			readonly chain: Uint8Array;
			/** `encodePlacement`; or nothing. */
			readonly placement: Uint8Array;
			/** `encodePieceProofs`; or nothing. */
			readonly pieces: Uint8Array;
	  };

export type PeerReply =
	/** `reason` is the code of the failure; `detail` says more to people. */
	| {readonly kind: 'refused'; readonly reason: string; readonly detail: string}
	| {readonly kind: 'witness'; readonly verificationKey: Uint8Array; readonly signature: Uint8Array}
	| {readonly kind: 'stored'}
	/** The provider's signature on the revision; it is kept for good. */
	| {readonly kind: 'revised'; readonly signature: Uint8Array}
	/** A signed revision, or nothing when there is none yet. */
	| {readonly kind: 'revision'; readonly signed: Uint8Array}
	/** `#storage-proofs/forest-piece`. */
	| {readonly kind: 'inclusion'; readonly inclusion: Uint8Array}
	/** The body is what was asked for; `pieceLength` in bytes of the whole piece. */
	| {readonly kind: 'piece'; readonly pieceLength: number}
	/** For each piece in order its length in bytes plus one; 0 when it is not there. */
	| {readonly kind: 'held'; readonly lengths: readonly number[]}
	| {
			readonly kind: 'till';
			/** Lovelace per GiB. */
			readonly price: Lovelace;
			/** What the channel has paid so far, settled or not. */
			readonly paid: Lovelace;
			/** What it would have to pay so far for all that was sent. */
			readonly owed: Lovelace;
			/** Bytes that are served before the next voucher. */
			readonly allowance: number;
			/** The newest voucher of the channel, or nothing. */
			readonly newest: Uint8Array;
	  }
	/** The voucher is kept for good. */
	| {readonly kind: 'paid'; readonly paid: Lovelace; readonly allowance: number}
	/** The grants are good; they end with that slot. */
	| {readonly kind: 'admitted'; readonly notAfter: number};

const REASON_BYTES_MAX = 64;
export const DETAIL_BYTES_MAX = 512;

export const peerRequest: Codec<PeerRequest> = variant({
	agree: [0, {transaction: bytesBetween(1, TRANSACTION_BYTES_MAX)}],
	put: [1, {agreementId, pieceId}],
	get: [2, {agreementId, pieceId, offset: uint(BODY_BYTES_MAX), length: uint(BODY_BYTES_MAX)}],
	// 3 asked for a signature on a transaction.
	have: [4, {agreementId, pieceIds: list(pieceId, PIECES_PER_MESSAGE_MAX)}],
	revise: [
		5,
		{
			revision: bytesBetween(1, REVISION_BYTES_MAX),
			clientVk: bytes(32),
			clientSignature: bytes(64),
			added: list(pieceId, PIECES_PER_MESSAGE_MAX),
			removed: list(pieceId, PIECES_PER_MESSAGE_MAX),
		},
	],
	revision: [6, {agreementId}],
	inclusion: [7, {agreementId, epoch: uint()}],
	channel: [10, {channelId: bytes<Hash32>(32), signature: bytes(64)}],
	pay: [11, {voucher: bytes(VOUCHER_BYTES)}],
	promise: [14, {transaction: bytesBetween(1, TRANSACTION_BYTES_MAX)}],
	access: [
		15,
		{
			chain: bytesBetween(1, GRANT_CHAIN_BYTES_MAX),
			placement: bytesBetween(0, PLACEMENT_BYTES_MAX),
			pieces: bytesBetween(0, PIECE_PROOFS_BYTES_MAX),
		},
	],
});

export const peerReply: Codec<PeerReply> = variant({
	refused: [0, {reason: text(REASON_BYTES_MAX), detail: text(DETAIL_BYTES_MAX)}],
	witness: [1, {verificationKey: bytes(32), signature: bytes(64)}],
	stored: [2, {}],
	piece: [3, {pieceLength: uint(BODY_BYTES_MAX)}],
	held: [4, {lengths: list(uint(BODY_BYTES_MAX + 1), PIECES_PER_MESSAGE_MAX)}],
	revised: [5, {signature: bytes(64)}],
	revision: [6, {signed: bytesBetween(0, REVISION_BYTES_MAX)}],
	inclusion: [7, {inclusion: bytesBetween(1, TRANSACTION_BYTES_MAX)}],
	till: [
		10,
		{
			price: lovelace,
			paid: lovelace,
			owed: lovelace,
			allowance: uint(),
			newest: bytesBetween(0, VOUCHER_BYTES),
		},
	],
	paid: [11, {paid: lovelace, allowance: uint()}],
	admitted: [15, {notAfter: uint()}],
});

export const encodeRequest = (request: PeerRequest): Uint8Array => encode(peerRequest, request);
export const decodeRequest = (head: Uint8Array): Result<PeerRequest, CborFailure> =>
	decode(peerRequest, head);
export const encodeReply = (reply: PeerReply): Uint8Array => encode(peerReply, reply);
export const decodeReply = (head: Uint8Array): Result<PeerReply, CborFailure> => decode(peerReply, head);
