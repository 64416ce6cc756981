import {kesPeriodOf, slotAt} from '#consensus/time';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Slot} from '#kernel/slot';
import type {ForgingView} from '#node/ports/forging-api';
import {Notifier} from '../notifier.ts';
import {ForgeFigures} from './forge-figures.ts';
import type {ForgeOutcome} from './forge-outcome.ts';
import type {ForgePorts} from './forge-ports.ts';
import {HotKey} from './hot-key.ts';
import {Producer} from './producer.ts';
import {visitSlots} from './slot-loop.ts';

export type ForgeOptions = {
	/** How long a block waits for Cardano's news. Default: half a slot. */
	readonly cardanoWaitMs?: number;
	/** Checks keys and slots and signs nothing until it is promoted. Default: false. */
	readonly standby?: boolean;
};

type Signalled = {readonly signal: AbortSignal};

export type Forge = {
	/** Forges slot after slot; resolves when the signal has aborted and nothing is under way any more. Once. */
	run(options: Signalled): Promise<void>;
	/**
	 * Lets a standby forge, from the third slot after this one on: as after a start, whoever forged before may have
	 * signed for the slots until then. Also lets one go on that stopped because of another host.
	 */
	promote(): void;
	/** Turns it into a standby; resolves when nothing is signed any more. */
	demote(): Promise<void>;
	view(): Omit<ForgingView, 'nextLeaderSlot'>;
	/** Calls with every outcome until the signal aborts. */
	onOutcome(listener: (outcome: ForgeOutcome) => void, options: Signalled): void;
};

/** Makes blocks in the slots that the pool of the keys leads. */
export const createForge = (ports: ForgePorts, options: ForgeOptions = {}): Forge => {
	const {chain, clock, keys, log, metrics, crypto} = ports;
	const {params, slots} = chain.network;
	const {standby = false, cardanoWaitMs = slots.slotLengthMs / 2} = options;
	const poolId = toHex(crypto.blake2b224(keys.issuerVk));
	const hotKey = new HotKey(ports, params);
	const figures = new ForgeFigures({log, metrics});
	const outcomes = new Notifier<ForgeOutcome>();
	const tell = (outcome: ForgeOutcome): void => {
		figures.count(outcome);
		outcomes.notify(outcome);
	};
	const producer = new Producer(ports, {hotKey, cardanoWaitMs, standby}, tell);
	let hasRun = false;
	return {
		run: async ({signal}) => {
			assert(!hasRun, 'a forge runs once');
			hasRun = true;
			producer.listen({signal});
			const visitor = {
				begun: (slot: Slot) => producer.slot(slot, {signal}),
				again: (slot: Slot, highestSlot: Slot) => producer.slotAgain(slot, highestSlot),
			};
			await visitSlots(clock, slots, visitor, {signal});
		},
		promote: () => producer.promote(),
		demote: () => producer.demote(),
		view: () => {
			const slot = slotAt(slots, clock.now()) ?? Slot(0);
			return {
				mode: producer.isStandby ? 'standby' : 'active',
				enabled: producer.isEnabled,
				poolId,
				...figures.figures,
				kesPeriod: kesPeriodOf(params, slot),
				kesPeriodsLeft: hotKey.periodsLeft(slot),
				kesExpiresAtMs: hotKey.expiresAtMs(slots),
			};
		},
		onOutcome: (listener, listening) => outcomes.on(listener, listening),
	};
};
