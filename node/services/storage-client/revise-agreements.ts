import {assert} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Epoch} from '#kernel/slot';
import type {SignedRevision} from '#ledger/agreements/revision';
import {
	type AgreementTrie,
	addPiece,
	agreementCommitment,
	type HeldPiece,
	removePiece,
} from '#storage-proofs/agreement-trie';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import type {ChainClient} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {signNext} from './sign-revision.ts';

/** An agreement whose pieces this side knows. */
export type KnownAgreement = {
	readonly agreementId: Hash32;
	readonly peer: ProviderPeer;
	readonly trie: AgreementTrie;
	/** Of `newest`; 0 before the first. */
	readonly revisionNo: number;
	/** The newest revision of both, or null before the first. */
	readonly newest: SignedRevision | null;
	/** Not before this epoch is anything committed. */
	readonly startEpoch: Epoch;
	readonly repairerVk: Uint8Array;
};

export type Addition<A extends KnownAgreement> = {
	readonly agreement: A;
	readonly pieces: readonly HeldPiece[];
	/** Pieces that are in it and are to go. */
	readonly removed?: readonly Hash32[];
};

type Step = {
	readonly trie: AgreementTrie;
	readonly added: readonly HeldPiece[];
	readonly removed: readonly Hash32[];
};

/** Long changes go in several revisions, each within one message. */
const stepsOf = ({agreement, pieces, removed = []}: Addition<KnownAgreement>): readonly Step[] => {
	const steps: Step[] = [];
	let {trie} = agreement;
	for (let start = 0; start < pieces.length; start += PIECES_PER_MESSAGE_MAX) {
		const added = pieces.slice(start, start + PIECES_PER_MESSAGE_MAX);
		for (const piece of added) {
			const next = addPiece(trie, piece);
			assert(next.ok, 'an agreement is shorter than 2^64 leaves');
			trie = next.value;
		}
		steps.push({trie, added, removed: []});
	}
	for (let start = 0; start < removed.length; start += PIECES_PER_MESSAGE_MAX) {
		const out = removed.slice(start, start + PIECES_PER_MESSAGE_MAX);
		for (const pieceId of out) trie = removePiece(trie, pieceId);
		steps.push({trie, added: [], removed: out});
	}
	return steps;
};

type Call = {readonly signal?: AbortSignal};

export type Revised<A extends KnownAgreement> = {
	/** As both sides have signed. */
	readonly revised: readonly A[];
	/** Who did not sign; their pieces are as good as not stored. */
	readonly declined: readonly {readonly agreement: A; readonly error: NodeError}[];
};

type Outcome<A extends KnownAgreement> = {readonly agreement: A; readonly error?: NodeError};

/** One revision on top of the other, all with one provider. */
const climb = async <A extends KnownAgreement>(
	chain: ChainClient,
	addition: Addition<A>,
	call: Call,
): Promise<Outcome<A>> => {
	let {agreement} = addition;
	try {
		for (const {trie, added, removed} of stepsOf(addition)) {
			const {root, leaves} = agreementCommitment(chain.env.crypto, trie);
			const addedIds = added.map(({pieceId}) => pieceId);
			const pieces = {root, leaves: Number(leaves), added: addedIds, removed};
			const newest = await signNext(chain, agreement, pieces, call);
			agreement = {...agreement, trie, newest, revisionNo: newest.revision.revisionNo};
		}
		return {agreement};
	} catch (error) {
		call.signal?.throwIfAborted();
		if (error instanceof NodeError) return {agreement: addition.agreement, error};
		throw error;
	}
};

/** Adds pieces that the providers have, and takes others out. Both sides sign; nothing goes to the chain. */
export const reviseAgreements = async <A extends KnownAgreement>(
	chain: ChainClient,
	additions: readonly Addition<A>[],
	call: Call = {},
): Promise<Revised<A>> => {
	const outcomes = await Promise.all(additions.map(addition => climb(chain, addition, call)));
	return {
		revised: outcomes.flatMap(({agreement, error}) => (error === undefined ? agreement : [])),
		declined: outcomes.flatMap(({agreement, error}) => (error === undefined ? [] : {agreement, error})),
	};
};
