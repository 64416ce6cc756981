import {checkVrfKey, type VrfKeyFailure} from '#consensus/header/rules/check-vrf-key';
import {type LeaderDraw, leadsSlot} from '#consensus/leader/leader-slots';
import {slotAt} from '#consensus/time';
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {EpochName} from '#node/ports/forging-api';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {ChainService} from '../chain/chain-service.ts';
import {type EpochLeadership, type EpochLeadershipFailure, epochLeadership} from './epoch-leadership.ts';
import {visitSlots} from './slot-loop.ts';

/** Lets everything else run that is due: between two parts of a long computation. */
export type Breathe = () => Promise<void>;

/** So many slots are computed in one breath: a few milliseconds. */
const SLOTS_AT_ONCE = 16;

/** The slots of an epoch that a draw wins, from first to last. Throws the signal's reason. */
export const drawLeaderSlots = async (
	crypto: Crypto,
	{firstSlot, lastSlot}: Pick<EpochLeadership, 'firstSlot' | 'lastSlot'>,
	draw: LeaderDraw,
	{
		breathe,
		signal,
		progress,
	}: {
		readonly breathe: Breathe;
		readonly signal: AbortSignal;
		/** Told how many slots are done. */
		readonly progress?: (done: number) => void;
	},
): Promise<readonly Slot[]> => {
	const led: Slot[] = [];
	for (let slot = firstSlot; slot <= lastSlot; slot = Slot(slot + 1)) {
		if ((slot - firstSlot) % SLOTS_AT_ONCE === 0) {
			signal.throwIfAborted();
			progress?.(slot - firstSlot);
			await breathe();
		}
		if (leadsSlot(crypto, draw, slot)) led.push(slot);
	}
	progress?.(lastSlot - firstSlot + 1);
	return led;
};

export type Schedule = EpochLeadership & {readonly slots: readonly Slot[]};
export type ScheduleFailure = EpochLeadershipFailure | VrfKeyFailure | {readonly code: 'FORGE_NO_KEYS'};

/** Whose slots they are. */
export type ScheduleKeys = Pick<ForgingKeys, 'issuerVk' | 'vrfVk'> & {
	/** beta by the VRF key. */
	readonly vrfOutputOf: (alpha: Uint8Array) => Uint8Array;
};

export type LeaderSchedulePorts = {
	readonly crypto: Crypto;
	readonly chain: ChainService;
	/** Those that the node forges with now; undefined while it has none. */
	readonly keys: () => ScheduleKeys | undefined;
	readonly clock: Clock;
	readonly breathe: Breathe;
	readonly isSynced: () => boolean;
};

type Signalled = {readonly signal: AbortSignal};

/** Those of the current and the next epoch, and one before a switch of the chain. */
const KEPT_MAX = 3;

/** Knows which slots our pool leads in this epoch, and in the next one once that is settled. */
export class LeaderSchedule {
	readonly #ports: LeaderSchedulePorts;
	/** By what they are computed from; the last used one last. */
	readonly #known = new Map<string, Promise<readonly Slot[]>>();
	/** As it was last looked at. */
	readonly #latest = new Map<EpochName, Schedule>();

	constructor(ports: LeaderSchedulePorts) {
		this.#ports = ports;
	}

	/** The schedule that the chain gives now. Computed in parts; once for one nonce and stake. */
	async of(name: EpochName, {signal}: Signalled): Promise<Result<Schedule, ScheduleFailure>> {
		const {chain, crypto} = this.#ports;
		const keys = this.#ports.keys();
		if (keys === undefined) return err({code: 'FORGE_NO_KEYS'});
		const poolId = crypto.blake2b224(keys.issuerVk);
		const found = epochLeadership(chain, {poolId, name, currentSlot: this.#now ?? Slot(0)});
		if (!found.ok) return found;
		const vrfKey = checkVrfKey(crypto, found.value, keys);
		if (!vrfKey.ok) return vrfKey;
		const schedule = {...found.value, slots: await this.#slotsOf(found.value, keys, signal)};
		this.#latest.set(name, schedule);
		return ok(schedule);
	}

	/** The first slot after `slot` that is known to be led. */
	nextAfter(slot: Slot): Slot | undefined {
		if (this.#ports.keys() === undefined) return undefined;
		const slots = [...this.#latest.values()].flatMap(schedule => schedule.slots);
		return slots.filter(each => each > slot).sort((a, b) => a - b)[0];
	}

	/** Keeps the schedules known while the chain goes on, until the signal aborts. */
	async run({signal}: Signalled): Promise<void> {
		const {clock, chain, isSynced} = this.#ports;
		const begun = async (): Promise<void> => {
			if (!isSynced()) return;
			for (const name of ['current', 'next'] as const) {
				// Refused while the pool has no stake or the nonce is open: whoever asks is told.
				const schedule = await this.of(name, {signal});
				if (!schedule.ok) this.#latest.delete(name);
			}
		};
		const visitor = {begun, again: () => undefined};
		await visitSlots(clock, chain.network.slots, visitor, {signal}).catch((error: unknown) => {
			if (!signal.aborted) throw error;
		});
	}

	get #now(): Slot | undefined {
		return slotAt(this.#ports.chain.network.slots, this.#ports.clock.now());
	}

	#slotsOf(leadership: EpochLeadership, keys: ScheduleKeys, signal: AbortSignal): Promise<readonly Slot[]> {
		const {epoch, epochNonce, stake} = leadership;
		const nonce = epochNonce === 'neutral' ? epochNonce : toHex(epochNonce);
		const name = `${toHex(keys.vrfVk)} ${epoch} ${nonce} ${stake.numerator}/${stake.denominator}`;
		const slots = this.#known.get(name) ?? this.#draw(leadership, keys, signal);
		this.#known.delete(name);
		this.#known.set(name, slots);
		// One that was broken off is not kept.
		slots.catch(() => this.#known.delete(name));
		for (const oldest of this.#known.keys()) {
			if (this.#known.size <= KEPT_MAX) break;
			this.#known.delete(oldest);
		}
		return slots;
	}

	#draw(
		leadership: EpochLeadership,
		{vrfOutputOf}: ScheduleKeys,
		signal: AbortSignal,
	): Promise<readonly Slot[]> {
		const {crypto, chain, breathe} = this.#ports;
		const {thresholds, params} = chain.network;
		const threshold = thresholds.threshold(leadership.stake, params.f);
		const draw = {vrfOutputOf, epochNonce: leadership.epochNonce, threshold};
		return drawLeaderSlots(crypto, leadership, draw, {breathe, signal});
	}
}
