/** The slots that a pool leads in an epoch, in CNCLI's form, each with what came of it. */
import {leadsSlot} from '#consensus/leader/leader-slots';
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {activeSlotLogarithm, isLeaderNumber} from '#consensus/leader/slot-leader';
import {tpraosVrfInput} from '#consensus/leader/tpraos-vrf-values';
import type {Nonce} from '#consensus/nonce/nonce';
import type {Hasher} from '#crypto/crypto';
import {bigFromBytes} from '#kernel/bytes';
import type {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import type {UsedSlot} from './chain-source.ts';

/** Alonzo and earlier: tpraos; Babbage: praos; Conway: cpraos. The last two draw alike. */
export type Consensus = 'tpraos' | 'praos' | 'cpraos';
export const CONSENSUS: readonly Consensus[] = ['tpraos', 'praos', 'cpraos'];

export type Outcome =
	/** The pool's block of that slot is on the chain. */
	| 'made'
	/** Another pool's block is there: both led the slot, and the other won. */
	| 'lost'
	/** The chain has gone on without a block in that slot. */
	| 'missed'
	| 'upcoming';

export type AssignedSlot = {
	readonly no: number;
	readonly slot: number;
	readonly slotInEpoch: number;
	readonly at: string;
	readonly outcome: Outcome;
	readonly why: string;
};

/** Tells for each slot whether the pool leads it. */
export const leaderTest = (
	crypto: Hasher,
	{
		consensus,
		nonce,
		sigma,
		f,
		vrfOutputOf,
	}: {
		readonly consensus: Consensus;
		readonly nonce: Nonce;
		readonly sigma: Ratio;
		readonly f: Ratio;
		readonly vrfOutputOf: (alpha: Uint8Array) => Uint8Array;
	},
): ((slot: number) => boolean) => {
	if (consensus !== 'tpraos') {
		const draw = {vrfOutputOf, epochNonce: nonce, threshold: leaderThreshold(sigma, f)};
		return slot => leadsSlot(crypto, draw, Slot(slot));
	}
	const logarithm = activeSlotLogarithm(f);
	return slot => {
		const output = vrfOutputOf(tpraosVrfInput(crypto, 'leader', slot, nonce));
		return logarithm === undefined || isLeaderNumber(bigFromBytes(output), sigma, logarithm, output.length);
	};
};

/** What came of a slot, and why it is said. */
export const outcomeOf = (
	slot: number,
	poolId: string,
	{tipSlot, used}: {readonly tipSlot: number | undefined; readonly used: ReadonlyMap<number, UsedSlot>},
): {readonly outcome: Outcome; readonly why: string} => {
	const block = used.get(slot);
	if (block?.poolId === poolId) return {outcome: 'made', why: `block ${block.hash}`};
	if (block !== undefined)
		return {outcome: 'lost', why: `the chain has block ${block.hash} of pool ${block.poolId}`};
	if (tipSlot === undefined || slot > tipSlot)
		return {outcome: 'upcoming', why: 'the chain has not come so far'};
	return {outcome: 'missed', why: 'the chain has no block in this slot: none was made, or it was orphaned'};
};

/** `2020-11-05T23:58:56-08:00` in a zone of the IANA database. */
export const timeIn = (zone: string, timeMs: number): string => {
	const date = new Date(timeMs);
	const parts = new Map(
		new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: '2-digit',
			day: '2-digit',
			hour: '2-digit',
			minute: '2-digit',
			second: '2-digit',
			timeZoneName: 'longOffset',
		})
			.formatToParts(date)
			.map(({type, value}) => [type, value]),
	);
	const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
	const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
	return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`;
};
