/**
 * A new node from a snapshot file: the state after a period of the public length in blocks and the blocks since, written
 * as an exporter does, imported into a folder of its own, checked, and exported from there.
 */
import {mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {assert} from '#kernel/assert';
import {encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {genesisToJson} from '#ledger/genesis/genesis';
import {stateCodec} from '#ledger/state/state';
import {writeChunks} from '#node/adapters/chunk-files';
import {checkDatabase} from '#node/database-tools';
import {writeSnapshotFile} from '#node/services/snapshot-file/write-snapshot-file';
import {exportFromFolder, importFromFile} from '#node/snapshot-tools';
import {crypto} from '../../support/crypto.ts';
import {QuickChain} from '../../support/quick-chain.ts';
import {silentLog} from '../../support/silent-log.ts';
import {type Bench, type Figure, lessIsBetter, moreIsBetter} from '../bench.ts';
import {isShort} from '../measure.ts';
import {longGenesis} from './long-chain.ts';

const BLOCKS = isShort ? 500 : 20_000;
/** f = 1: as many blocks before the checkpoint. */
const K = isShort ? 20 : 432;
const PERIOD_SLOTS = 10 * K;
const MIB = 1024 * 1024;

type Written = {readonly file: string; readonly genesis: string; readonly stateRoot: Hash32};

const writeFiles = async (folder: string): Promise<Written> => {
	const genesis = {
		...longGenesis(PERIOD_SLOTS + BLOCKS, Date.now()),
		k: K,
		epochLength: PERIOD_SLOTS,
		checkpointEvery: 1,
	};
	const chain = new QuickChain(genesis);
	const last = chain.until(PERIOD_SLOTS - 1).at(-1);
	assert(last !== undefined, 'a period has blocks');
	const state = encode(stateCodec, chain.ledger);
	const praosState = encode(praosStateCodec, chain.praosState);
	const first = chain.block();
	const {stateRoot} = chain.checkpoint(1);
	const second = chain.confirm(1);
	async function* blocks() {
		for (const {bytes, header} of [first, second]) yield {bytes, hash: header.hash};
		for (let count = 2; count < BLOCKS; count++) {
			const {bytes, header} = chain.block();
			yield {bytes, hash: header.hash};
		}
	}
	const {hash, blockNo, slot} = last.header;
	const {genesisHash} = chain.network.env;
	const manifest = {
		genesisHash,
		period: 1,
		hash,
		blockNo,
		slot,
		stateRoot,
		blocks: BLOCKS,
		software: 'bench',
	};
	const contents = {manifest, state, praosState, block: last.bytes, blocks: blocks()};
	const [file, genesisFile] = [path.join(folder, 'snapshot'), path.join(folder, 'genesis.json')];
	await writeFile(genesisFile, genesisToJson(genesis));
	await writeChunks(file, writeSnapshotFile(crypto, contents));
	return {file, genesis: genesisFile, stateRoot};
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
	const begun = performance.now();
	await work();
	return performance.now() - begun;
};

const figuresOf = async (folder: string): Promise<Figure[]> => {
	const {file, genesis, stateRoot} = await writeFiles(folder);
	const {signal} = new AbortController();
	const node = {dataDir: path.join(folder, 'node'), genesis, crypto, log: silentLog};
	const importMs = await timed(async () => {
		const trust = {stateRoot};
		const imported = await importFromFile({
			...node,
			file,
			trust,
			checkpointOnly: false,
			signal,
			onBytes: () => undefined,
		});
		assert(imported.ok && imported.value.blocks === BLOCKS, 'the whole file is imported');
	});
	const again = path.join(folder, 'again');
	const exportMs = await timed(() =>
		exportFromFolder({...node, period: 1, software: 'bench'}, ({bytes}) => writeChunks(again, bytes)),
	);
	const checkMs = await timed(() => checkDatabase({...node, full: false, signal}));
	const fullMs = await timed(async () => {
		const {chain} = await checkDatabase({...node, full: true, signal});
		assert(chain?.problems.length === 0, 'what was imported is good');
	});
	return [
		moreIsBetter('snapshot/import', 'blocks/s', (BLOCKS / importMs) * 1000),
		lessIsBetter('snapshot/file', 'MiB', (await stat(file)).size / MIB),
		moreIsBetter('snapshot/export', 'blocks/s', (BLOCKS / exportMs) * 1000),
		moreIsBetter('snapshot/check', 'blocks/s', (BLOCKS / checkMs) * 1000),
		moreIsBetter('snapshot/check-full', 'blocks/s', (BLOCKS / fullMs) * 1000),
	];
};

export const snapshotBench: Bench = {
	name: 'snapshot',
	run: async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-snapshot-'));
		try {
			return await figuresOf(folder);
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
