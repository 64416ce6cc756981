import type {CardanoNetwork} from '../deployment.ts';
import type {TimeRange} from './governance-plans.ts';

/** The governance script wants to know what time it is to within an hour. */
const WIDTH_MS_MAX = 3_600_000;
/** Enough to build, sign and submit, and for the next blocks to be full. */
const WIDTH_MS = 600_000;
/** Where slots are short, as on a devnet, and votes with them. */
const WIDTH_SLOTS_MIN = 10;

/** When a slot begins, in POSIX milliseconds. */
export const slotStart = ({zeroTimeMs, slotLengthMs}: CardanoNetwork, slot: number): number =>
	zeroTimeMs + slot * slotLengthMs;

/**
 * When a transaction is valid that is made in slot `now`: ten minutes, or a tenth of `phaseMs` (of a vote, say) when that is
 * shorter. It ends at `lastMs` at the latest; undefined when there is no whole slot until then.
 */
export const rangeFrom = (
	network: CardanoNetwork,
	now: number,
	{phaseMs, lastMs = Number.MAX_SAFE_INTEGER}: {readonly phaseMs: number; readonly lastMs?: number},
): TimeRange | undefined => {
	const {zeroTimeMs, slotLengthMs} = network;
	const fromMs = slotStart(network, now);
	const wished = Math.max(WIDTH_SLOTS_MIN * slotLengthMs, Math.min(WIDTH_MS, phaseMs / 10));
	const end = Math.min(fromMs + Math.min(WIDTH_MS_MAX, wished), lastMs);
	const toMs = slotStart(network, Math.floor((end - zeroTimeMs) / slotLengthMs));
	return toMs > fromMs ? {fromMs, toMs} : undefined;
};
