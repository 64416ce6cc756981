import {slotAt, slotStartMs} from '#consensus/time';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, type PoolId} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {ApiFailure} from '#node/ports/control-api';
import type {ControlBackend} from '#node/ports/control-backend';
import type {ForgingView, LeadershipView} from '#node/ports/forging-api';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {type EpochLeadership, epochLeadership} from '../forge/epoch-leadership.ts';
import type {Forge} from '../forge/forge.ts';
import type {LeaderSchedule, ScheduleFailure} from '../forge/leader-schedule.ts';
import {jsonView} from '../json-view.ts';

export type ForgingControlPorts = {
	readonly chain: ChainService;
	readonly clock: Clock;
	/** Both undefined on nodes that were told of no keys. */
	readonly forge: Forge | undefined;
	readonly schedule: LeaderSchedule | undefined;
	/** Aborts when the node stops. */
	readonly signal: AbortSignal;
};

type ForgingControl = Pick<ControlBackend, 'leadership' | 'schedule' | 'promote' | 'demote'>;

const NOT_FORGING: ForgingView = {
	mode: 'none',
	enabled: false,
	poolId: null,
	leaderSlots: 0,
	forged: 0,
	adopted: 0,
	missed: 0,
	lastReason: null,
	lastOutcome: null,
	kesPeriod: null,
	kesPeriodsLeft: null,
	kesExpiresAtMs: null,
	nextLeaderSlot: null,
};

export const forgingView = ({
	chain,
	clock,
	forge,
	schedule,
}: Omit<ForgingControlPorts, 'signal'>): ForgingView => {
	if (forge === undefined) return NOT_FORGING;
	const slot = slotAt(chain.network.slots, clock.now());
	return {...forge.view(), nextLeaderSlot: schedule?.nextAfter(slot ?? Slot(0)) ?? null};
};

const leadershipView = (
	{env, params}: ChainNetwork,
	{poolId, epochNonce, stake, certificateCounter, ...leadership}: EpochLeadership,
): LeadershipView => {
	const ratio = ({numerator, denominator}: typeof stake): string => `${numerator}/${denominator}`;
	return {
		pool: toHex(poolId),
		epoch: leadership.epoch,
		firstSlot: leadership.firstSlot,
		lastSlot: leadership.lastSlot,
		epochNonce: epochNonce === 'neutral' ? null : toHex(epochNonce),
		stake: ratio(stake),
		activeSlotCoefficient: ratio(params.f),
		vrfKeyHash: toHex(leadership.vrfKeyHash),
		isFinal: leadership.isFinal,
		certificateCounter: certificateCounter === undefined ? null : String(certificateCounter),
		systemStartMs: env.genesis.systemStartMs,
		slotMs: env.genesis.slotMs,
	};
};

const refused = ({slots}: ChainNetwork, failure: ScheduleFailure): ApiFailure => {
	const answer = jsonView(failure) as unknown as ApiFailure;
	if (failure.code !== 'SCHEDULE_NONCE_NOT_FROZEN') return answer;
	const {epoch, fromSlot} = failure;
	const from = new Date(slotStartMs(slots, fromSlot)).toISOString();
	return {
		...answer,
		message: `The nonce of epoch ${epoch} is settled when the chain has come to slot ${fromSlot}, from ${from} on.`,
	};
};

const NO_KEYS: ApiFailure = {
	code: 'FORGE_NO_KEYS',
	message:
		'This node has no keys to forge with: start it with --vrf-key, --kes-key and --certificate, or send it SIGHUP once their files are there.',
};

/** What an operator asks and tells a block producer. */
export const createForgingControl = (ports: ForgingControlPorts): ForgingControl => {
	const {chain, clock, forge, schedule, signal} = ports;
	const {network} = chain;
	return {
		leadership: (id, name) => {
			const poolId: PoolId = Hash28(fromHex(id));
			const currentSlot = slotAt(network.slots, clock.now()) ?? Slot(0);
			const found = epochLeadership(chain, {poolId, name, currentSlot});
			return found.ok ? leadershipView(network, found.value) : refused(network, found.error);
		},
		schedule: async name => {
			if (schedule === undefined) return NO_KEYS;
			const found = await schedule.of(name, {signal});
			if (!found.ok) return found.error.code === 'FORGE_NO_KEYS' ? NO_KEYS : refused(network, found.error);
			const {certificateCounter, ...view} = leadershipView(network, found.value);
			return {...view, slots: found.value.slots};
		},
		promote: () => {
			if (forge?.keys === undefined) return NO_KEYS;
			forge.promote();
			return forgingView(ports);
		},
		demote: async () => {
			if (forge?.keys === undefined) return NO_KEYS;
			await forge.demote();
			return forgingView(ports);
		},
	};
};
