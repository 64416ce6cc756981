/** A chain with checkpoints, a node that has it, files of it that are true and files that are not. */
import type {Block} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import {concat} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Result} from '#kernel/result';
import type {CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainNetwork} from '#node/services/chain/chain-network';
import {ChainService} from '#node/services/chain/chain-service';
import type {ChainStores} from '#node/services/chain/open-chain';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {exportSnapshot} from '#node/services/snapshot-file/export-snapshot';
import {
	type ImportFailure,
	type ImportOptions,
	type ImportReport,
	importSnapshot,
	type Voucher,
} from '#node/services/snapshot-file/import-snapshot';
import type {SnapshotManifest} from '#node/services/snapshot-file/snapshot-file';
import {writeSnapshotFile} from '#node/services/snapshot-file/write-snapshot-file';
import {crypto} from '../../../support/crypto.ts';
import {delegator, memoryStores} from '../../../support/producer.ts';
import {QuickChain} from '../../../support/quick-chain.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {timeOfSlot} from '../../../support/test-chain.ts';
import {createVirtualClock, type VirtualClock} from '../../../support/virtual-clock.ts';

const account = delegator(0).account;
const outRef = {txId: Hash32(new Uint8Array(32).fill(5)), index: 0};
const deposit = {kind: 'deposit', outRef, account, amount: Lovelace(7_000_000n)} as const;

/** Period 1 is confirmed in period 2, period 2 stands on Cardano, period 3 is closed; a deposit comes late. */
const tell = (
	chain: QuickChain,
): {readonly blocks: readonly Block[]; readonly first: CheckpointOnCardano} => {
	const blocks = [...chain.until(54)];
	blocks.push(chain.confirm(1));
	const [first] = chain.known;
	blocks.push(...chain.until(120));
	chain.checkpoint(2);
	blocks.push(chain.block({events: [deposit]}), ...chain.until(170));
	return {blocks, first: defined(first, 'it was confirmed')};
};

export const world: QuickChain = new QuickChain();
export const network: ChainNetwork = world.network;
const told = tell(world);
export const blocks: readonly Block[] = told.blocks;
/** Of period 1. */
export const first: CheckpointOnCardano = told.first;
export const clock: VirtualClock = createVirtualClock(timeOfSlot(network, 180));
export const signal: AbortSignal = new AbortController().signal;

export const open = (stores: ChainStores): Promise<ChainService> =>
	ChainService.open(network, {...stores, clock, log: silentLog, mainChain: createBlindWatcher()});

export const sourceStores: ChainStores = memoryStores();
export const source: ChainService = await open(sourceStores);
for (const {bytes} of blocks) await source.considerBlock(bytes);

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return concat(...parts);
};

export async function* each<T>(values: readonly T[]): AsyncGenerator<T, void, undefined> {
	yield* values;
}

export const exported = async (chain: ChainService = source, period?: number): Promise<Uint8Array> =>
	collect((await exportSnapshot(chain, {period, software: 'test'})).bytes);

export const file: Uint8Array = await exported();
export const cardano: Extract<Voucher, {readonly kind: 'cardano'}> = {
	kind: 'cardano',
	checkpoints: world.checkpoints,
	mainChain: world.mainChain,
};

type Imported = {readonly result: Result<ImportReport, ImportFailure>; readonly stores: ChainStores};

export const imported = async (
	bytes: Uint8Array,
	options: Partial<ImportOptions> = {},
): Promise<Imported> => {
	const stores = memoryStores();
	const openStores = async (): Promise<ChainStores> => stores;
	const ports = {network, openStores, clock, log: silentLog};
	const result = await importSnapshot(ports, each([bytes]), {voucher: cardano, signal, ...options});
	return {result, stores};
};

export const failureOf = async (
	bytes: Uint8Array,
	options?: Partial<ImportOptions>,
): Promise<ImportFailure | undefined> => {
	const {result} = await imported(bytes, options);
	return result.ok ? undefined : result.error;
};

export const pinned: LedgerSnapshot = defined(
	await sourceStores.ledgerStore.pinned('period-0000000000000001'),
	'it is kept',
);
export const startBlock: Block = defined(blocks[49], 'the last block of period 1');

/** A file whose checks hold and that says what a test wants. */
export const forged = ({
	since = blocks.slice(50, 166),
	block = startBlock.bytes,
	state = pinned.state,
	praosState = pinned.praosState,
	...change
}: Partial<SnapshotManifest> & {
	readonly since?: readonly Block[];
	readonly block?: Uint8Array;
	readonly state?: Uint8Array;
	readonly praosState?: Uint8Array;
} = {}): Promise<Uint8Array> => {
	const {hash, blockNo, slot} = startBlock.header;
	const manifest = {
		genesisHash: network.env.genesisHash,
		period: 1,
		hash,
		blockNo,
		slot,
		stateRoot: first.stateRoot,
		blocks: since.length,
		software: 'forger',
		...change,
	};
	const chain = since.map(({bytes, header}) => ({bytes, hash: header.hash}));
	return collect(writeSnapshotFile(crypto, {manifest, state, praosState, block, blocks: each(chain)}));
};
