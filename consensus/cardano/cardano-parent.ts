/** What the next header of a Cardano chain is judged against. */
import type {Point} from '#kernel/point';
import {BlockNo} from '#kernel/slot';
import type {PraosState} from '../praos-state.ts';
import {epochOf} from '../time.ts';
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

/** Of the first header behind a start point; `state` is that after the start point's block. */
export const startParent = ({slot, hash}: Place, state: PraosState): CardanoParent => ({
	tip: {slot, hash, blockNo: BlockNo(0)},
	era: undefined,
	state,
});

/** Of the header behind one that was judged. */
export const parentOf = ({header: {slot, blockNo, hash}, era, state}: JudgedHeader): CardanoParent => ({
	tip: {slot, blockNo, hash},
	era,
	state,
});
