import {kesPeriodOf, slotAt} from '#consensus/time';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {ForgingView} from '#node/ports/forging-api';
import type {ForgingKeys} from '#node/ports/forging-keys';
import {Notifier} from '../notifier.ts';
import {type ChangeOfKeysFailure, judgeChangeOfKeys} from './change-of-keys.ts';
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

/**
 * What became of keys that were read again: `same` as before; `changed` for others of the pool; work has `begun` with
 * them; it has `ended`, because they are not there any more; there are still `none`.
 */
export type ChangeOfKeys = 'same' | 'changed' | 'begun' | 'ended' | 'none';

/** What there is as long as the keys are the same. */
type Seat = {
	readonly keys: ForgingKeys;
	readonly hotKey: HotKey;
	readonly producer: Producer;
	/** Ends what it listens to. */
	readonly left: AbortController;
};

/** Makes blocks in the slots that the pool of the keys leads. */
export class Forge {
	readonly #ports: Omit<ForgePorts, 'keys'>;
	readonly #cardanoWaitMs: number;
	readonly #figures: ForgeFigures;
	readonly #outcomes = new Notifier<ForgeOutcome>();
	/** Undefined while there are no keys. */
	#seat: Seat | undefined;
	/** How the next seat begins: as the last one was told to be. */
	#standby: boolean;
	#running: AbortSignal | undefined;
	/** Slots and changes of keys come one after the other. */
	#turn: Promise<unknown> = Promise.resolve();

	constructor(
		{keys, ...ports}: Omit<ForgePorts, 'keys'> & {readonly keys: ForgingKeys | undefined},
		options: ForgeOptions = {},
	) {
		const {slots} = ports.chain.network;
		const {standby = false, cardanoWaitMs = slots.slotLengthMs / 2} = options;
		this.#ports = ports;
		this.#cardanoWaitMs = cardanoWaitMs;
		this.#standby = standby;
		this.#figures = new ForgeFigures(ports);
		if (keys !== undefined) this.#sit(keys);
	}

	/** Those that it forges with; undefined: none, and nothing is forged. */
	get keys(): ForgingKeys | undefined {
		return this.#seat?.keys;
	}

	/** Forges slot after slot; resolves when the signal has aborted and nothing is under way any more. Once. */
	async run({signal}: Signalled): Promise<void> {
		assert(this.#running === undefined, 'a forge runs once');
		this.#running = signal;
		this.#listen();
		const {clock, chain} = this.#ports;
		const visitor = {
			begun: (slot: Slot) => this.#inTurn(async () => this.#seat?.producer.slot(slot, {signal})),
			again: (slot: Slot, highestSlot: Slot) => this.#seat?.producer.slotAgain(slot, highestSlot),
		};
		await visitSlots(clock, chain.network.slots, visitor, {signal});
	}

	/**
	 * Lets a standby forge, from the third slot after this one on: as after a start, whoever forged before may have
	 * signed for the slots until then. Also lets one go on that stopped because of another host.
	 */
	promote(): void {
		this.#standby = false;
		this.#seat?.producer.promote();
	}

	/** Turns it into a standby; resolves when nothing is signed any more. */
	async demote(): Promise<void> {
		this.#standby = true;
		await this.#seat?.producer.demote();
	}

	/**
	 * Reads keys between two slots and goes on with them, if they are newer or there were none; with undefined nothing is
	 * forged until the next time. Keys that are refused, or whose `read` throws, leave everything as it was.
	 */
	reloadKeys(
		read: () => Promise<ForgingKeys | undefined>,
	): Promise<Result<ChangeOfKeys, ChangeOfKeysFailure>> {
		return this.#inTurn(async () => {
			const next = await read();
			if (next !== undefined) return this.#change(next);
			return ok(this.#leave() === undefined ? 'none' : 'ended');
		});
	}

	view(): Omit<ForgingView, 'nextLeaderSlot'> {
		const {figures} = this.#figures;
		if (this.#seat === undefined) {
			const noKey = {kesPeriod: null, kesPeriodsLeft: null, kesExpiresAtMs: null};
			return {mode: 'none', enabled: false, poolId: null, ...figures, ...noKey};
		}
		const {crypto, chain} = this.#ports;
		const {params, slots} = chain.network;
		const {keys, producer, hotKey} = this.#seat;
		const slot = this.#now;
		return {
			mode: producer.isStandby ? 'standby' : 'active',
			enabled: producer.isEnabled,
			poolId: toHex(crypto.blake2b224(keys.issuerVk)),
			...figures,
			kesPeriod: kesPeriodOf(params, slot),
			kesPeriodsLeft: hotKey.periodsLeft(slot),
			kesExpiresAtMs: hotKey.expiresAtMs(slots),
		};
	}

	/** Calls with every outcome until the signal aborts. */
	onOutcome(listener: (outcome: ForgeOutcome) => void, options: Signalled): void {
		this.#outcomes.on(listener, options);
	}

	get #now(): Slot {
		const {chain, clock} = this.#ports;
		return slotAt(chain.network.slots, clock.now()) ?? Slot(0);
	}

	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		const done = this.#turn.then(work);
		this.#turn = done.catch(() => undefined);
		return done;
	}

	#change(next: ForgingKeys): Result<ChangeOfKeys, ChangeOfKeysFailure> {
		const {chain, guard} = this.#ports;
		const inUse = {keys: this.keys, lastSigned: guard.lastSignedUnder()};
		const judged = judgeChangeOfKeys(chain.network.params, inUse, next, this.#now);
		if (!judged.ok || judged.value === 'same') {
			next.kes.discard();
			return judged.ok ? ok('same') : judged;
		}
		const before = this.#leave();
		this.#sit(next, before);
		return ok(before === undefined ? 'begun' : 'changed');
	}

	#sit(keys: ForgingKeys, before?: Producer): void {
		const ports = {...this.#ports, keys};
		const hotKey = new HotKey(ports, ports.chain.network.params);
		const producer = new Producer(
			ports,
			{hotKey, cardanoWaitMs: this.#cardanoWaitMs, standby: this.#standby, before},
			outcome => this.#tell(outcome),
		);
		this.#seat = {keys, hotKey, producer, left: new AbortController()};
		this.#listen();
	}

	#leave(): Producer | undefined {
		if (this.#seat === undefined) return undefined;
		const {keys, producer, left} = this.#seat;
		this.#seat = undefined;
		left.abort();
		keys.kes.discard();
		return producer;
	}

	#listen(): void {
		if (this.#seat === undefined || this.#running === undefined) return;
		const {producer, left} = this.#seat;
		producer.listen({signal: AbortSignal.any([this.#running, left.signal])});
	}

	#tell(outcome: ForgeOutcome): void {
		this.#figures.count(outcome);
		this.#outcomes.notify(outcome);
	}
}
