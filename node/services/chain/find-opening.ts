/** The leaf that a dispute on Cardano asks for, out of the chain's blocks: whoever proved a forest has shown it there. */
import {isPruned} from '#consensus/block/pruned-block';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {BlockNo, Epoch, type Slot} from '#kernel/slot';
import {decodeBody} from '#ledger/block/block-body';
import {epochOf} from '#ledger/environment';
import {epochOfForestRoot} from '#ledger/proofs/forest-root';
import {decodeProofWitness} from '#ledger/proofs/proof-witness';
import {keyOf} from '#ledger/state/keys';
import {rowsOf} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {proofTimetable} from '#storage-proofs/window';
import type {ChainReader} from './chain-reader.ts';
import type {ChainService} from './chain-service.ts';

export type ProofChain = {
	readonly chain: Pick<ChainService, 'network' | 'ledger' | 'tip'>;
	readonly reader: Pick<ChainReader, 'place' | 'block'>;
};

export type WantedOpening = {
	/** Claim id. */
	readonly provider: Hash32;
	/** Of the forest that was proven. */
	readonly root: Hash32;
	readonly totalLeaves: bigint;
	readonly leaf: bigint;
};

/** What was proven longer ago is open to no dispute. */
const EPOCHS_MAX = 256;

/** Those first in which the state remembers that forest: a forest that does not change is proven again and again. */
const epochsToLook = (
	{network, ledger}: ProofChain['chain'],
	wanted: WantedOpening,
	tipSlot: Slot,
): Epoch[] => {
	const key = keyOf(wanted.provider);
	const known = [...rowsOf(readerOf(ledger), 'forestRoots')]
		.filter(([each, {root}]) => each.endsWith(key) && equalBytes(root, wanted.root))
		.map(([each]) => epochOfForestRoot(each))
		.reverse();
	const newest = epochOf(network.env.genesis, tipSlot);
	const all = Array.from({length: Math.min(EPOCHS_MAX, newest + 1)}, (_, back) => Epoch(newest - back));
	return [...new Set([...known, ...all])];
};

/** The number of the first block in that slot or later; one above the tip's if there is none. */
const firstBlockFrom = async ({place}: ProofChain['reader'], tipNo: BlockNo, slot: Slot): Promise<number> => {
	let low = 0;
	let high: number = tipNo + 1;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const there = await place(BlockNo(middle));
		// What is not here lies before the chain's beginning.
		if (there === undefined || there.slot < slot) low = middle + 1;
		else high = middle;
	}
	return low;
};

/** The proofs of a provider for an epoch in a block. */
const openingsIn = async (
	{chain: {network}, reader}: ProofChain,
	hash: Parameters<ChainReader['block']>[0],
	{provider, epoch}: {readonly provider: Hash32; readonly epoch: Epoch},
): Promise<readonly LeafOpening[]> => {
	const block = await reader.block(hash);
	if (block === undefined || isPruned(block.segments)) return [];
	const body = decodeBody(network.env, block.segments);
	if (!body.ok) return [];
	return body.value.transactions.flatMap(({body: {action}, proof}) => {
		const isOurs = action.kind === 'prove' && action.epoch === epoch && equalBytes(action.provider, provider);
		const witness = isOurs && proof !== null ? decodeProofWitness(proof) : undefined;
		return witness?.ok ? witness.value.proof.openings : [];
	});
};

/** Undefined when no block that is kept here shows that leaf of that forest. */
export const findOpening = async (
	ports: ProofChain,
	wanted: WantedOpening,
): Promise<LeafOpening | undefined> => {
	const {chain, reader} = ports;
	const {tip, network} = chain;
	if (tip === 'origin') return undefined;
	const {crypto, genesis} = network.env;
	const {provider, root, totalLeaves, leaf} = wanted;
	const claim = {root, totalLeaves, indexes: [leaf]};
	for (const epoch of epochsToLook(chain, wanted, tip.slot)) {
		const {proofFrom, proofUntil} = proofTimetable(genesis, epoch);
		for (let blockNo = await firstBlockFrom(reader, tip.blockNo, proofFrom); ; blockNo++) {
			const place = await reader.place(BlockNo(blockNo));
			if (place === undefined || place.slot >= proofUntil) break;
			const openings = await openingsIn(ports, place.hash, {provider, epoch});
			const found = openings.find(opening => verifyForestProof(crypto, claim, {openings: [opening]}).ok);
			if (found !== undefined) return found;
		}
	}
	return undefined;
};
