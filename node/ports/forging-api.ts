/** What the control API says of forging, in the forms of control-api.ts. */
import type {Hex} from './control-api.ts';

export type ForgingView = {
	/** `standby`: keys are there and checked, and nothing is signed; `none`: a relay. */
	readonly mode: 'active' | 'standby' | 'none';
	/** Whether blocks are made in the slots that the pool leads. */
	readonly enabled: boolean;
	readonly poolId: Hex | null;
	readonly leaderSlots: number;
	readonly forged: number;
	readonly adopted: number;
	readonly missed: number;
	/** Code of the last slot in which a block was hindered, or null after one that was adopted. */
	readonly lastReason: string | null;
	/** What was last told of a slot; `code` says why when it was not a block. */
	readonly lastOutcome: {readonly slot: number; readonly kind: string; readonly code: string | null} | null;
	readonly kesPeriod: number | null;
	readonly kesPeriodsLeft: number | null;
	/** When the certificate ends, in milliseconds since 1970. */
	readonly kesExpiresAtMs: number | null;
	/** Of the next slot that the pool leads, as far as the schedule is known. */
	readonly nextLeaderSlot: number | null;
};

/** What a pool leads with in one epoch; with its VRF key everything for its leader schedule. */
export type LeadershipView = {
	readonly pool: Hex;
	readonly epoch: number;
	readonly firstSlot: number;
	readonly lastSlot: number;
	/** null stands for the neutral nonce. */
	readonly epochNonce: Hex | null;
	/** Share of the stake, `1/2`. */
	readonly stake: string;
	/** f, `1/20`. */
	readonly activeSlotCoefficient: string;
	readonly vrfKeyHash: Hex;
	/** No roll back can change it any more. */
	readonly isFinal: boolean;
	/** Number of the pool's last certificate on the chain, in decimal; null before its first block. */
	readonly certificateCounter: string | null;
	readonly systemStartMs: number;
	readonly slotMs: number;
};

/** The slots that the node's own pool leads in one epoch. */
export type ScheduleView = Omit<LeadershipView, 'certificateCounter'> & {readonly slots: readonly number[]};

export type EpochName = 'current' | 'next';
