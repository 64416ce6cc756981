/** A provider that has promised its client how soon it gives pieces back. */
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {encodeRetrievalProof, type RetrievalProof} from '#ledger/service/retrieval-proof';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import type {Transaction} from '#ledger/tx/transaction';
import {openPieceLeaf} from '#storage-proofs/piece/piece-opening';
import {createReferencePieceTree} from '#storage-proofs/piece/reference-piece-tree';
import {crypto} from '../../support/crypto.ts';
import {LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {
	pieceIdOf,
	pieceOf,
	registerProviders,
	runEpoch,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const trees = createReferencePieceTree(crypto);
/** What an agreement of `openingOf` pays an epoch: 16 MiB at 1 ADA a GiB. */
export const REVENUE: bigint = 15_625n;
export const PIECE: Uint8Array = pieceOf('a', 5000);
export const OTHER: Uint8Array = pieceOf('b', 3000);
export const pieceId: Hash32 = pieceIdOf(PIECE);

export const classOf = (
	agreementId: Hash32,
	serviceClass: ActionOf<'service-class'>['serviceClass'] = 'fast',
): ActionOf<'service-class'> => ({kind: 'service-class', agreementId, serviceClass});

export type Scene = {readonly chain: LedgerChain; readonly east: TestProvider; readonly id: Hash32};

/** An agreement with two pieces and a promise, and two proven epochs. */
export const start = (
	serviceClass: ActionOf<'service-class'>['serviceClass'] = 'fast',
	settleEpochs = 0,
): Scene => {
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({...rest, parameters: {...parameters, settleEpochs}});
	const east = new TestProvider('east');
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	const id = storeWith(chain, bob, east, [PIECE, OTHER]);
	chain.send(bob, classOf(id, serviceClass), {with: [east.operator]});
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	return {chain, east, id};
};

export const demandOf = (
	{chain, east, id}: Scene,
	change: Partial<ActionOf<'retrieval-demand'>> = {},
): ActionOf<'retrieval-demand'> => {
	const newest = east.newest(id);
	const seen = chain.state.agreements.get(keyOf(id))?.revisionNo ?? 0;
	return {
		kind: 'retrieval-demand',
		agreementId: id,
		revision: seen < newest.revision.revisionNo ? newest : null,
		pieceId,
		pieceLeaves: 5,
		leafIndex: 3,
		pieceProof: east.pieceProof(id, pieceId),
		...change,
	};
};

export const leafOf = (piece: Uint8Array, index: number): RetrievalProof => ({
	kind: 'leaf',
	opening: openPieceLeaf(trees, piece, index),
});

export const answerOf = (
	{id}: Scene,
	proof: RetrievalProof,
	change: Partial<ActionOf<'retrieval-answer'>> = {},
): ActionOf<'retrieval-answer'> => ({
	kind: 'retrieval-answer',
	agreementId: id,
	revision: null,
	proof: encodeRetrievalProof(proof),
	...change,
});

export const answer = (
	scene: Scene,
	proof: RetrievalProof,
	change: Partial<ActionOf<'retrieval-answer'>> = {},
): Transaction => scene.chain.feeFree(answerOf(scene, proof, change), [scene.east.operator]);

/** Demands, and lets the time for an answer pass. */
export const unanswered = (scene: Scene): void => {
	const {chain} = scene;
	chain.send(bob, demandOf(scene));
	const deadline = chain.eventsOf('retrieval-demanded').at(-1)?.deadline ?? Slot(0);
	chain.advanceTo(deadline);
};
