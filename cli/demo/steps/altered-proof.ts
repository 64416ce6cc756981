/**
 * A proof with one byte altered, signed with the provider's own key: every node must refuse it. The customer, who knows
 * the pieces, makes it, while the provider is stopped for a moment so that its real proof is not in a block before.
 */

import {pieceLeafCount} from '#crypto/piece-id';
import {fromHex, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import type {SignedRevision} from '#ledger/agreements/revision';
import {encodeProofWitness} from '#ledger/proofs/proof-witness';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import {agreementTrieOf, type HeldPiece} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {challengeIndexes} from '#storage-proofs/challenge';
import {EMPTY_FOREST, type Forest, forestCommitment, putAgreement} from '#storage-proofs/forest';
import {openPieceLeaf} from '#storage-proofs/piece/piece-opening';
import type {Member} from '../../devnet/start-nodes.ts';
import {witnessOf} from '../../wallet.ts';
import {check, type NetworkStage} from '../stage.ts';

/** The pieces of one provider as the customer has them, by piece id in hexadecimal. */
export type WatchedProvider = {
	readonly index: number;
	readonly revision: SignedRevision;
	readonly pieces: ReadonlyMap<string, Uint8Array>;
};

const forestOf = ({revision: {revision}, pieces}: WatchedProvider): Forest => {
	const held: HeldPiece[] = [...pieces].map(([id, bytes]) => ({
		pieceId: fromHex(id) as Hash32,
		leaves: pieceLeafCount(bytes.length),
	}));
	const trie = agreementTrieOf(held);
	check(trie.ok, 'the pieces make an agreement');
	const forest = putAgreement(EMPTY_FOREST, revision.agreementId, {
		pieces: trie.value,
		revisionNo: BigInt(revision.revisionNo),
	});
	check(forest.ok, 'the agreement makes a forest');
	return forest.value;
};

const proofOf = async (
	{crypto, network, claims}: NetworkStage,
	watched: WatchedProvider,
	challenge: {readonly epoch: number; readonly seed: Hash32},
): Promise<Uint8Array> => {
	const forest = forestOf(watched);
	const trees = await createPieceTreeKernel();
	const indexes = challengeIndexes(crypto, {
		genesisHash: network.genesisHash,
		seed: challenge.seed,
		providerId: fromHex(claims[watched.index] ?? '') as Hash32,
		epoch: Epoch(challenge.epoch),
		totalLeaves: forestCommitment(crypto, forest).totalLeaves,
	});
	const openings = leavesWanted(forest, indexes).map(({pieceId, leafIndex}) => {
		const bytes = watched.pieces.get(toHex(pieceId));
		check(bytes !== undefined, 'the customer has the piece that is asked for');
		return openPieceLeaf(trees, bytes, leafIndex);
	});
	const proof = buildProof(crypto, forest, indexes, openings);
	check(proof.ok, 'the proof can be made');
	return encodeProofWitness({proof: proof.value, revisions: [watched.revision]});
};

/** Wire form of a prove transaction, signed by the operator, that carries `proof`. */
const signedProof = async (
	stage: NetworkStage,
	watched: WatchedProvider,
	epoch: number,
	proof: Uint8Array,
): Promise<Uint8Array> => {
	const {crypto, network, claims, people} = stage;
	const unsigned = unsignedTransaction(
		network,
		feeFreeBody({
			kind: 'prove',
			provider: fromHex(claims[watched.index] ?? '') as Hash32,
			epoch: Epoch(epoch),
			witnessHash: crypto.blake2b256(proof),
		}),
	);
	const operator = people.providers[watched.index];
	check(operator !== undefined, 'the provider has an operator key');
	return encodeTransaction(
		signedTransaction(unsigned, [await witnessOf(unsigned.id, operator.operatorSeed)], proof),
	);
};

const refusalOf = async ({client}: Member, wire: Uint8Array): Promise<string> => {
	const answer = await client.submit(wire);
	if (answer.ok) return 'ACCEPTED';
	const inner = answer.error['error'] as {code?: string} | undefined;
	return inner?.code === undefined ? answer.error.code : `${answer.error.code} (${inner.code})`;
};

export const submitAlteredProof = async (
	stage: NetworkStage,
	watched: WatchedProvider,
	challenge: {readonly epoch: number; readonly seed: Hash32},
): Promise<void> => {
	const {account} = stage;
	const member = stage.providers[watched.index];
	check(member !== undefined, 'the watched provider runs');
	member.started.kill('SIGSTOP');
	try {
		const proof = await proofOf(stage, watched, challenge);
		// After the openings come the revisions: the middle is a leaf or a path.
		const at = Math.floor(proof.length / 2);
		proof[at] = (proof[at] ?? 0) ^ 1;
		const wire = await signedProof(stage, watched, challenge.epoch, proof);
		const nodes = [stage.relay, ...stage.producers, ...stage.providers].filter(node => node !== member);
		const refusals = await Promise.all(
			nodes.map(async node => [node.name, await refusalOf(node, wire)] as const),
		);
		member.started.kill('SIGCONT');
		const all = [...refusals, [member.name, await refusalOf(member, wire)] as const];
		account.tell(
			'altered-proof',
			`a proof of ${member.name} with byte ${at} of ${proof.length} altered, signed with its key:`,
			{
				byte: at,
			},
		);
		for (const [name, refusal] of all)
			account.tell('refused', `  ${name.padEnd(11)} refuses it: ${refusal}`, {name, refusal});
		check(
			all.every(([, refusal]) => refusal.startsWith('PROOF_')),
			'every node refuses the altered proof',
			{refusals: Object.fromEntries(all)},
		);
	} finally {
		member.started.kill('SIGCONT');
	}
};
