import type {Block} from '#consensus/block/block';
import {chainTipOf, isPreferred} from '#consensus/chain/chain-selection';
import {decodeHeader, type Header, type HeaderDecodeFailure} from '#consensus/header/header';
import type {PraosState} from '#consensus/praos-state';
import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Tip} from '#kernel/point';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {BlockNo} from '#kernel/slot';
import type {LedgerState} from '#ledger/state/state';
import type {Clock} from '#node/ports/clock';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import type {Log} from '#node/ports/log';
import type {MainChainRefusal, MainChainWatcher} from '../main-chain-watcher.ts';
import {Mutex} from '../mutex.ts';
import {Notifier} from '../notifier.ts';
import {type ChainEntry, tipOf} from './chain-entry.ts';
import type {ChainEvent} from './chain-event.ts';
import type {ChainNetwork} from './chain-network.ts';
import {
	beneathTip,
	type ChainState,
	findParent,
	type Parent,
	selectionTip,
	tipOfChain,
	tipParent,
} from './chain-state.ts';
import {ChainWriter} from './chain-writer.ts';
import {createConflictWatch, judgeByCardano, noteCheckpoint, stopOnConflict} from './checkpoints.ts';
import {createInlineHeaderVerifier} from './inline-header-verifier.ts';
import {type BodyRefusal, entryBody, judgeBlockBytes} from './judge-body.ts';
import {type HeaderRefusal, judgeHeader} from './judge-header.ts';
import {type ConsiderOptions, type HeadersVerdict, judgeHeaders} from './judge-headers.ts';
import {type ChainStores, chainStopped, type OpenedChain, openChain} from './open-chain.ts';
import {stopWhenOutdated, warnOfUpgrade} from './outdated.ts';
import {rootOf, tellSwitch} from './record-switch.ts';
import {BATCH_BLOCKS_MAX, type ChainSwitch, inOneGo, switchChain} from './switch-chain.ts';

export type ChainPorts = ChainStores & {
	readonly clock: Clock;
	readonly log: Log;
	readonly mainChain: MainChainWatcher;
	/** Default: verifies on this thread. */
	readonly headerVerifier?: HeaderVerifier | undefined;
};

export type ChainServiceOptions = {
	/** A snapshot is written when the anchor has moved on by this many blocks. Default: 2k, at least 100. */
	readonly snapshotEvery?: number;
	/** The world failed under the chain (full disk): the node has to stop. Called once. */
	readonly failed?: (error: NodeError) => void;
};

export type KeepOptions = {
	/** It is on the disk before anybody hears of it. Default: false, as peers have it. */
	readonly durable?: boolean;
};

export type BlockRefusal = BodyRefusal | HeaderRefusal | MainChainRefusal;
export type BlockVerdict =
	/** It is on the selected chain. */
	| 'adopted'
	/** It is kept: another chain is better, or something before it has not come, or Cardano does not show enough. */
	| 'kept';

const SNAPSHOT_EVERY_MIN = 100;
/** Owns the selected chain, its ledger and both stores. One change at a time. */
export class ChainService {
	readonly network: ChainNetwork;
	readonly #ports: ChainPorts;
	readonly #state: ChainState;
	readonly #mutex = new Mutex();
	readonly #verifier: HeaderVerifier;
	/** One batch at a time: what two peers tell of is verified once. */
	readonly #headerTurns = new Mutex();
	readonly #changes = new Notifier<ChainEvent>();
	readonly #switched = new Notifier<ChainSwitch>();
	/** Blocks wait for their slots. */
	readonly #early = new Notifier<void>();
	readonly #writer: ChainWriter;
	readonly #stopOnOtherHistory: ReturnType<typeof createConflictWatch>;
	readonly #failed: (error: NodeError) => void;
	#failure: NodeError | undefined;

	private constructor(
		network: ChainNetwork,
		ports: ChainPorts,
		{state, snapshotNo}: OpenedChain,
		options: ChainServiceOptions,
	) {
		this.network = network;
		this.#ports = ports;
		this.#state = state;
		this.#verifier =
			ports.headerVerifier ?? createInlineHeaderVerifier(network.env.crypto, network.certificates);
		this.#failed = options.failed ?? (() => undefined);
		this.#stopOnOtherHistory = createConflictWatch(ports.mainChain);
		this.#writer = new ChainWriter(network, ports, snapshotNo, {
			snapshotEvery: options.snapshotEvery ?? Math.max(2 * network.params.k, SNAPSHOT_EVERY_MIN),
			failed: error => this.#stopAfter(error),
		});
	}

	/** Opens what is on disk and goes over to the best chain among the blocks there. */
	static async open(
		network: ChainNetwork,
		ports: ChainPorts,
		options: ChainServiceOptions = {},
	): Promise<ChainService> {
		const opened = await openChain(network, ports, {log: ports.log, nowMs: ports.clock.now()});
		const service = new ChainService(network, ports, opened, options);
		// A checkpoint may make final what was read as volatile.
		await service.#mutex.run(() => service.#orStop(() => service.#writer.write(opened.state, {adopted: []})));
		await service.reconsider();
		return service;
	}

	get tip(): Tip {
		return tipOfChain(this.#state);
	}

	/** The last block that can no longer be rolled back. */
	get immutableTip(): Tip {
		return this.#state.anchor.tip;
	}

	/** The last block that is final whatever becomes of this process and of this machine's power. */
	get settledTip(): Tip {
		return this.#ports.chainStore.immutableTip() ?? 'origin';
	}

	/** After the tip. A live view: read it at once, not after an await. */
	get ledger(): LedgerState {
		return this.#state.ledger;
	}

	/** After the tip. */
	get praosState(): PraosState {
		return tipParent(this.#state).praosState;
	}

	get tipHeader(): Header | undefined {
		return this.#state.selected.at(-1)?.header;
	}

	/** The last k blocks at most, from old to new. */
	get volatile(): readonly Header[] {
		return this.#state.selected.map(({header}) => header);
	}

	get rollbackMax(): number {
		return this.network.params.k;
	}

	get stores(): ChainStores {
		return this.#ports;
	}

	/** A block of the volatile part, whichever chain it is on. */
	find(hash: HeaderHash): ChainEntry | undefined {
		return this.#state.forks.find(hash);
	}

	/** The block of that number on the selected chain, if it is above the anchor. */
	volatileAt(blockNo: BlockNo): ChainEntry | undefined {
		return this.#state.selected[blockNo - this.#anchorNo - 1];
	}

	/** Valid headers above the anchor that one pool made, on any fork. */
	headersBy(issuerVk: Uint8Array): readonly Header[] {
		return Array.from(this.#state.forks.issuedBy(issuerVk), ({header}) => header);
	}

	/** The ledger and the place under the tip's block, as they were before it: to build beside it. Synchronous. */
	beneathTip<T>(look: (ledger: LedgerState, parent: Parent) => T): T {
		return beneathTip(this.#state, look);
	}

	/** The tip as a place to build upon. */
	get tipPlace(): Parent {
		return tipParent(this.#state);
	}

	/** Told at once, before the change is on disk: for whoever builds on `ledger`. */
	onSwitch(listener: (change: ChainSwitch) => void, options: {readonly signal: AbortSignal}): void {
		this.#switched.on(listener, options);
	}

	/** Told after a change is on disk. */
	onChange(listener: (event: ChainEvent) => void, options: {readonly signal: AbortSignal}): void {
		this.#changes.on(listener, options);
	}

	/** Resolves at the next change of the tip. */
	nextChange(options: {readonly signal: AbortSignal}): Promise<unknown> {
		return this.#switched.next(options);
	}

	decodeHeader(bytes: Uint8Array): Result<Header, HeaderDecodeFailure> {
		return decodeHeader(this.network.env.crypto, bytes);
	}

	/** Judges a header; a good one is kept, and its body may be fetched. */
	considerHeader(header: Header): Result<'new' | 'known', HeaderRefusal> {
		this.#throwIfFailed();
		const judged = judgeHeader(this.network, this.#state, header, this.#ports.clock.now());
		if (this.#state.forks.nextTickMs !== undefined) this.#early.notify();
		return judged;
	}

	/** Headers in a row, of one peer's chain: verified together; those before the first bad one are kept. */
	considerHeaders(headers: readonly Header[], options: ConsiderOptions): Promise<HeadersVerdict> {
		return this.#headerTurns.run(async () => {
			this.#throwIfFailed();
			const verdict = await judgeHeaders(this.network, this.#state, headers, {
				...options,
				verifier: this.#verifier,
				nowMs: this.#ports.clock.now(),
			});
			if (this.#state.forks.nextTickMs !== undefined) this.#early.notify();
			return verdict;
		});
	}

	/** Nobody tells of these headers any longer: those without a body go, with what is built on them. */
	forgetHeaders(entries: readonly ChainEntry[]): void {
		for (const {header} of entries) this.#state.forks.forget(header.hash);
	}

	/** Whether the chain up to that known header would be taken, if all its bodies are good. */
	isBetter(hash: HeaderHash): boolean {
		return this.#state.forks.isBetter(hash);
	}

	/** Why a block was refused, while that is remembered. */
	refusalOf(hash: HeaderHash): Failure | undefined {
		return this.#state.forks.refusalOf(hash);
	}

	/** Judges a whole block; a good one is kept, and selected if its chain is the best. */
	async considerBlock(
		bytes: Uint8Array,
		options: KeepOptions = {},
	): Promise<Result<BlockVerdict, BlockRefusal>> {
		this.#throwIfFailed();
		const judged = judgeBlockBytes(this.network, bytes);
		if (!judged.ok) return judged;
		const {header} = judged.value;
		if (this.#state.forks.isAnchor(header.hash)) return ok('adopted');
		const considered = this.considerHeader(header);
		if (!considered.ok) return considered;
		const body = entryBody(judged.value);
		if (!body.ok) {
			this.#refuse(defined(this.find(header.hash), 'its header was kept'), body.error);
			return body;
		}
		await this.considerBodies([judged.value], options);
		return this.#verdictOn(header);
	}

	/** Keeps blocks that `judgeBodyOf` found good, and selects the best chain. What is wrong with them: `refusalOf`. */
	considerBodies(blocks: readonly Block[], {durable = false}: KeepOptions = {}): Promise<void> {
		return this.#mutex.run(() =>
			this.#orStop(async () => {
				for (const block of blocks) await this.#keepBody(block, durable);
				await this.#select();
			}),
		);
	}

	/** Looks again at blocks that wait for Cardano, and whether it made another chain final than this one. */
	reconsider(): Promise<void> {
		return this.#mutex.run(() =>
			this.#orStop(async () => {
				this.#state.forks.releaseHeld();
				await this.#select();
				await this.#stopOnOtherHistory(this.#state);
			}),
		);
	}

	/** Selects blocks that came before their slot when it begins, until the signal aborts. */
	async followClock({signal}: {readonly signal: AbortSignal}): Promise<void> {
		while (!signal.aborted) {
			const atMs = this.#state.forks.nextTickMs;
			if (atMs === undefined) await this.#early.next({signal});
			else {
				await this.#ports.clock.waitUntil(atMs, {signal});
				await this.#mutex.run(() => this.#orStop(() => this.#select()));
			}
		}
	}

	/** Waits until everything that was begun is on disk, or has failed. */
	settle(): Promise<void> {
		return this.#mutex.run(async () => {
			if (this.#failure === undefined) await this.#writer.settle();
		});
	}

	get #anchorNo(): number {
		const {tip} = this.#state.anchor;
		return tip === 'origin' ? -1 : tip.blockNo;
	}

	async #keepBody(block: Block, durable: boolean): Promise<void> {
		const {hash} = block.header;
		const entry = this.find(hash);
		// Its chain was given up meanwhile, or somebody else brought it.
		if (entry === undefined || entry.body !== undefined) return;
		const body = entryBody(block);
		if (!body.ok) return this.#refuse(entry, body.error);
		entry.body = body.value;
		await this.#writer.putBlock(entry, durable);
		this.#state.forks.addBody(hash);
	}

	#verdictOn({hash}: Header): Result<BlockVerdict, BlockRefusal> {
		const failure = this.#state.forks.refusalOf(hash);
		if (failure !== undefined) return err({code: 'CHAIN_BLOCK_REFUSED_BEFORE', hash, failure});
		const entry = this.find(hash);
		return ok(entry?.effect === undefined && !this.#state.forks.isAnchor(hash) ? 'kept' : 'adopted');
	}

	#throwIfFailed(): void {
		if (this.#failure !== undefined) throw chainStopped(this.#failure);
	}

	/** When the stores fail, memory is ahead of the disk: nothing more may be done on top of it. */
	async #orStop<T>(work: () => Promise<T>): Promise<T> {
		this.#throwIfFailed();
		try {
			return await work();
		} catch (error) {
			this.#stopAfter(error);
			throw error;
		}
	}

	/** Bugs are not caught: whoever runs the process ends it. */
	#stopAfter(error: unknown): void {
		if (!(error instanceof NodeError)) throw error;
		if (this.#failure !== undefined) return;
		this.#failure = error;
		this.#ports.log.error('the chain stops', {error});
		this.#failed(error);
	}

	async #select(): Promise<void> {
		const {forks} = this.#state;
		stopWhenOutdated(this.network, this.#state, this.#ports.clock.now());
		for (;;) {
			forks.tick(this.#ports.clock.now());
			const step = forks.next(BATCH_BLOCKS_MAX);
			if (step === undefined) return;
			const shown = await this.#shownByCardano(inOneGo(step));
			const last = shown.at(-1);
			// Part of the branch may wait or be refused by now; without it there may be another one.
			if (last !== undefined && isPreferred(selectionTip(this.#state), chainTipOf(last.header)))
				await this.#switchTo(shown);
		}
	}

	/** The blocks of a branch that Cardano bears out; the next one waits or is refused. */
	async #shownByCardano(branch: readonly ChainEntry[]): Promise<readonly ChainEntry[]> {
		for (const [index, entry] of branch.entries()) {
			const parent = defined(findParent(this.#state, entry.header.prevHash), 'a branch stands on something');
			const verdict = await judgeByCardano(this.network, this.#ports.mainChain, parent, entry);
			if (verdict === 'holds') continue;
			if (verdict === 'wait') this.#state.forks.hold(entry.header.hash);
			else this.#refuse(entry, verdict);
			return branch.slice(0, index);
		}
		return branch;
	}

	async #switchTo(branch: readonly ChainEntry[]): Promise<void> {
		const change = switchChain(this.network, this.#state, branch);
		stopOnConflict(this.#state, this.#ports.mainChain, change.invalid?.error);
		if (change.invalid !== undefined) this.#refuse(change.invalid.entry, change.invalid.error);
		const last = change.adopted.at(-1);
		if (last === undefined) return;
		this.#state.forks.switchTo(last.header.hash);
		noteCheckpoint(this.#state);
		const left = rootOf(this.#state, change);
		this.#switched.notify(change);
		await this.#writer.write(this.#state, change);
		const {log, clock} = this.#ports;
		warnOfUpgrade(this.network, change, log);
		tellSwitch(change, {left, atMs: clock.now()}, log, event => this.#changes.notify(event));
	}

	#refuse(entry: ChainEntry, failure: BlockRefusal): void {
		this.#ports.log.warn('block refused', {...tipOf(entry), failure});
		this.#state.forks.invalidate(entry.header.hash, failure);
	}
}
