/** Attacks of one kind: in each slot that the adversary leads, it makes something that nobody may take. */
import {toHex} from '#kernel/bytes';
import type {SimulatedPool} from '../pools.ts';
import {afterHonest, holdersOf, type Stage, tellAll} from './attack.ts';
import type {HeldBlock} from './library.ts';
import type {BodyService, ServedChain} from './served-chain.ts';

export type Attempt = {
	/** Counts from 0. */
	readonly number: number;
	readonly slot: number;
	readonly pool: SimulatedPool;
	/** The honest chain. */
	readonly parent: HeldBlock | undefined;
};

export type WrongBlocks = {
	/** Hashes, in hexadecimal, of blocks that no honest node may have. */
	readonly wrong: Set<string>;
	attempts: number;
};

/**
 * Each attempt is made under the next of the adversary's addresses, because honest nodes do not listen long to one that
 * lied to them. `make` gives the block whose chain is told, and says which of its blocks are wrong.
 */
export const tellWrongBlocks = (
	stage: Stage,
	make: (
		attempt: Attempt,
		wrong: (block: HeldBlock) => HeldBlock,
		chain: ServedChain,
	) => HeldBlock | undefined,
	{service}: {readonly service?: BodyService} = {},
): WrongBlocks => {
	const {forger, faces, pools} = stage;
	const chains = faces.map(face => tellAll(stage, {face, ...(service && {service})}));
	const state: WrongBlocks = {wrong: new Set(), attempts: 0};
	const wrong = (block: HeldBlock): HeldBlock => {
		state.wrong.add(toHex(block.header.hash));
		return block;
	};
	afterHonest(stage, slot => {
		const parent = forger.honestTip;
		// In between it tells what is true.
		for (const chain of chains) chain.serve(parent);
		const [pool] = forger.leaders(parent, pools, slot);
		if (pool === undefined) return;
		const number = state.attempts++;
		const chain = chains[number % chains.length] as ServedChain;
		const block = make({number, slot, pool, parent}, wrong, chain);
		if (block !== undefined) chain.serve(block);
	});
	return state;
};

export const nobodyHas = ({wrong}: WrongBlocks, stage: Stage): string | undefined => {
	const holders = holdersOf(stage, wrong, toHex);
	return holders.length === 0 ? undefined : `${holders.join(' ')} took a block that is wrong`;
};
