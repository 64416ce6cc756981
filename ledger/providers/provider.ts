import {bool, bytes, type Codec, list, lovelace, nullable, record, u64, uint} from '#kernel/cbor/codec';
import type {AccountId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import {AGREEMENTS_PER_PROVIDER_MAX, EPOCH_MAX, LEAVES_MAX, PENALTIES_KEPT} from '../limits.ts';
import {type PenaltyReason, penaltyReasonCodec} from './miss-reason.ts';

/** What a miss or a loss cost, for the provider to read. */
export type Penalty = {
	readonly epoch: Epoch;
	readonly reason: PenaltyReason;
	/** Taken from the bond. */
	readonly slashed: Lovelace;
	/** Whether its agreements were vacated: after a miss all of them, after a report those with the loss. */
	readonly vacated: boolean;
	/** The block that judged it. */
	readonly slot: Slot;
	readonly blockNo: BlockNo;
};

/** Whoever keeps pieces. Its id is its claim on Cardano. */
export type Provider = {
	/** Ed25519, 32 bytes: signs agreements, commitments and proofs. */
	readonly operatorVk: Uint8Array;
	/** Receives the pay. */
	readonly payoutAccount: AccountId;
	/** All credits it has put up, the collateral of its agreements included. */
	readonly bond: Lovelace;
	/** The part of the bond that agreements hold. */
	readonly collateral: Lovelace;
	/** The least it takes, in lovelace per GiB (2^20 leaves) and epoch. */
	readonly storePrice: Lovelace;
	readonly minTermEpochs: number;
	readonly capacityLeaves: number;
	/** Sum of the capacities of its agreements. */
	readonly usedLeaves: number;
	readonly accepting: boolean;
	/** The epoch in which it announced its exit. */
	readonly exitFrom: Epoch | null;
	readonly registeredAt: Epoch;
	/** Epochs of its misses within the window that the penalty ladder looks at. */
	readonly misses: readonly Epoch[];
	readonly provenEpochs: number;
	readonly lastProvenEpoch: Epoch | null;
	/** Which of the 64 epochs up to that one it has proven; the lowest bit is that one's (`proven-epochs`). */
	readonly provenBits: bigint;
	/** None of its agreements was settled for less than all epochs before this one. */
	readonly settledFrom: Epoch;
	/** Pay of all epochs that were settled, after the protocol fee. */
	readonly earned: Lovelace;
	/** The newest ones, oldest first. */
	readonly penalties: readonly Penalty[];
};

const MISSES_MAX = 1024;
const epoch: Codec<Epoch> = uint<Epoch>(EPOCH_MAX);

export const providerCodec: Codec<Provider> = record({
	operatorVk: bytes(32),
	payoutAccount: bytes<AccountId>(28),
	bond: lovelace,
	collateral: lovelace,
	storePrice: lovelace,
	minTermEpochs: uint(EPOCH_MAX),
	capacityLeaves: uint(LEAVES_MAX),
	usedLeaves: uint(LEAVES_MAX),
	accepting: bool,
	exitFrom: nullable(epoch),
	registeredAt: epoch,
	misses: list(epoch, MISSES_MAX),
	provenEpochs: uint(),
	lastProvenEpoch: nullable(epoch),
	provenBits: u64,
	settledFrom: epoch,
	earned: lovelace,
	penalties: list(
		record({
			epoch,
			reason: penaltyReasonCodec,
			slashed: lovelace,
			vacated: bool,
			slot: uint<Slot>(),
			blockNo: uint<BlockNo>(),
		}),
		PENALTIES_KEPT,
	),
});

/** The ids of a provider's agreements that are not vacated, in their order. */
export type ProviderAgreements = readonly Uint8Array[];

export const providerAgreementsCodec: Codec<ProviderAgreements> = list(
	bytes(32),
	AGREEMENTS_PER_PROVIDER_MAX,
);

/** Everything that was ever taken from a provider's bond: cumulative, and kept after it has left. */
export type Slashed = {readonly cumulative: Lovelace};

export const slashedCodec: Codec<Slashed> = record({cumulative: lovelace});
