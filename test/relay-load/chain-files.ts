/** Chains in files, for nodes in processes of their own. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Block} from '#consensus/block/block';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Point} from '#kernel/point';
import {genesisToJson} from '#ledger/genesis/genesis';
import {writeBlocks} from '../bench/chain/block-file.ts';
import {ChainBuilder, longGenesis, longNetwork} from '../bench/chain/long-chain.ts';

/** Blocks behind each other in a file. */
export type ChainFile = {
	readonly file: string;
	readonly blocks: number;
	readonly range: {readonly from: Point; readonly to: Point};
	/** In hexadecimal. */
	readonly tipHash: string;
};

export type ForgedChain = ChainFile & {
	/** File. */
	readonly genesis: string;
	readonly networkMagic: number;
	/** What may follow the last block, in the order of the lengths that were asked for. */
	readonly branches: readonly ChainFile[];
};

const write = async (file: string, builder: ChainBuilder, blocks: number): Promise<ChainFile> => {
	const ends: Block[] = [];
	const made = function* (): Generator<Uint8Array> {
		for (let index = 0; index < blocks; index++) {
			const block = builder.next();
			if (index === 0 || index === blocks - 1) ends.push(block);
			yield block.bytes;
		}
	};
	await writeBlocks(file, made());
	const [from, to] = [ends[0], ends.at(-1)].map(block => {
		const {slot, hash} = defined(block, 'a chain has blocks').header;
		return {slot, hash};
	});
	assert(from !== undefined && to !== undefined, 'a chain has two ends');
	return {file, blocks, range: {from, to}, tipHash: toHex(to.hash)};
};

/** A chain of small blocks whose last slot was a minute ago, and branches that leave its end. */
export const forgeChain = async (
	folder: string,
	blocks: number,
	branches: readonly number[] = [],
): Promise<ForgedChain> => {
	const genesis = longGenesis(blocks + Math.max(0, ...branches), Date.now());
	const network = longNetwork(genesis);
	const trunk = new ChainBuilder(network);
	const chain = await write(path.join(folder, 'chain'), trunk, blocks);
	const builders = branches.reduce<readonly ChainBuilder[]>(
		made => [...made, (made.at(-1) ?? trunk).fork()],
		[],
	);
	const files: ChainFile[] = [];
	for (const [index, builder] of builders.entries())
		files.push(await write(path.join(folder, `branch-${index}`), builder, branches[index] ?? 0));
	const genesisFile = path.join(folder, 'genesis.json');
	await writeFile(genesisFile, genesisToJson(genesis));
	return {...chain, genesis: genesisFile, networkMagic: genesis.networkMagic, branches: files};
};

/** A topology file with one local root. */
export const topologyTo = async (file: string, address: string, port: number): Promise<string> => {
	const localRoots = [{accessPoints: [{address, port}], advertise: true, valency: 1}];
	await writeFile(file, JSON.stringify({localRoots, publicRoots: [], useLedgerAfterSlot: -1}));
	return file;
};
