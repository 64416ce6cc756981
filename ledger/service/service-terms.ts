import {bytes, type Codec, lovelace, record, uint} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {EPOCH_MAX, LEAVES_MAX} from '../limits.ts';
import {type ServiceClass, serviceClassCodec} from './service-class.ts';

/** What both sides of an agreement promised each other about giving pieces back. */
export type ServiceTerms = {
	readonly serviceClass: ServiceClass;
	/** The first epoch whose pay counts: those before it were judged when the promise was made. */
	readonly since: Epoch;
	/** What the client has paid since the promise was made, or since its last refund: it never gets more back. */
	readonly paid: Lovelace;
	/** What ever went back. */
	readonly refunded: Lovelace;
	/** Demands that were answered, and those that were not. */
	readonly answered: number;
	readonly missed: number;
};

/** Before anything was promised, and paid. */
export const NO_TERMS: Omit<ServiceTerms, 'serviceClass' | 'since'> = {
	paid: Lovelace(0n),
	refunded: Lovelace(0n),
	answered: 0,
	missed: 0,
};

export const serviceTermsCodec: Codec<ServiceTerms> = record({
	serviceClass: serviceClassCodec,
	since: uint<Epoch>(EPOCH_MAX),
	paid: lovelace,
	refunded: lovelace,
	answered: uint(),
	missed: uint(),
});

/** A client waits for its provider to show one leaf of a piece. At most one for each agreement. */
export type RetrievalDemand = {
	readonly provider: Hash32;
	readonly client: AccountId;
	readonly pieceId: Hash32;
	readonly leafIndex: number;
	readonly serviceClass: ServiceClass;
	/** The first slot in which an answer is too late. */
	readonly deadline: Slot;
	/** The block that it came in. */
	readonly blockNo: BlockNo;
	/** The client's: for whoever is right. */
	readonly deposit: Lovelace;
};

export const retrievalDemandCodec: Codec<RetrievalDemand> = record({
	provider: bytes<Hash32>(32),
	client: bytes<AccountId>(28),
	pieceId: bytes<Hash32>(32),
	leafIndex: uint(LEAVES_MAX - 1),
	serviceClass: serviceClassCodec,
	deadline: uint<Slot>(),
	blockNo: uint<BlockNo>(),
	deposit: lovelace,
});

/** Asking for nothing costs more than answering: the answer's place in a block, and as much again and more for the provider. */
export const demandDeposit = ({feeBase}: Pick<LedgerParameters, 'feeBase'>): Lovelace =>
	Lovelace(5n * feeBase);

/** What of the deposit pays for the answer's place in a block. */
export const answerFee = ({feeBase}: Pick<LedgerParameters, 'feeBase'>): Lovelace => Lovelace(2n * feeBase);
