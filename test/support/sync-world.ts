/** A node that syncs over a virtual network, and peers of it that do whatever a test wants. */
import type {Block} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {NodeError} from '#kernel/node-error';
import type {Point, Tip} from '#kernel/point';
import {createLifecycle} from '#node/lifecycle';
import {type NodeServices, startServices} from '#node/node-services';
import type {ChainNetwork} from '#node/services/chain/chain-network';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import type {Address} from '#relay/bearer/bearer';
import type {BlockSource, ChainFollower, PeerHandlers} from '#relay/handlers';
import {relayTargets} from '#relay/known-peers';
import {DCLOUD_BLOCK_ERA, DCLOUD_HEADER_ERA, wrapBlock} from '#relay/protocols/block';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import {localRootOf, NO_PEERS} from '#relay/topology';
import {crypto} from './crypto.ts';
import {noMetrics} from './no-metrics.ts';
import {type LogLine, recordingLog} from './producer.ts';
import {memoryStores, timeOfSlot} from './test-chain.ts';
import {createVirtualClock, type VirtualClock} from './virtual-clock.ts';
import {createVirtualNetwork, type VirtualNetwork} from './virtual-network.ts';

export const tipOf = (blocks: readonly Block[]): Tip => {
	const last = blocks.at(-1)?.header;
	return last === undefined ? 'origin' : {slot: last.slot, hash: last.hash, blockNo: last.blockNo};
};

const forever = (signal: AbortSignal): Promise<never> =>
	new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), {once: true}));

export const headerUpdate = ({header}: Pick<Block, 'header'>, tip: Tip): ChainUpdate => ({
	kind: 'rollForward',
	header: {era: DCLOUD_HEADER_ERA, bytes: header.bytes},
	tip,
});

/** Sends these updates from origin on, then waits for ever; `tip` is what it claims. */
export const scriptedFollower = (
	updates: Iterable<ChainUpdate> | (() => ChainUpdate | undefined),
	tip: Tip,
): ChainFollower => {
	const iterator = typeof updates === 'function' ? undefined : updates[Symbol.iterator]();
	const next = (): ChainUpdate | undefined => {
		if (typeof updates === 'function') return updates();
		const step = iterator?.next();
		return step?.done === false ? step.value : undefined;
	};
	let isFirst = true;
	return {
		findIntersect: async () => ({intersect: 'origin', tip}),
		next: async () => {
			if (!isFirst) return next();
			isFirst = false;
			return {kind: 'rollBackward', point: 'origin', tip};
		},
		waitForChange: async ({signal}) => forever(signal),
		close: () => undefined,
	};
};

/** Tells of these blocks, truthfully but for `claims`. */
export const followerOf = (blocks: readonly Block[], claims: Tip = tipOf(blocks)): ChainFollower =>
	scriptedFollower(
		blocks.map(block => headerUpdate(block, claims)),
		claims,
	);

const indexOf = (blocks: readonly Block[], point: Point): number =>
	blocks.findIndex(({header}) => point !== 'origin' && equalBytes(header.hash, point.hash));

export const wrapped = (bytes: Uint8Array): Uint8Array => wrapBlock({era: DCLOUD_BLOCK_ERA, bytes});

/** Serves the blocks of a range, after `change` did to their bytes what it likes. */
export const sourceOf = (
	blocks: readonly Block[],
	change: (range: readonly Uint8Array[], signal: AbortSignal) => AsyncIterable<Uint8Array> = async function* (
		range,
	) {
		yield* range;
	},
): BlockSource => ({
	range: async ({from, to}, {signal}) => {
		const [first, last] = [indexOf(blocks, from), indexOf(blocks, to)];
		if (first < 0 || last < first) return undefined;
		return change(
			blocks.slice(first, last + 1).map(({bytes}) => wrapped(bytes)),
			signal,
		);
	},
});

/** Whatever a test says, and otherwise a peer that has nothing and asks for nothing. */
const completed = (handlers: PeerHandlers): PeerHandlers => ({
	chain: followerOf([]),
	blocks: sourceOf([]),
	txOutlet: {
		take: () => [],
		waitForMore: ({signal}) => forever(signal),
		transaction: () => undefined,
		close: () => undefined,
	},
	txInlet: {wants: () => false, add: async () => undefined},
	announcements: {
		feed: {since: () => undefined, changed: ({signal}) => forever(signal)},
		sink: {add: async () => undefined},
	},
	...handlers,
});

export type SyncWorld = {
	readonly clock: VirtualClock;
	readonly transport: VirtualNetwork;
	/** The node under test. */
	readonly node: NodeServices;
	readonly logged: readonly LogLine[];
	readonly failures: readonly NodeError[];
	/** Times at which the address was dialled. */
	readonly dialled: ReadonlyMap<number, readonly number[]>;
	/** A peer dials the node. */
	dial(handlers: PeerHandlers): Promise<void>;
	/** Lets whatever is under way come to an end, without any time going by. */
	settle(): Promise<void>;
	/** Lets time go by, in steps. */
	advance(ms: number, stepMs?: number): Promise<void>;
	/** Codes under which connections ended, from old to new. */
	partings(): readonly string[];
	stop(): Promise<void>;
};

export const addressOf = (number: number): Address => ({host: '127.0.0.1', port: 4000 + number});

/** A peer at 4000 + its number. */
export type ScriptedPeer = {readonly number: number; readonly handlers: () => PeerHandlers};

const turns = async (count: number): Promise<void> => {
	for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};

/** Opens a node at 4000 that knows the peers as roots. The clock stands at `atSlot`. */
export const openSyncWorld = async (
	network: ChainNetwork,
	peers: readonly ScriptedPeer[],
	{
		atSlot,
		roots = 'public',
		active = 10,
	}: {
		readonly atSlot: number;
		readonly roots?: 'local' | 'public';
		/** How many peers are followed. */
		readonly active?: number;
	},
): Promise<SyncWorld> => {
	const clock = createVirtualClock(timeOfSlot(network, atSlot));
	const transport = createVirtualNetwork(clock);
	const dialled = new Map<number, number[]>();
	for (const {number, handlers} of peers)
		await transport.listen({
			address: addressOf(number),
			networkMagic: network.env.genesis.networkMagic,
			handlers: () => {
				dialled.set(number, [...(dialled.get(number) ?? []), clock.now()]);
				return completed(handlers());
			},
			connected: () => undefined,
		});
	const accessPoints = peers.map(({number}) => addressOf(number));
	const logged: LogLine[] = [];
	const failures: NodeError[] = [];
	const lifecycle = createLifecycle((_, error) => {
		throw error;
	});
	const node = await startServices(lifecycle, {
		network,
		crypto,
		stores: memoryStores(),
		mainChain: createBlindWatcher(),
		clock,
		log: recordingLog(logged),
		metrics: noMetrics,
		transport,
		topology: {
			...NO_PEERS,
			localRoots: roots === 'local' ? [localRootOf(accessPoints, {advertise: false})] : [],
			publicRoots: roots === 'public' ? [{accessPoints, advertise: false}] : [],
		},
		targets: {...relayTargets(10), known: 20, active},
		address: addressOf(0),
		peerSharing: true,
		failed: error => failures.push(error),
	});
	const settle = (): Promise<void> => turns(150);
	await settle();
	return {
		clock,
		transport,
		node,
		logged,
		failures,
		dialled,
		dial: async handlers => {
			await transport.dial(
				addressOf(0),
				{networkMagic: network.env.genesis.networkMagic, handlers: () => completed(handlers)},
				{signal: new AbortController().signal},
			);
		},
		settle,
		advance: async (ms, stepMs = 500) => {
			for (let left = ms; left > 0; left -= stepMs) {
				clock.advanceTo(clock.now() + Math.min(stepMs, left));
				await turns(40);
			}
		},
		partings: () =>
			logged
				.filter(({message}) => message === 'peer gone')
				.map(({fields}) => String(defined(fields, 'it says why')['code'])),
		stop: () => lifecycle.stop(),
	};
};
