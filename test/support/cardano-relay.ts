/** The 864 real blocks of preprod, and what a relay needs to follow them. */
import {CARDANO_NETWORKS, type CardanoNetwork} from '#consensus/cardano/cardano-network';
import {startParent as parentAtStart, unknownState} from '#consensus/cardano/cardano-parent';
import type {CardanoParent, CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import type {Point} from '#kernel/point';
import {Slot} from '#kernel/slot';
import {createMemoryChainIndex, createMemoryChainStore} from '#node/adapters/memory-stores';
import {createSystemClock} from '#node/adapters/system-clock';
import {CardanoChain, type CardanoChainPorts} from '#node/services/cardano-relay/cardano-chain';
import type {Disagreement, Quarantine, SavedState, StateStore} from '#node/services/cardano-relay/ports';
import {crypto} from './crypto.ts';
import {preprodBlocks, type ServedBlock} from './relay/chain.ts';

export const preprod: CardanoNetwork = defined(
	CARDANO_NETWORKS.find(({name}) => name === 'preprod'),
	'preprod is known',
);

/** The last one's hash is made up by `blocksOf`: it is left out where points have to be true. */
export const realBlocks: readonly ServedBlock[] = preprodBlocks().slice(0, 863);

const first = defined(realBlocks[0], 'there are blocks');
/** Blocks start `[era, [[[number, slot, parent …`: the parent's hash is in the first header. */
const parentHash = ((): Uint8Array => {
	const header = first.header.bytes;
	const at = header.findIndex((byte, index) => byte === 0x58 && header[index + 1] === 0x20);
	return header.slice(at + 2, at + 34);
})();

/** The block before the first one. Of its slot nothing is known but that it was earlier. */
export const startPoint: Exclude<Point, 'origin'> = {
	slot: Slot(first.point.slot - 1),
	hash: Hash32(parentHash),
};

export const startText: string = `${startPoint.slot}.${Buffer.from(startPoint.hash).toString('hex')}`;

export const startParent = (): CardanoParent => parentAtStart(startPoint, unknownState(preprod, startPoint));

export const certificateRules: CardanoRules = {
	crypto,
	network: preprod,
	wanted: 'certificate',
	followsNonces: false,
	stakeOf: () => undefined,
};

export class MemoryQuarantine implements Quarantine {
	readonly kept: Disagreement[] = [];

	get count(): number {
		return this.kept.length;
	}

	async keep(disagreement: Disagreement): Promise<void> {
		this.kept.push(disagreement);
	}
}

export const memoryStateStore = (): StateStore => {
	let saved: SavedState | undefined;
	return {
		load: async () => saved,
		save: async state => {
			saved = state;
		},
	};
};

/** A chain in memory; `k` small makes blocks final within a test. */
export const memoryChain = (
	rules: CardanoRules = certificateRules,
): {readonly chain: CardanoChain; readonly ports: CardanoChainPorts} => {
	const ports = {
		rules,
		chainStore: createMemoryChainStore(),
		chainIndex: createMemoryChainIndex(),
		stateStore: memoryStateStore(),
		clock: createSystemClock(),
	};
	return {chain: new CardanoChain(ports, startParent()), ports};
};
