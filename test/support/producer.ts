/** A producing node without sockets and files: chain service, mempool and forge over virtual time. */
import {slotAt, slotStartMs} from '#consensus/time';
import {evolveKesKey, generateKesKey, kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {equalBytes} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {ledgerEnv} from '#ledger/environment';
import type {Genesis} from '#ledger/genesis/genesis';
import {
	createMemoryChainIndex,
	createMemoryChainStore,
	createMemoryLedgerStore,
} from '#node/adapters/memory-stores';
import type {Clock} from '#node/ports/clock';
import type {ForgingKeys, KesSigner} from '#node/ports/forging-keys';
import type {Log, LogFields} from '#node/ports/log';
import type {SignedUnder, SigningGuard} from '#node/ports/signing-guard';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import {ChainService} from '#node/services/chain/chain-service';
import type {ChainStores} from '#node/services/chain/open-chain';
import {Forge} from '#node/services/forge/forge';
import type {ForgeOutcome} from '#node/services/forge/forge-outcome';
import type {ForgePorts} from '#node/services/forge/forge-ports';
import {createBlindWatcher, type MainChainWatcher} from '#node/services/main-chain-watcher';
import {Mempool} from '#node/services/mempool/mempool';
import {crypto} from './crypto.ts';
import {type Party, party} from './ledger-chain.ts';
import {ada, testGenesis} from './ledger-genesis.ts';
import {noMetrics} from './no-metrics.ts';
import type {TestPool} from './praos.ts';
import {silentLog} from './silent-log.ts';
import {createVirtualClock, type VirtualClock} from './virtual-clock.ts';

/** The checkpoint key of a pool's operator. */
export const checkpointParty = (number: number): Party => party(`checkpoint of pool ${number}`);

/** Who delegates to a pool. */
export const delegator = (number: number): Party => party(`delegator of pool ${number}`);

/**
 * A network of pools with equal stake in which every pool leads every slot (f = 1), so that tests choose who forges.
 * Slots of a second, 50 an epoch, k = 5.
 */
export const producerGenesis = (pools: readonly TestPool[], change: Partial<Genesis> = {}): Genesis =>
	testGenesis({
		f: Ratio(1n, 1n),
		epochLength: 50,
		accounts: pools.map(({poolId}, index) => ({
			account: delegator(index).account,
			balance: ada(1_000_000),
			pool: poolId,
		})),
		pools: pools.map(({issuerVk, vrfKeyHash}, index) => ({
			coldVk: issuerVk,
			vrfKeyHash,
			checkpointVk: checkpointParty(index).verificationKey,
			rewardAccount: delegator(index).account,
			cost: Lovelace(1000n),
			margin: Ratio(1n, 20n),
		})),
		...change,
	});

export type LogLine = {
	readonly level: keyof Omit<Log, 'child'>;
	readonly message: string;
	readonly fields?: LogFields;
};

/** A log that remembers. */
export const recordingLog = (lines: LogLine[]): Log => {
	const write =
		(level: LogLine['level']) =>
		(message: string, fields?: LogFields): void => {
			lines.push({level, message, ...(fields && {fields})});
		};
	const log: Log = {
		debug: write('debug'),
		info: write('info'),
		warn: write('warn'),
		error: write('error'),
		child: () => log,
	};
	return log;
};

/** A key in memory that evolves as the one in files does. */
export const memoryKes = (seed: Uint8Array): KesSigner & {readonly bytes: Uint8Array} => {
	let key = generateKesKey(crypto, seed);
	return {
		get evolution() {
			return key.period;
		},
		get bytes() {
			return key.bytes;
		},
		evolveTo: async evolution => {
			while (key.period < evolution) {
				const evolved = evolveKesKey(crypto, key);
				if (!evolved.ok) return false;
				key = evolved.value;
			}
			return key.period === evolution;
		},
		sign: message => signKes(crypto, key, message),
		discard: () => undefined,
	};
};

export const forgingKeysOf = (pool: TestPool, kes: KesSigner = memoryKes(pool.kesSeed)): ForgingKeys => {
	const {issuerVk, vrfSeed, vrfVk, operationalCertificate} = pool;
	if (
		!equalBytes(
			kesVerificationKey(crypto, generateKesKey(crypto, pool.kesSeed)),
			operationalCertificate.hotVk,
		)
	)
		throw new Error('the certificate is of another key');
	return {issuerVk, vrfSeed, vrfVk, operationalCertificate, kes};
};

export const memoryGuard = (last?: Slot, under?: SignedUnder): SigningGuard => {
	let lastSigned = last;
	let lastUnder = under;
	return {
		lastSignedSlot: () => lastSigned,
		lastSignedUnder: () => lastUnder,
		record: async (slot, signedUnder) => {
			lastSigned = slot;
			lastUnder = signedUnder;
		},
	};
};

export const memoryStores = (): ChainStores => ({
	chainStore: createMemoryChainStore(),
	ledgerStore: createMemoryLedgerStore(),
	chainIndex: createMemoryChainIndex(),
});

export type ProducerOptions = Partial<Pick<ForgePorts, 'guard' | 'isSynced' | 'keys'>> & {
	readonly pool: TestPool;
	readonly genesis: Genesis;
	readonly clock?: VirtualClock;
	readonly mainChain?: MainChainWatcher;
	readonly stores?: ChainStores;
	readonly standby?: boolean;
	/** The slot in whose middle the process starts; -1 for before slot 0. Only without `clock`. */
	readonly startSlot?: number;
};

export type Producer = {
	readonly network: ChainNetwork;
	readonly chain: ChainService;
	readonly mempool: Mempool;
	readonly clock: VirtualClock;
	readonly forge: Forge;
	readonly outcomes: readonly ForgeOutcome[];
	readonly logged: readonly LogLine[];
	/** Moves time into a slot and waits until the forge is done with it. Its outcomes but for `about-to-lead`. */
	slot(slot: number): Promise<readonly ForgeOutcome[]>;
	/** `slot` up to and including one, from the slot after the current one. */
	until(slot: number): Promise<readonly ForgeOutcome[]>;
	/** Lets everything run that waits for nothing but its turn; its outcomes. */
	settled(): Promise<readonly ForgeOutcome[]>;
	stop(): Promise<void>;
};

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Waits, without any clock, until something that needs only its turn has happened. */
export const eventually = async (isSo: () => boolean): Promise<void> => {
	while (!isSo()) await turn();
};

/** A clock that tells what was waited for last. */
const watched = (clock: VirtualClock): {readonly clock: Clock; awaitedMs(): number} => {
	let awaited = 0;
	return {
		clock: {
			now: clock.now,
			waitUntil: (timeMs, options) => {
				awaited = timeMs;
				return clock.waitUntil(timeMs, options);
			},
		},
		awaitedMs: () => awaited,
	};
};

/** A chain service of its own, to judge what others made. */
export const openObserver = (
	genesis: Genesis,
	clock: Clock,
	stores: ChainStores = memoryStores(),
): Promise<ChainService> =>
	ChainService.open(chainNetwork(ledgerEnv(crypto, genesis)), {
		...stores,
		clock,
		log: silentLog,
		mainChain: createBlindWatcher(),
	});

export const startProducer = async (options: ProducerOptions): Promise<Producer> => {
	const network = chainNetwork(ledgerEnv(crypto, options.genesis));
	const {slots} = network;
	const startMs = slotStartMs(slots, Slot(0)) + ((options.startSlot ?? -1) + 0.5) * slots.slotLengthMs;
	const clock = options.clock ?? createVirtualClock(startMs);
	const ofForge = watched(clock);
	const mainChain = options.mainChain ?? createBlindWatcher();
	const stopping = new AbortController();
	const {signal} = stopping;
	const logged: LogLine[] = [];
	const log = recordingLog(logged);
	const chain = await ChainService.open(network, {
		...(options.stores ?? memoryStores()),
		clock,
		log: silentLog,
		mainChain,
	});
	const mempool = new Mempool({chain, clock, log: silentLog, metrics: noMetrics}, {signal});
	const outcomes: ForgeOutcome[] = [];
	const forge = new Forge(
		{
			crypto,
			chain,
			mempool,
			mainChain,
			keys: options.keys ?? forgingKeysOf(options.pool),
			guard: options.guard ?? memoryGuard(),
			clock: ofForge.clock,
			log,
			metrics: noMetrics,
			isSynced: options.isSynced ?? (() => true),
		},
		{standby: options.standby ?? false},
	);
	forge.onOutcome(outcome => outcomes.push(outcome), {signal});
	const following = chain.followClock({signal}).catch(() => undefined);
	const running = forge.run({signal});
	const now = (): number => slotAt(slots, clock.now()) ?? -1;
	const slot = async (at: number): Promise<readonly ForgeOutcome[]> => {
		const before = outcomes.length;
		clock.advanceTo(slotStartMs(slots, Slot(at)));
		const nextMs = slotStartMs(slots, Slot(at + 1));
		await eventually(() => ofForge.awaitedMs() === nextMs);
		return outcomes.slice(before).filter(({kind}) => kind !== 'about-to-lead');
	};
	return {
		network,
		chain,
		mempool,
		clock,
		forge,
		outcomes,
		logged,
		slot,
		until: async last => {
			const before = outcomes.length;
			for (let at = now() + 1; at <= last; at++) await slot(at);
			return outcomes.slice(before).filter(({kind}) => kind !== 'about-to-lead');
		},
		settled: async () => {
			const before = outcomes.length;
			for (let count = 0; count < 20; count++) await turn();
			return outcomes.slice(before);
		},
		stop: async () => {
			stopping.abort();
			await Promise.all([running, following]);
			await chain.settle();
		},
	};
};

export const kindsOf = (outcomes: readonly ForgeOutcome[]): readonly ForgeOutcome['kind'][] =>
	outcomes.map(({kind}) => kind);

/** Codes of what could not be forged. */
export const codesOf = (outcomes: readonly ForgeOutcome[]): readonly string[] =>
	outcomes.flatMap(outcome => (outcome.kind === 'could-not-forge' ? [outcome.failure.code] : []));

/** Bytes of a chain's blocks above its anchor. */
export const blockBytes = (chain: ChainService): readonly Uint8Array[] =>
	chain.volatile.flatMap(({hash}) => {
		const body = chain.find(hash)?.body;
		return body === undefined ? [] : [body.block.bytes];
	});
