/**
 * Works out the state of a stored chain: from the newest good snapshot that the index has come by, block by block.
 * Headers are not verified again: only what had been verified was ever selected, and checksums say it is the same.
 */
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {genesisState} from '#ledger/genesis/genesis-state';
import {applyDiff} from '#ledger/state/diff';
import {type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {BlockLink, ChainPlace, ChainStore, StoredBlock} from '#node/ports/chain-store';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import type {Log} from '#node/ports/log';
import {type ChainAnchor, type ChainEntry, tipOf} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {indexedBlock} from './chain-records.ts';
import type {ChainStores} from './chain-stores.ts';
import {entryBody, judgeBlockBytes} from './judge-body.ts';
import {closedBetween, periodName, pinPeriod} from './period-snapshots.ts';
import {snapshotOf} from './snapshot-of.ts';
import {blockContext} from './switch-chain.ts';

/** Told of so that nobody thinks that a long replay hangs. */
const BLOCKS_A_LINE = 10_000;

/** A state while blocks are replayed on it. */
export type Replay = {
	ledger: MutableLedgerState;
	praosState: PraosState;
	/** The next block to apply. */
	next: BlockNo;
	/** The last blocks, from old to new, which may be rolled back, and the place below them. */
	readonly recent: ChainEntry[];
	below: Omit<ChainAnchor, 'mcRef'>;
	/** The block after which it began; -1: the genesis. */
	readonly from: number;
};

const genesisReplay = ({env, params}: ChainNetwork): Replay => {
	const praosState = genesisPraosState(env.genesisHash, params);
	return {
		ledger: genesisState(env),
		praosState,
		next: BlockNo(0),
		recent: [],
		below: {tip: 'origin', praosState},
		from: -1,
	};
};

const replayFrom = ({hash, slot, blockNo, ...snapshot}: LedgerSnapshot): Replay | undefined => {
	const ledger = decode(stateCodec, snapshot.state);
	const praos = decode(praosStateCodec, snapshot.praosState);
	if (!ledger.ok || !praos.ok) return undefined;
	return {
		ledger: ledger.value,
		praosState: praos.value,
		next: BlockNo(blockNo + 1),
		recent: [],
		below: {tip: {hash, slot, blockNo}, praosState: praos.value},
		from: blockNo,
	};
};

const isFinal = async (chainStore: ChainStore, {blockNo, hash}: ChainPlace): Promise<boolean> => {
	const place = await chainStore.place(blockNo);
	return place !== undefined && equalBytes(place.hash, hash);
};

/** The two newest, then those that are pinned, from new to old. */
async function* allSnapshots(ledgerStore: LedgerStore): AsyncGenerator<LedgerSnapshot, void, undefined> {
	yield* await ledgerStore.snapshots();
	for (const name of (await ledgerStore.pinnedNames()).toReversed()) {
		const snapshot = await ledgerStore.pinned(name);
		if (snapshot !== undefined) yield snapshot;
	}
}

/**
 * Where to begin: late, but not after what the index has come by, so that it gets all it lacks. The first block of an
 * imported chain is not block 0, and then there is no beginning without a snapshot.
 */
const startOfReplay = async (
	network: ChainNetwork,
	{chainStore, ledgerStore, chainIndex}: ChainStores,
	log: Log,
): Promise<Replay> => {
	const indexedNo = (await chainIndex.indexedTo())?.blockNo ?? -1;
	let found: Replay | undefined;
	for await (const snapshot of allSnapshots(ledgerStore)) {
		if (!(await isFinal(chainStore, snapshot))) continue;
		const replay = replayFrom(snapshot);
		if (replay === undefined) log.warn('snapshot does not decode', {blockNo: snapshot.blockNo});
		else if (snapshot.blockNo <= indexedNo) return replay;
		else found = replay;
	}
	const first = await chainStore.firstPlace();
	if (first === undefined || first.blockNo === 0) return genesisReplay(network);
	if (found !== undefined) return found;
	throw new NodeError({
		code: 'STORE_CORRUPT',
		firstBlockNo: first.blockNo,
		message:
			'No good snapshot is left of a chain that was imported: import it again into a new folder with `dcloud db import`.',
	});
};

/** A stored block on top of the replay, whose bytes are what its hash says; undefined when they are not. */
const entryOf = (network: ChainNetwork, replay: Replay, stored: StoredBlock): ChainEntry | undefined => {
	const judged = judgeBlockBytes(network, stored.bytes);
	if (!judged.ok) return undefined;
	const {header} = judged.value;
	const last = replay.recent.at(-1)?.header.hash ?? hashOf(replay.below.tip);
	const follows =
		header.prevHash === null ? last === null : last !== null && equalBytes(header.prevHash, last);
	if (!follows || !equalBytes(header.hash, stored.hash)) return undefined;
	const body = entryBody(judged.value);
	if (!body.ok) return undefined;
	const {env, params} = network;
	const ticked = tickPraos(env.crypto, params, replay.praosState, header.slot);
	const praosState = updatePraos(env.crypto, params, ticked, header);
	return {header, praosState, body: body.value, effect: undefined};
};

const hashOf = (tip: ChainAnchor['tip']): HeaderHash | null => (tip === 'origin' ? null : tip.hash);

/** Applies a block; false when it is not what was selected once. */
const applyStored = (network: ChainNetwork, replay: Replay, stored: StoredBlock): boolean => {
	const entry = entryOf(network, replay, stored);
	if (entry === undefined) return false;
	const {segments} = defined(entry.body, 'it was loaded').block;
	const applied = applyBlock(
		network.env,
		replay.ledger,
		blockContext(network, replay, entry.header),
		segments,
	);
	if (!applied.ok) return false;
	applyDiff(replay.ledger, applied.value.diff);
	entry.effect = applied.value;
	replay.praosState = entry.praosState;
	replay.recent.push(entry);
	replay.next = BlockNo(entry.header.blockNo + 1);
	return true;
};

/** Moves what is below on while more than k blocks are above it, or final ones. A period that ends is kept (again). */
const keepRecent = async (
	{env, params}: ChainNetwork,
	ledgerStore: LedgerStore,
	replay: Replay,
	finalNo: number,
): Promise<void> => {
	for (let first = replay.recent[0]; first !== undefined; first = replay.recent[0]) {
		if (replay.recent.length <= params.k && first.header.blockNo > finalNo) return;
		const {ledger, recent: selected, below: anchor} = replay;
		const period = closedBetween(env, anchor.tip, first.header);
		if (period !== undefined && (await ledgerStore.pinned(periodName(period))) === undefined)
			await pinPeriod(ledgerStore, env, snapshotOf({ledger, selected, anchor}));
		replay.recent.shift();
		replay.below = {tip: tipOf(first), praosState: first.praosState};
	}
};

/** Blocks above the last final one up to the tip that was selected, from old to new; none when one is missing. */
const selectedPath = (chainStore: ChainStore, base: ChainPlace | undefined): readonly BlockLink[] => {
	const links = new Map(chainStore.volatileBlocks().map(link => [toHex(link.hash), link]));
	const path: BlockLink[] = [];
	let at = chainStore.selection().tip;
	while (at !== null && !(base !== undefined && equalBytes(at, base.hash))) {
		const link = links.get(toHex(at));
		if (link === undefined) return [];
		path.push(link);
		at = link.prevHash;
	}
	return at === null && base !== undefined ? [] : path.reverse();
};

/** A volatile block; undefined when its file is damaged: peers have it. */
export const volatileBlock = async (
	chainStore: ChainStore,
	{hash}: Pick<BlockLink, 'hash'>,
): Promise<StoredBlock | undefined> => {
	try {
		return await chainStore.block(hash);
	} catch (error) {
		if (error instanceof NodeError && error.code === 'STORE_CORRUPT') return undefined;
		throw error;
	}
};

const doesNotFit = (blockNo: number): NodeError =>
	new NodeError({
		code: 'STORE_CORRUPT',
		blockNo,
		message: `Block ${blockNo} in the store does not follow from those before it: stop the node and run "dcloud db repair".`,
	});

/** Replays up to the tip that was selected, or as far as its blocks are there. */
export const replayChain = async (network: ChainNetwork, stores: ChainStores, log: Log): Promise<Replay> => {
	const {chainStore, ledgerStore, chainIndex} = stores;
	const base = chainStore.immutableTip();
	const path = selectedPath(chainStore, base);
	const finalNo = base?.blockNo ?? -1;
	const replay = await startOfReplay(network, stores, log);
	const indexedTo = await chainIndex.indexedTo();
	const covers =
		indexedTo !== undefined &&
		((await isFinal(chainStore, indexedTo)) || path.some(({hash}) => equalBytes(hash, indexedTo.hash)));
	const coveredNo = covers ? indexedTo.blockNo : -1;
	const applied = async (): Promise<void> => {
		const entry = defined(replay.recent.at(-1), 'it was applied');
		if (entry.header.blockNo > coveredNo)
			await chainIndex.add([indexedBlock(entry, defined(entry.effect, 'it was applied'))]);
		await keepRecent(network, ledgerStore, replay, finalNo);
		if (replay.next % BLOCKS_A_LINE === 0) log.info('replaying', {blockNo: replay.next});
	};
	while (replay.next <= finalNo) {
		const stored = await chainStore.blockAt(replay.next);
		if (stored === undefined || !applyStored(network, replay, stored)) throw doesNotFit(replay.next);
		await applied();
	}
	for (const link of path) {
		const stored = await volatileBlock(chainStore, link);
		if (stored === undefined || !applyStored(network, replay, stored)) {
			log.warn('a stored block is damaged; the chain is cut before it', {blockNo: link.blockNo});
			break;
		}
		await applied();
	}
	return replay;
};
