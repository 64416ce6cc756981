/** What the next header of a Cardano chain is judged against. */
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Point} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import {genesisPraosState, type PraosState} from '../praos-state.ts';
import {epochOf} from '../time.ts';
import {genesisByronState} from './byron-state.ts';
import type {CardanoNetwork} from './cardano-network.ts';
import type {CardanoParent, JudgedHeader} from './judge-cardano-header.ts';

type Place = Exclude<Point, 'origin'>;

/** The state after a block of which nothing else is known: counters are learned, nonces are not followed. */
export const unknownState = ({params}: CardanoNetwork, {slot}: Place): PraosState => ({
	epochNonce: 'neutral',
	evolvingNonce: 'neutral',
	candidateNonce: 'neutral',
	labNonce: 'neutral',
	lastEpochBlockNonce: 'neutral',
	counters: new Map(),
	lastSlot: slot,
	epoch: epochOf(params, slot),
});

/** What Shelley begins with: its genesis is the nonce. */
const shelleyState = ({params, shelleyGenesisHash}: CardanoNetwork): PraosState =>
	genesisPraosState(Hash32(fromHex(shelleyGenesisHash)), params);

/** Of a chain whose first block has no parent: no block has it. */
const NO_HASH = Hash32(new Uint8Array(32));

/** Of the first header behind a start point; `state` is that after the start point's block. */
export const startParent = ({slot, hash}: Place, state: PraosState): CardanoParent => ({
	tip: {slot, hash, blockNo: BlockNo(0)},
	era: undefined,
	state,
});

/** Of a block in Byron: nonces and counters are those that Shelley will begin with; delegations before it are not known. */
export const startInByron = (network: CardanoNetwork, {slot, hash}: Place): CardanoParent => ({
	tip: {slot, hash, blockNo: BlockNo(0)},
	era: undefined,
	state: shelleyState(network),
});

/** Of the first header of a chain: everything is known. */
export const originParent = (network: CardanoNetwork): CardanoParent => {
	const {byron} = network;
	const hash = byron === undefined ? NO_HASH : Hash32(fromHex(byron.genesisHash));
	return {
		tip: {slot: Slot(0), hash, blockNo: BlockNo(0)},
		era: undefined,
		state: shelleyState(network),
		byron: byron?.keys && genesisByronState(byron.keys),
		isOrigin: true,
	};
};

/** Of the header behind one that was judged. */
export const parentOf = (judged: JudgedHeader): CardanoParent => {
	const {slot, blockNo, hash} = judged.header;
	const common = {tip: {slot, blockNo, hash}, state: judged.state};
	if (judged.era !== 'byron') return {...common, era: judged.era};
	const {byron, header} = judged;
	return {...common, era: 'byron', byron, isBoundary: header.kind === 'boundary'};
};
