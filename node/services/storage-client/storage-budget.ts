/** What storage costs an account, and how long its funds last. Decides only. */
import {Lovelace} from '#kernel/lovelace';

const DAY_MS = 86_400_000n;
const MONTH_DAYS = 30n;
/** Prices are per GiB, people compare terabytes. */
const TB_BYTES = 10n ** 12n;
const GIB_BYTES = 2n ** 30n;

export type EpochLength = {readonly slotMs: number; readonly epochLength: number};

export const epochMs = ({slotMs, epochLength}: EpochLength): bigint => BigInt(slotMs) * BigInt(epochLength);

/** Of a rate per GiB and epoch: what 10^12 bytes cost in 30 days, rounded up. */
export const pricePerTbMonth = (rate: bigint, length: EpochLength): Lovelace => {
	const epochs = MONTH_DAYS * DAY_MS;
	const divisor = GIB_BYTES * epochMs(length);
	return Lovelace((rate * TB_BYTES * epochs + divisor - 1n) / divisor);
};

/** Of an amount for each epoch. */
export const perDay = (perEpoch: bigint, length: EpochLength): Lovelace =>
	Lovelace((perEpoch * DAY_MS) / epochMs(length));

/** Of so many epochs, in tenths. */
export const tenthsOfDays = (epochs: bigint, length: EpochLength): number =>
	Number((epochs * epochMs(length) * 10n) / DAY_MS);

export type BudgetInput = EpochLength & {
	/** In the payer account. */
	readonly funds: Lovelace;
	/** What all agreements together cost an epoch, and how much they have room for. */
	readonly perEpoch: Lovelace;
	readonly capacityLeaves: bigint;
	/** Epochs that funds must cover, or agreements end. */
	readonly lockEpochs: number;
};

export type FundsLevel =
	/** More than twice what must be covered. */
	| 'enough'
	/** Soon no new agreement can be opened. */
	| 'low'
	/** Less than agreements lock: none can be opened or go on for longer. */
	| 'short'
	/** Nothing to pay. */
	| 'unused';

export type StorageBudget = {
	readonly funds: Lovelace;
	readonly perEpoch: Lovelace;
	readonly perDay: Lovelace;
	/** What agreements lock of the funds. */
	readonly locked: Lovelace;
	/** Epochs and tenths of days that the funds last; null when nothing is to be paid. */
	readonly epochsLeft: bigint | null;
	readonly tenthsOfDaysLeft: number | null;
	readonly level: FundsLevel;
	/** What 10^12 bytes of room cost in 30 days on average; null without agreements. */
	readonly perTbMonth: Lovelace | null;
};

const LEAVES_PER_GIB = 2n ** 20n;

const levelOf = (funds: bigint, perEpoch: bigint, locked: bigint): FundsLevel => {
	if (perEpoch === 0n) return 'unused';
	if (funds < locked) return 'short';
	return funds < 2n * locked ? 'low' : 'enough';
};

export const storageBudget = (input: BudgetInput): StorageBudget => {
	const {funds, perEpoch, capacityLeaves, lockEpochs} = input;
	const locked = Lovelace(BigInt(lockEpochs) * perEpoch);
	const epochsLeft = perEpoch === 0n ? null : funds / perEpoch;
	return {
		funds,
		perEpoch,
		perDay: perDay(perEpoch, input),
		locked,
		epochsLeft,
		tenthsOfDaysLeft: epochsLeft === null ? null : tenthsOfDays(epochsLeft, input),
		level: levelOf(funds, perEpoch, locked),
		perTbMonth:
			capacityLeaves === 0n ? null : pricePerTbMonth((perEpoch * LEAVES_PER_GIB) / capacityLeaves, input),
	};
};
