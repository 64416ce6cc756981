import type {ForkHeader} from '#consensus/chain/fork-node';
import {defined} from '#kernel/assert';
import {u32be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';

/** A header as the fork choice sees it, made up; its hash is its name. */
export type ForkBlock = ForkHeader & {readonly name: string};

export type ForkBlockOptions = {
	readonly parent?: ForkBlock | undefined;
	readonly slot: number;
	readonly vrf?: number;
	readonly issuer?: number;
	readonly counter?: bigint;
};

const named = (name: string): Hash32 => {
	const bytes = new Uint8Array(32);
	for (let at = 0; at < Math.min(32, name.length); at++) bytes[at] = name.charCodeAt(at);
	return Hash32(bytes);
};

export const forkBlock = (
	name: string,
	{parent, slot, vrf = 0, issuer = 0, counter = 0n}: ForkBlockOptions,
): ForkBlock => {
	const vrfOutput = new Uint8Array(64);
	vrfOutput.set(u32be(vrf), 60);
	return {
		name,
		hash: named(name),
		prevHash: parent?.hash ?? null,
		blockNo: BlockNo(parent === undefined ? 0 : parent.blockNo + 1),
		slot: Slot(slot),
		issuerVk: new Uint8Array(32).fill(issuer),
		counter,
		vrfOutput,
	};
};

/** `count` blocks in a row, named `name0`, `name1`, ..., two slots apart. */
export const forkChain = (name: string, count: number, parent?: ForkBlock): readonly ForkBlock[] => {
	const blocks: ForkBlock[] = [];
	for (let at = 0; at < count; at++) {
		const below = blocks.at(-1) ?? parent;
		blocks.push(forkBlock(`${name}${at}`, {parent: below, slot: below === undefined ? 0 : below.slot + 2}));
	}
	return blocks;
};

export const lastOf = <T>(blocks: readonly T[]): T => defined(blocks.at(-1), 'there is a block');
