/** Commitments and proofs as no honest provider sends them. */
import {check, type NetworkStage} from '#cli/demo/stage';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {encodeProofWitness} from '#ledger/proofs/proof-witness';
import type {ActionOf} from '#ledger/tx/action';
import {agreementTrieOf} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {challengeIndexes} from '#storage-proofs/challenge';
import {EMPTY_FOREST, type Forest, forestCommitment, putAgreement} from '#storage-proofs/forest';
import {rootOfLeaves} from '#storage-proofs/forest-piece';
import {openPieceLeaf} from '#storage-proofs/piece/piece-opening';
import {leavesOf, type Stored} from './accomplice.ts';
import type {RogueProvider} from './rogue-provider.ts';
import {
	CUSTOMERS_LEAVES,
	customersOf,
	INFLATES,
	OWN,
	OWN_CAPACITY,
	OWN_LEAVES,
	RIGHTFUL,
	type Scene,
} from './scene.ts';

const forestOf = (all: readonly Stored[]): Forest => {
	let forest: Forest = EMPTY_FOREST;
	for (const {agreementId, pieces, signed} of all) {
		const trie = agreementTrieOf(pieces);
		check(trie.ok, 'the pieces make an agreement');
		const put = putAgreement(forest, agreementId, {
			pieces: trie.value,
			revisionNo: BigInt(signed.revision.revisionNo),
		});
		check(put.ok, 'the agreement makes a forest');
		forest = put.value;
	}
	return forest;
};

/** A sum that is larger than what there is, under a root that follows from it. */
export const inflated = (scene: Scene, {providerId}: RogueProvider): ActionOf<'commit'> => {
	const {crypto} = scene.stage;
	const leaves = [customersOf(scene, INFLATES), scene.own].map(stored => {
		const {agreementId, root, leaves: all, revisionNo} = stored.signed.revision;
		const sum = stored === scene.own ? OWN_CAPACITY : all;
		return {agreementId, root, leaves: BigInt(sum), revisionNo: BigInt(revisionNo)};
	});
	const root = defined(rootOfLeaves(crypto, leaves), 'two agreements make a forest');
	const totalLeaves = CUSTOMERS_LEAVES + OWN_CAPACITY;
	return {kind: 'commit', provider: providerId, epoch: scene.epoch, root, totalLeaves};
};

export const emptied = ({stage: {crypto}, epoch}: Scene, {providerId}: RogueProvider): ActionOf<'commit'> => {
	const {root} = forestCommitment(crypto, EMPTY_FOREST);
	return {kind: 'commit', provider: providerId, epoch, root, totalLeaves: 0};
};

/** Leaves that it has, in the place of those that are asked for. */
export const bestProof = (scene: Scene, {providerId}: RogueProvider, seed: Hash32): Uint8Array => {
	const {stage, trees, own, epoch} = scene;
	const {crypto, network} = stage;
	const customers = customersOf(scene, INFLATES);
	const forest = forestOf([customers, own]);
	const total = BigInt(CUSTOMERS_LEAVES + OWN_CAPACITY);
	const asked = {genesisHash: network.genesisHash, seed, providerId, epoch, totalLeaves: total};
	const {totalLeaves} = forestCommitment(crypto, forest);
	const indexes = challengeIndexes(crypto, asked).map(index => index % totalLeaves);
	const openings = leavesWanted(forest, indexes).map(({pieceId, leafIndex}) => {
		const isOwn = own.pieces.some(piece => toHex(piece.pieceId) === toHex(pieceId));
		const bytes = isOwn ? leavesOf(OWN, OWN_LEAVES) : leavesOf(RIGHTFUL, CUSTOMERS_LEAVES);
		return openPieceLeaf(trees, bytes, leafIndex);
	});
	const proof = buildProof(crypto, forest, indexes, openings);
	check(proof.ok, 'its pieces are whole');
	const shown = new Set(proof.value.openings.map(({agreementId}) => toHex(agreementId)));
	const revisions = [customers, own].filter(({agreementId}) => shown.has(toHex(agreementId)));
	return encodeProofWitness({proof: proof.value, revisions: revisions.map(({signed}) => signed)});
};

export const proofOfNothing = ({crypto}: NetworkStage): Uint8Array => {
	const proof = buildProof(crypto, EMPTY_FOREST, [], []);
	check(proof.ok, 'nothing can be proven');
	return encodeProofWitness({proof: proof.value, revisions: []});
};

export const proving = async (
	{stage: {crypto}, epoch}: Scene,
	rogue: RogueProvider,
	proof: Uint8Array,
): Promise<Uint8Array> =>
	rogue.sign(
		{kind: 'prove', provider: rogue.providerId, epoch, witnessHash: crypto.blake2b256(proof)},
		proof,
	);
