import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {kesPeriodOf, slotAt} from '#consensus/time';
import type {NodeError} from '#kernel/node-error';
import type {KesPeriod} from '#kernel/slot';
import {createLifecycle, type Lifecycle} from '#node/lifecycle';
import {type NodeParts, type NodeServices, startServices} from '#node/node-services';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log, LogFields} from '#node/ports/log';
import {
	createBlindWatcher,
	createMainChainWatcher,
	type MainChainWatcher,
} from '#node/services/main-chain-watcher';
import type {Address} from '#relay/bearer/bearer';
import {relayTargets} from '#relay/known-peers';
import {localRootOf, NO_PEERS} from '#relay/topology';
import {noMetrics} from '../support/no-metrics.ts';
import type {Disk} from './disk.ts';
import {leadershipOf} from './leadership-of.ts';
import {createMemoryDisk} from './memory-disk.ts';
import {forgingKeysOf, type SimulatedPool} from './pools.ts';
import type {SimulatedCardano} from './simulated-cardano.ts';
import type {Owner} from './virtual-time.ts';
import type {World} from './world.ts';

export type NodeOptions = {
	readonly name: string;
	/** Index of the pool that it forges with. */
	readonly pool?: number;
	/** Names of nodes and foes that it dials, as its local roots. */
	readonly peers?: readonly string[];
	readonly skewMs?: number;
	readonly disk?: Disk;
	/** Called when the world failed under it (its disk) and it has ended. Without it that is a broken promise. */
	readonly afterFailure?: (node: SimulatedNode, error: NodeError) => void;
	/** Default: it sees nothing of Cardano and believes what blocks say. */
	readonly cardano?: SimulatedCardano;
	/** Makes a node that differs from an honest one: for checks that the invariants see it. */
	readonly change?: (parts: NodeParts) => NodeParts;
	/** Likewise: other code. */
	readonly startServices?: typeof startServices;
};

/** A line of a node's log that somebody may want to see. */
export type Remark = {
	readonly atMs: number;
	readonly level: 'warn' | 'error';
	readonly message: string;
	/** Of the error or failure that it is about. */
	readonly code: string | undefined;
	readonly fields?: LogFields;
};

const codeOf = (fields: LogFields | undefined): string | undefined => {
	const about = fields?.['error'] ?? fields?.['failure'];
	const code =
		typeof about === 'object' && about !== null ? (about as {code?: unknown}).code : fields?.['code'];
	return typeof code === 'string' ? code : undefined;
};

const REMARKS_KEPT = 200;
const nothing = (): void => undefined;

/** A whole node of production code, in virtual time. It may live several times. */
export class SimulatedNode {
	readonly name: string;
	readonly address: Address;
	readonly options: NodeOptions;
	readonly disk: Disk;
	/** What stopped it, over all its lives. */
	readonly failures: NodeError[] = [];
	readonly remarks: Remark[] = [];
	/** It is not to be started again, whatever happens. */
	isOut = false as boolean;
	readonly #world: World;
	#skewMs: number;
	#owner: Owner;
	#lifecycle: Lifecycle | undefined;
	#keys: ForgingKeys | undefined;
	#services: NodeServices | undefined;

	constructor(world: World, address: Address, options: NodeOptions) {
		this.#world = world;
		this.name = options.name;
		this.address = address;
		this.options = options;
		this.disk = options.disk ?? createMemoryDisk();
		this.#skewMs = options.skewMs ?? 0;
		this.#owner = {name: this.name, isAlive: false, skewMs: this.#skewMs};
	}

	/** While it runs. */
	get services(): NodeServices | undefined {
		return this.#services;
	}

	/** Its clock minus the true time. */
	get skewMs(): number {
		return this.#skewMs;
	}

	get isAlive(): boolean {
		return this.#owner.isAlive;
	}

	get owner(): Owner {
		return this.#owner;
	}

	/** Rejects with what the node could not start for. */
	async start(): Promise<void> {
		const owner: Owner = {name: this.name, isAlive: true, skewMs: this.#skewMs};
		this.#owner = owner;
		this.#world.wire.powerUp(this.name);
		const lifecycle = createLifecycle(nothing);
		this.#lifecycle = lifecycle;
		const parts = await this.#parts(owner);
		const {change, startServices: start = startServices} = this.options;
		const services = await start(lifecycle, change?.(parts) ?? parts);
		if (!owner.isAlive) return;
		this.#services = services;
		if (!this.#world.options.everySlot) this.#skipIdleSlots(services, owner);
		this.#world.watch(this, services, owner);
	}

	/** Ends it as a killed process or a lost machine ends: nobody is told anything in time, nothing is flushed. */
	crash(how: 'process' | 'power' = 'process'): void {
		if (!this.#owner.isAlive) return;
		this.#end();
		this.#world.wire.dropAll(this.name, how);
		this.disk.crash(how);
	}

	#fall(owner: Owner, error: NodeError): void {
		if (!owner.isAlive) return;
		this.#world.note(this.name, `ends: ${error.code}`);
		this.crash('process');
		const {afterFailure} = this.options;
		if (afterFailure !== undefined) afterFailure(this, error);
		else this.#world.fail({code: 'SIMULATION_NODE_FAILED', node: this.name, what: error.code});
	}

	/** Ends it as an operator does. */
	async stop(): Promise<void> {
		await this.#lifecycle?.stop();
		await this.disk.close();
		this.#end();
	}

	setSkew(skewMs: number): void {
		this.#skewMs = skewMs;
		this.#world.time.setSkew(this.#owner, skewMs);
	}

	/**
	 * A producer is woken only in slots that it leads, since nothing is made in the others, and when its KES key is to
	 * move on: one that did so as late as in a slot of its own would come after the other leaders of that slot.
	 */
	#skipIdleSlots({chain}: NodeServices, owner: Owner): void {
		const pool = this.options.pool === undefined ? undefined : this.#world.pools[this.options.pool];
		if (pool === undefined || this.options.startServices !== undefined) return;
		const {slots, params} = chain.network;
		const leads = leadershipOf(this.#world.crypto, chain, pool);
		let keyPeriod: KesPeriod | undefined;
		owner.sleepsUntil = timeMs => {
			const slot = slotAt(slots, timeMs);
			if (slot === undefined) return undefined;
			const period = kesPeriodOf(params, slot);
			const isKeyOld = period !== keyPeriod;
			keyPeriod = period;
			return isKeyOld || leads(slot) ? undefined : timeMs + slots.slotLengthMs;
		};
	}

	#end(): void {
		this.#owner.isAlive = false;
		this.#world.time.forget(this.#owner);
		this.#services = undefined;
		this.#lifecycle = undefined;
	}

	/** The same in every life: a KES key that was evolved stays so. */
	#keysOf(pool: SimulatedPool): ForgingKeys {
		this.#keys ??= forgingKeysOf(this.#world.crypto, pool);
		return this.#keys;
	}

	async #parts(owner: Owner): Promise<NodeParts> {
		const {world, options} = {world: this.#world, options: this.options};
		const pool = options.pool === undefined ? undefined : world.pools[options.pool];
		const peers = options.peers ?? [];
		const {wire, time, crypto} = world;
		return {
			// Caches are each node's own, as in a process.
			network: {...world.network, thresholds: new ThresholdCache(), certificates: new CertificateCache()},
			crypto,
			stores: await this.disk.open(owner),
			mainChain: this.#watcher(owner),
			clock: time.clock(owner),
			log: this.#log(owner),
			metrics: noMetrics,
			transport: wire.networkOf(owner),
			topology: {
				...NO_PEERS,
				localRoots:
					peers.length === 0
						? []
						: [
								localRootOf(
									peers.map(name => wire.addressOf(name)),
									{advertise: false},
								),
							],
			},
			// Only those that the scenario names: who hears from whom is part of the scenario.
			targets: {...relayTargets(peers.length), known: peers.length, active: peers.length},
			address: this.address,
			peerSharing: false,
			producer: pool && {keys: this.#keysOf(pool), guard: this.disk.guard(owner)},
			checkpointSeed: pool?.checkpoint.seed.slice(),
			failed: error => {
				if (!owner.isAlive) return;
				this.failures.push(error);
				// The process ends, in a turn of its own.
				this.#world.time.at(this.#world.time.nowMs, () => this.#fall(owner, error));
			},
		};
	}

	#watcher(owner: Owner): MainChainWatcher {
		const {cardano} = this.options;
		if (cardano === undefined) return createBlindWatcher();
		const clock = this.#world.time.clock(owner);
		const {stableDepth} = this.#world.network.env.genesis.cardano;
		const mainChain = cardano.seenBy(this.name);
		const checkpoints = cardano.checkpointsSeenBy(this.name);
		return createMainChainWatcher({mainChain, checkpoints, clock, log: this.#log(owner)}, {stableDepth});
	}

	#log(owner: Owner): Log {
		const write =
			(level: Remark['level']) =>
			(message: string, fields?: LogFields): void => {
				if (!owner.isAlive) return;
				const code = codeOf(fields);
				const remark = {atMs: this.#world.time.nowMs, level, message, code, ...(fields && {fields})};
				this.remarks.push(remark);
				if (this.remarks.length > REMARKS_KEPT) this.remarks.shift();
				this.#world.remarked(this, remark);
			};
		const log: Log = {
			debug: nothing,
			info: nothing,
			warn: write('warn'),
			error: write('error'),
			child: () => log,
		};
		return log;
	}
}
