import {bool, bytes, type Codec, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX, LEAVES_MAX} from '../limits.ts';
import type {RevisionSigner} from './revision.ts';

/** What became of an agreement whose provider missed too often. */
export type Vacancy = {
	readonly epoch: Epoch;
	/** What all its pieces together are worth to repairers. */
	readonly bountyTotal: Lovelace;
	/** Capacity that no successor has taken over yet. */
	readonly unrepairedLeaves: number;
};

/** One side wants the agreement to end. Whoever shows a newer revision than that shows that it kept one back. */
export type Closing = {
	readonly by: RevisionSigner;
	readonly revisionNo: number;
	/** It was shown, and punished. */
	readonly isCaught: boolean;
};

/** The client wants the agreement to go on by itself: at no more than that rate, until no later than that epoch. */
export type StandingOrder = {readonly rateMax: Lovelace; readonly until: Epoch};

/** A provider keeps a client's pieces for a price, from one epoch to another. */
export type Agreement = {
	/** Whose pieces they are; may revise and close it. */
	readonly client: AccountId;
	/** Whose payer account pays, from its first epoch to its last: the client's own, or of whoever has allowed it. */
	readonly payer: AccountId;
	readonly provider: Hash32;
	/** Paid for, whether used or not. */
	readonly capacityLeaves: number;
	/** Lovelace per GiB (2^20 leaves) and epoch. */
	readonly rate: Lovelace;
	/** The first epoch that is committed, proven and paid. */
	readonly startEpoch: Epoch;
	/** The first epoch that is not. */
	readonly endEpoch: Epoch;
	/** It was paid for all proven epochs before this one; of later ones its payer owes the pay. */
	readonly settledAt: Epoch;
	/** Object lock: before this epoch the provider signs no revision that takes pieces out, and nobody ends the agreement. */
	readonly lockedUntil: Epoch;
	/** Null: it ends when it ends. */
	readonly standing: StandingOrder | null;
	/** Ed25519, 32 bytes: may move the pieces elsewhere when the agreement is vacated, and claim the bounty. */
	readonly repairerVk: Uint8Array;
	/** The vacated agreement that this one takes pieces over from. */
	readonly repairOf: Hash32 | null;
	/** Locked in the provider's bond. */
	readonly collateral: Lovelace;
	/** Of the newest revision that the chain has seen, in a proof or posted; 0 when there was none. */
	readonly revisionNo: number;
	/** Of the agreement trie. */
	readonly root: Hash32;
	readonly leaves: number;
	/** The first epoch whose commitment must have that revision or a later one. */
	readonly validFrom: Epoch;
	/** What both sides signed of it. */
	readonly revisionHash: Hash32 | null;
	/** Who closed it alone, and what was on chain then as the newest revision. */
	readonly closing: Closing | null;
	/** The epoch in which both sides closed it. It locks nothing any more; its row stays until proofs of that time are judged. */
	readonly closedIn: Epoch | null;
	/** The repairers' half of what was slashed on this agreement and not yet paid out. */
	readonly bounty: Lovelace;
	readonly vacancy: Vacancy | null;
};

const epoch: Codec<Epoch> = uint<Epoch>(EPOCH_MAX);

export const standingOrderCodec: Codec<StandingOrder> = record({rateMax: lovelace, until: epoch});
const sides: readonly RevisionSigner[] = ['client', 'provider'];
const sideCodec: Codec<RevisionSigner> = {
	write: (writer, side) => writer.uint(sides.indexOf(side)),
	read: reader => sides[reader.uint(sides.length - 1)] as RevisionSigner,
};

export const agreementCodec: Codec<Agreement> = record({
	client: bytes<AccountId>(28),
	payer: bytes<AccountId>(28),
	provider: bytes<Hash32>(32),
	capacityLeaves: uint(LEAVES_MAX),
	rate: lovelace,
	startEpoch: epoch,
	endEpoch: epoch,
	settledAt: epoch,
	lockedUntil: epoch,
	standing: nullable(standingOrderCodec),
	repairerVk: bytes(32),
	repairOf: nullable(bytes<Hash32>(32)),
	collateral: lovelace,
	revisionNo: uint(),
	root: bytes<Hash32>(32),
	leaves: uint(LEAVES_MAX),
	validFrom: epoch,
	revisionHash: nullable(bytes<Hash32>(32)),
	closing: nullable(record({by: sideCodec, revisionNo: uint(), isCaught: bool})),
	closedIn: nullable(epoch),
	bounty: lovelace,
	vacancy: nullable(record({epoch, bountyTotal: lovelace, unrepairedLeaves: uint(LEAVES_MAX)})),
});

const LEAVES_PER_GIB = 2n ** 20n;

/** What an agreement pays an epoch, rounded up, so that no capacity is free. */
export const epochRevenue = ({
	rate,
	capacityLeaves,
}: {
	readonly rate: Lovelace;
	readonly capacityLeaves: number;
}): bigint => (rate * BigInt(capacityLeaves) + LEAVES_PER_GIB - 1n) / LEAVES_PER_GIB;

/** Whether an agreement is committed, proven and paid in an epoch. */
export const countsIn = ({startEpoch, endEpoch, vacancy, closedIn}: Agreement, epoch: Epoch): boolean =>
	vacancy === null && closedIn === null && startEpoch <= epoch && epoch < endEpoch;
