import process from 'node:process';
import {slotAt} from '#consensus/time';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {ledgerEnv} from '#ledger/environment';
import type {Genesis} from '#ledger/genesis/genesis';
import type {NodeServices} from '#node/node-services';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import {crypto as nativeCrypto} from '../support/crypto.ts';
import type {Bounds, Violation} from './bounds.ts';
import {Foe, type FoeOptions} from './foe.ts';
import {History} from './history.ts';
import {createIdealCrypto} from './ideal-crypto.ts';
import {Invariants} from './invariants.ts';
import {Oracle} from './oracle.ts';
import {namedBytes, type SimulatedPool, simulatedGenesis, simulatedPool} from './pools.ts';
import {Random} from './random.ts';
import {type NodeOptions, type Remark, SimulatedNode} from './simulated-node.ts';
import {type Owner, VirtualTime} from './virtual-time.ts';
import {GOOD_LINK, type LinkQuality, Wire} from './wire.ts';

export type WorldOptions = {
	readonly seed: number;
	/** One pool each; only their relations count. */
	readonly stakes: readonly number[];
	/** Pools whose keys adversaries hold. */
	readonly foePools?: readonly number[];
	readonly genesis?: Partial<Genesis>;
	readonly bounds?: Bounds;
	readonly link?: LinkQuality;
	/** Ed25519 and VRF in earnest instead of keyed hashes: a hundred times slower. */
	readonly realCrypto?: boolean;
	/** Wakes producers in every slot, not only in those that they lead: the history is the same, and takes longer. */
	readonly everySlot?: boolean;
	/** Instead of the real ones, in every node: for checks that an attack bites. */
	readonly startServices?: NodeOptions['startServices'];
};

/** A block at the moment in which an honest node has made it. */
export type Forged = {readonly node: SimulatedNode; readonly bytes: Uint8Array};

/** One line of what happened. */
export type TraceLine = {readonly slot: number; readonly who: string; readonly what: string};

const TRACE_KEPT = 400;
const PORT = 3001;
/** Nodes start in the slot before the first one. */
const SLOTS_BEFORE = 1;

/** Nodes, foes and what is between them, in virtual time and from one seed. */
export class World {
	readonly options: WorldOptions;
	readonly crypto: Crypto & SecretCrypto;
	readonly network: ChainNetwork;
	readonly pools: readonly SimulatedPool[];
	readonly random: Random;
	readonly time: VirtualTime;
	readonly history: History = new History();
	readonly wire: Wire;
	readonly oracle: Oracle;
	readonly invariants: Invariants;
	readonly nodes: SimulatedNode[] = [];
	readonly foes: Foe[] = [];
	/** The last things that happened. */
	readonly trace: TraceLine[] = [];
	readonly #forged = new Set<(forged: Forged) => void>();
	#violation: Violation | undefined;
	#calm: {readonly slot: number; readonly untilSlot: number} | undefined;
	#agreedAfter: number | undefined;
	#best: {slot: number; blockNo: number}[] = [];

	constructor(options: WorldOptions) {
		this.options = options;
		this.crypto = options.realCrypto === true ? nativeCrypto : createIdealCrypto(nativeCrypto);
		this.pools = options.stakes.map((stake, index) => simulatedPool(this.crypto, index, stake));
		const {cardano, ...genesis} = simulatedGenesis(this.pools, options.genesis);
		// The genesis hash is the first nonce: every seed has leaders of its own.
		const start = {...cardano.start, hash: namedBytes(this.crypto, `Cardano of seed ${options.seed}`)};
		this.network = chainNetwork(ledgerEnv(this.crypto, {...genesis, cardano: {...cardano, start}}));
		this.random = new Random(options.seed);
		const {slots, params} = this.network;
		this.time = new VirtualTime(slots.systemStartMs - SLOTS_BEFORE * slots.slotLengthMs);
		this.wire = new Wire(this.time, this.random.fork('wire'), this.history);
		if (options.link !== undefined) this.wire.setDefault(options.link);
		const foes = (options.foePools ?? []).map(index => this.pools[index]?.issuerVk);
		this.oracle = new Oracle(this.network, issuerVk =>
			foes.some(foe => foe !== undefined && equalBytes(foe, issuerVk)),
		);
		this.invariants = new Invariants({
			oracle: this.oracle,
			k: params.k,
			epochLength: params.epochLength,
			bounds: options.bounds ?? {},
			report: violation => this.fail(violation),
		});
		this.#watchGrowth();
	}

	/** The first promise that was broken. */
	get violation(): Violation | undefined {
		return this.#violation;
	}

	/** -1 before slot 0. */
	get slot(): number {
		return slotAt(this.network.slots, this.time.nowMs) ?? -1;
	}

	slotStartMs(slot: number): number {
		const {systemStartMs, slotLengthMs} = this.network.slots;
		return Math.round(systemStartMs + slot * slotLengthMs);
	}

	/** Makes something happen at a slot (or between two); it is part of the history. */
	atSlot(slot: number, what: string, happen: () => void): void {
		this.time.at(this.slotStartMs(slot), () => {
			this.note('world', what);
			happen();
		});
	}

	/** Not started. */
	addNode(options: NodeOptions): SimulatedNode {
		const address = {host: `10.0.${this.nodes.length >> 8}.${(this.nodes.length & 0xff) + 1}`, port: PORT};
		this.wire.join(options.name, address);
		const {startServices} = this.options;
		const node = new SimulatedNode(this, address, {...(startServices && {startServices}), ...options});
		this.nodes.push(node);
		return node;
	}

	addFoe(options: FoeOptions): Foe {
		const address = {host: `10.6.0.${this.foes.length + 1}`, port: PORT};
		this.wire.join(options.name, address);
		const foe = new Foe(this, address, options);
		this.foes.push(foe);
		options.play(foe);
		return foe;
	}

	/** Calls with every block of an honest node the moment it is made: adversaries hear of it before anybody else. */
	onForged(listener: (forged: Forged) => void): void {
		this.#forged.add(listener);
	}

	/** The last disturbance is over: from now on the nodes have `agreeWithinSlots` to agree. */
	calm(): void {
		const within = this.options.bounds?.agreeWithinSlots;
		if (within === undefined) return;
		const untilSlot = this.slot + within;
		this.note('world', 'calm');
		this.#calm = {slot: this.slot, untilSlot};
		this.time.at(this.slotStartMs(untilSlot), () => {
			if (this.#calm?.untilSlot !== untilSlot) return;
			const tips = this.nodes.map(({name}) => this.#tipText(name)).join(', ');
			this.fail({code: 'SIMULATION_NO_AGREEMENT', node: undefined, what: `after ${within} slots: ${tips}`});
		});
		this.#lookForAgreement();
	}

	/** Another disturbance: nobody has to agree before it is over. */
	disturb(): void {
		this.#calm = undefined;
	}

	/** Ends every disturbance: links are whole, clocks right, nodes up. */
	restore(): void {
		this.wire.heal();
		this.wire.setDefault(this.options.link ?? GOOD_LINK);
		for (const node of this.nodes) {
			if (node.skewMs !== 0) node.setSkew(0);
			if (!node.isAlive && !node.isOut) this.start(node);
		}
	}

	/** Slots until the nodes agreed after the last disturbance. */
	get agreedAfter(): number | undefined {
		return this.#agreedAfter;
	}

	/** Whether nodes still have to agree. */
	get isUnsettled(): boolean {
		return this.#calm !== undefined;
	}

	/** Lets the world live up to the start of a slot, or until a promise is broken. */
	async runUntilSlot(slot: number): Promise<void> {
		// A rejection that nobody takes would end a real process.
		const unhandled = (reason: unknown): void => {
			const what = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
			this.fail({code: 'SIMULATION_NODE_FAILED', node: undefined, what: `unhandled: ${what}`});
		};
		process.on('unhandledRejection', unhandled);
		try {
			await this.#run(this.slotStartMs(slot));
		} finally {
			process.off('unhandledRejection', unhandled);
		}
	}

	#run(untilMs: number): Promise<void> {
		return new Promise((resolve, reject) => {
			// Between two instants every promise is drained: a turn of the event loop ends only when none is left.
			const turn = (): void => {
				try {
					if (this.#violation === undefined && this.time.step(untilMs)) setImmediate(turn);
					else resolve();
				} catch (error) {
					reject(error);
				}
			};
			setImmediate(turn);
		});
	}

	/** Looks at everything once more, then lets nothing live on. */
	close(): void {
		for (const node of this.nodes)
			if (this.#violation === undefined && node.services !== undefined)
				this.invariants.closing(node.name, node.services.chain);
		for (const node of this.nodes) node.crash();
		for (const foe of this.foes) foe.end();
	}

	fail(violation: Omit<Violation, 'slot'>): void {
		this.#violation ??= {...violation, slot: this.slot};
		this.note(violation.node ?? 'world', `${violation.code}: ${violation.what}`);
	}

	note(who: string, what: string): void {
		const {slotLengthMs, systemStartMs} = this.network.slots;
		const slot = (this.time.nowMs - systemStartMs) / slotLengthMs;
		this.history.number(slot);
		this.history.text(who);
		this.history.text(what);
		this.trace.push({slot, who, what});
		if (this.trace.length > 2 * TRACE_KEPT) this.trace.splice(0, TRACE_KEPT);
	}

	/** A node says something that its operator should hear. */
	remarked(node: SimulatedNode, {level, message, code, fields}: Remark): void {
		const error = fields?.['error'];
		// An error without a code is a bug.
		if (level === 'error' && error instanceof Error && code === undefined)
			this.fail({code: 'SIMULATION_NODE_FAILED', node: node.name, what: `${message}: ${error.stack}`});
		else this.note(node.name, `${level}: ${message}${code === undefined ? '' : ` ${code}`}`);
	}

	/** Called by a node that has started. */
	watch(node: SimulatedNode, {chain, forge}: NodeServices, owner: Owner): void {
		const {signal} = new AbortController();
		this.note(node.name, 'runs');
		this.invariants.opened(node.name, chain);
		chain.onSwitch(
			change => {
				if (!owner.isAlive) return;
				const {adopted, rolledBack} = change;
				const tip = adopted.at(-1)?.header;
				if (tip === undefined) return;
				const back = rolledBack.length === 0 ? '' : `, ${rolledBack.length} back`;
				this.note(node.name, `tip ${tip.blockNo} of slot ${tip.slot} ${toHex(tip.hash).slice(0, 8)}${back}`);
				this.invariants.switched(node.name, chain, change);
				this.#lookForAgreement();
			},
			{signal},
		);
		forge?.onOutcome(
			outcome => {
				if (!owner.isAlive) return;
				if (outcome.kind !== 'adopted' && outcome.kind !== 'not-adopted') return;
				const bytes = chain.find(outcome.hash)?.body?.block.bytes;
				if (bytes !== undefined) for (const listener of this.#forged) listener({node, bytes});
			},
			{signal},
		);
	}

	/** Lets a node start; what keeps it from starting is a violation unless `expected` takes it. */
	start(node: SimulatedNode, expected?: (error: unknown) => boolean): void {
		node.start().catch((error: unknown) => {
			if (expected?.(error) === true) return;
			const what = error instanceof Error ? `${error.message} ${error.stack}` : String(error);
			this.fail({code: 'SIMULATION_NODE_FAILED', node: node.name, what});
		});
	}

	#tipText(name: string): string {
		const tip = this.invariants.tipOf(name);
		return `${name} ${tip === undefined ? 'origin' : `${tip.header.blockNo} ${toHex(tip.header.hash).slice(0, 8)}`}`;
	}

	#lookForAgreement(): void {
		if (this.#calm === undefined) return;
		const alive = this.nodes.filter(({isAlive}) => isAlive);
		const groups = this.options.bounds?.groups ?? [alive.map(({name}) => name)];
		const agree = groups.every(names => {
			const tips = alive
				.filter(({name}) => names.includes(name))
				.map(({name}) => this.invariants.tipOf(name));
			return tips.every(tip => tip === tips[0]);
		});
		if (!agree) return;
		this.#agreedAfter = this.slot - this.#calm.slot;
		this.note('world', `agreement after ${this.#agreedAfter} slots`);
		this.#calm = undefined;
	}

	#watchGrowth(): void {
		const growth = this.options.bounds?.growth;
		if (growth === undefined) return;
		const {windowSlots, blocksMin} = growth;
		const look = (slot: number): void => {
			this.time.at(this.slotStartMs(slot), () => {
				const numbers = this.nodes.map(({name}) => this.invariants.tipOf(name)?.header.blockNo ?? -1);
				this.#best = [...this.#best.slice(-8), {slot, blockNo: Math.max(-1, ...numbers)}];
				const now = this.#best.at(-1);
				const then = this.#best.find(({slot: at}) => at === slot - windowSlots);
				if (now !== undefined && then !== undefined && now.blockNo - then.blockNo < blocksMin) {
					const what = `${now.blockNo - then.blockNo} blocks in ${windowSlots} slots, ${blocksMin} promised`;
					this.fail({code: 'SIMULATION_GROWTH_TOO_SLOW', node: undefined, what});
				}
				look(slot + Math.ceil(windowSlots / 4));
			});
		};
		look(0);
	}
}
