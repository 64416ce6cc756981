/** Carries out what the pure governor decides, with the names and the ledger's relays that its topology speaks of. */
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import {type Address, addressText} from '#relay/bearer/bearer';
import {churn, churnDueMs} from '#relay/churn';
import {
	type Decision,
	decide,
	decideFollows,
	type GovernorAction,
	type GovernorEvent,
	observe,
	peersToShare,
	quietUntilMs,
} from '#relay/governor';
import {createGovernor, type Governor, isBig, reloadTopology, type Targets} from '#relay/known-peers';
import {
	addNames,
	addressesBehind,
	type NameBook,
	nameBookOf,
	namesToResolve,
	resolved,
	withoutNames,
} from '#relay/name-book';
import {drawRelays, type PeerSnapshot} from '#relay/peer-snapshot';
import type {NameResolver} from '#relay/resolve-name';
import type {Topology} from '#relay/topology';
import {Latch} from '../latch.ts';

/** Whoever holds the connections. Each call returns at once; what came of it is told by `observe`. */
export type PeerHands = {
	dial(address: Address): void;
	ask(address: Address, amount: number): void;
	follow(address: Address): void;
	unfollow(address: Address): void;
	leave(address: Address): void;
	/** How much a connected peer is worth; more is better. */
	worthOf(address: Address): number;
	/** How far our own chain is. */
	progress(): {readonly isCaughtUp: boolean; readonly slot: number};
};

export type PeerGovernorPorts = {
	readonly clock: Clock;
	readonly log: Log;
	/** Undefined: names are dialled as they are. */
	readonly resolve: NameResolver | undefined;
	/** In [0, 1): which pools' relays are tried. */
	readonly random: () => number;
};

export type PeerGovernorOptions = {
	readonly topology: Topology;
	readonly targets: Targets;
	readonly address: Address;
	readonly networkMagic: number;
};

/** Between two decisions; what happens meanwhile is decided on together. */
const DECIDE_MS = 500;
/** Though nothing seems to be due: whether we have caught up is told by nobody. */
const LOOK_MS = 60_000;
/** How often relays of pools are drawn while there is room for them. */
const DRAW_MS = 60_000;

type LedgerSource = 'ledger' | 'bigLedger';
type Drawn = {readonly source: LedgerSource; readonly address: Address};

export class PeerGovernor {
	readonly #ports: PeerGovernorPorts;
	readonly #options: PeerGovernorOptions;
	readonly #hands: PeerHands;
	#topology: Topology;
	#names: NameBook;
	#governor: Governor;
	#drawn: readonly Drawn[] = [];
	#drawnMs: number | undefined;
	/** The governor knows something that was not decided on. */
	readonly #changed = new Latch();

	constructor(ports: PeerGovernorPorts, options: PeerGovernorOptions, hands: PeerHands) {
		this.#ports = ports;
		this.#options = options;
		this.#hands = hands;
		this.#topology = options.topology;
		this.#names = nameBookOf(options.topology);
		this.#governor = createGovernor(this.#plainTopology(), options.targets, options.address);
	}

	get state(): Governor {
		return this.#governor;
	}

	get hasRoots(): boolean {
		const {localRoots, publicRoots, bootstrapPeers} = this.#topology;
		return localRoots.length + publicRoots.length + bootstrapPeers.length > 0;
	}

	/** Where we listen, once that is known. */
	listensAt(address: Address): void {
		this.#become({...this.#governor, self: addressText(address)});
	}

	observe(event: GovernorEvent): void {
		this.#become(observe(this.#governor, event, this.#ports.clock.now()));
	}

	/** Somebody has just come: whoever there is a place for is followed at once. */
	followNow(): void {
		this.#carryOut(decideFollows(this.#governor, this.#ports.clock.now()));
	}

	/** For a peer that asks for others. */
	share(amount: number, asker: Address | undefined): readonly Address[] {
		return peersToShare(this.#governor, amount, asker);
	}

	reload(topology: Topology): void {
		this.#topology = topology;
		this.#names = nameBookOf(topology, this.#names);
		this.#drawn = [];
		this.#drawnMs = undefined;
		this.#become(reloadTopology(this.#governor, this.#plainTopology()));
	}

	/** Runs until the signal aborts. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		while (!signal.aborted) {
			const nowMs = this.#ports.clock.now();
			const dueMs = this.#look(nowMs, signal);
			await this.#rest(nowMs, dueMs, signal).catch(() => undefined);
		}
	}

	/** Does what is to be done now; returns when there may be more of it, if nothing happens. */
	#look(nowMs: number, signal: AbortSignal): number {
		const {isCaughtUp, slot} = this.#hands.progress();
		this.observe({kind: 'progress', progress: {isCaughtUp}});
		this.#drawLedgerPeers(slot, nowMs);
		this.#resolveNames(nowMs, signal);
		this.#carryOut(decide(this.#governor, nowMs));
		this.#churn(!isCaughtUp, nowMs);
		// Whether we have caught up, names and pools' relays may change what is decided without a word.
		if (this.#governor.hasBootstrap || this.#topology.snapshot !== undefined || this.#names.entries.size > 0)
			return nowMs + DECIDE_MS;
		const churnMs = churnDueMs(this.#governor, !isCaughtUp) ?? nowMs;
		return Math.min(quietUntilMs(this.#governor, nowMs), churnMs, nowMs + LOOK_MS);
	}

	/** Until something is due or has happened, in whole steps since `nowMs`, so that what happens within one is decided on together. */
	async #rest(nowMs: number, dueMs: number, signal: AbortSignal): Promise<void> {
		const {clock} = this.#ports;
		const untilMs = nowMs + Math.max(Math.ceil((dueMs - nowMs) / DECIDE_MS), 1) * DECIDE_MS;
		await this.#changed.wait(clock, untilMs, {signal});
		if (clock.now() >= untilMs) return;
		const steps = Math.floor((clock.now() - nowMs) / DECIDE_MS) + 1;
		await clock.waitUntil(nowMs + steps * DECIDE_MS, {signal});
	}

	#become(governor: Governor): void {
		if (governor === this.#governor) return;
		this.#governor = governor;
		this.#changed.set();
	}

	#carryOut({governor, actions}: Decision): void {
		this.#become(governor);
		for (const action of actions) this.#act(action);
	}

	#act(action: GovernorAction): void {
		const {kind, address} = action;
		switch (kind) {
			case 'dial':
				this.#hands.dial(address);
				break;
			case 'follow':
				this.#hands.follow(address);
				break;
			case 'unfollow':
				this.#hands.unfollow(address);
				break;
			case 'leave':
				this.#hands.leave(address);
				break;
			case 'askForPeers':
				this.#hands.ask(address, action.amount);
				break;
		}
	}

	#churn(isSyncing: boolean, nowMs: number): void {
		const worthOf = (address: Address): number => this.#hands.worthOf(address);
		const {governor, unfollow, leave} = churn(this.#governor, nowMs, {isSyncing, worthOf});
		this.#become(governor);
		for (const address of unfollow) this.#hands.unfollow(address);
		for (const address of leave) this.#hands.leave(address);
	}

	#plainTopology(): Topology {
		return this.#ports.resolve === undefined ? this.#topology : withoutNames(this.#topology, this.#names);
	}

	#resolveNames(nowMs: number, signal: AbortSignal): void {
		const {resolve} = this.#ports;
		if (resolve === undefined) return;
		const {book, names} = namesToResolve(this.#names, nowMs);
		this.#names = book;
		for (const name of names)
			resolve(name, {signal}).then(
				hosts => this.#heardOf(name, hosts),
				(error: unknown) => {
					if (signal.aborted) return;
					const isFirst = this.#names.entries.get(name)?.failures === 0;
					if (isFirst) this.#ports.log.warn('a name of a peer is not found', {name, error});
					this.#heardOf(name, undefined);
				},
			);
	}

	#heardOf(name: string, hosts: readonly string[] | undefined): void {
		this.#names = resolved(this.#names, name, hosts, this.#ports.clock.now());
		if (hosts === undefined) return;
		this.#become(reloadTopology(this.#governor, this.#plainTopology()));
		this.#learnDrawn(this.#drawn.filter(({address}) => address.host === name));
	}

	/** The snapshot that may be used at this slot. */
	#snapshotAt(slot: number): {readonly [Source in LedgerSource]: PeerSnapshot['pools']} {
		const {snapshot, useLedgerAfterSlot: afterSlot} = this.#topology;
		const {networkMagic} = this.#options;
		const isOurs = snapshot?.networkMagic === undefined || snapshot.networkMagic === networkMagic;
		if (snapshot === undefined || afterSlot === undefined || !isOurs) return {ledger: [], bigLedger: []};
		// A node that is still behind takes the big ones from a ledger that was further: whom to ask for the rest.
		const isLate = slot >= afterSlot;
		return {
			ledger: isLate ? snapshot.pools : [],
			bigLedger: isLate || snapshot.slot >= afterSlot ? snapshot.bigPools : [],
		};
	}

	#drawLedgerPeers(slot: number, nowMs: number): void {
		if (this.#drawnMs !== undefined && nowMs - this.#drawnMs < DRAW_MS) return;
		const pools = this.#snapshotAt(slot);
		if (pools.ledger.length + pools.bigLedger.length === 0) return;
		this.#drawnMs = nowMs;
		const {random} = this.#ports;
		const {targets} = this.#governor;
		const draw = (source: LedgerSource, byRoot: boolean, max: number): readonly Drawn[] => {
			const count = Math.max(max - this.#knownOf(source), 0);
			return drawRelays(pools[source], count, {byRoot, random}).map(address => ({source, address}));
		};
		this.#drawn = [
			...draw('bigLedger', false, targets.bigLedger.known),
			...draw('ledger', true, targets.known),
		];
		const addresses = this.#drawn.map(({address}) => address);
		this.#names = addNames(nameBookOf(this.#topology, this.#names), addresses);
		this.#learnDrawn(this.#drawn);
	}

	#knownOf(source: LedgerSource): number {
		const wanted = source === 'bigLedger';
		return [...this.#governor.peers.values()].filter(peer => isBig(peer) === wanted).length;
	}

	#learnDrawn(drawn: readonly Drawn[]): void {
		const {resolve} = this.#ports;
		for (const {source, address} of drawn) {
			const addresses = resolve === undefined ? [address] : addressesBehind(this.#names, [address]);
			this.observe({kind: 'ledger', source, addresses});
		}
	}
}
