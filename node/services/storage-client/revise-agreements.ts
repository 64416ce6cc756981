import {assert} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import type {UnsignedTransaction, Witness} from '#ledger/tx/transaction';
import {
	type AgreementTrie,
	addPiece,
	agreementCommitment,
	type HeldPiece,
} from '#storage-proofs/agreement-trie';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import type {ChainClient} from './chain-client.ts';
import {signingDeadline} from './open-agreements.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {whileBehind} from './while-behind.ts';

/** An agreement whose pieces this side knows. */
export type KnownAgreement = {
	readonly agreementId: Hash32;
	readonly peer: ProviderPeer;
	readonly trie: AgreementTrie;
	readonly revisionNo: number;
};

export type Addition<A extends KnownAgreement> = {
	readonly agreement: A;
	readonly pieces: readonly HeldPiece[];
};

type Step = {
	readonly agreement: KnownAgreement;
	readonly revisionNo: number;
	readonly trie: AgreementTrie;
	readonly added: readonly HeldPiece[];
};

/** Long additions go in several revisions, each within one message. */
const stepsOf = ({agreement, pieces}: Addition<KnownAgreement>): readonly Step[] => {
	const steps: Step[] = [];
	let {trie, revisionNo} = agreement;
	for (let start = 0; start < pieces.length; start += PIECES_PER_MESSAGE_MAX) {
		const added = pieces.slice(start, start + PIECES_PER_MESSAGE_MAX);
		for (const piece of added) {
			const next = addPiece(trie, piece);
			assert(next.ok, 'an agreement is shorter than 2^64 leaves');
			trie = next.value;
		}
		revisionNo++;
		steps.push({agreement, revisionNo, trie, added});
	}
	return steps;
};

type Signed = {
	readonly step: Step;
	readonly unsigned: UnsignedTransaction;
	readonly witness?: Witness;
	readonly error?: NodeError;
};

type Call = {readonly signal?: AbortSignal};

const sign = async (
	chain: ChainClient,
	step: Step,
	place: {readonly sequence: number; readonly validUntil: Slot},
	call: Call,
): Promise<Signed> => {
	const {agreement, revisionNo, trie, added} = step;
	const {agreementId, peer} = agreement;
	const {root, leaves} = agreementCommitment(chain.env.crypto, trie);
	const unsigned = chain.prepare(
		{kind: 'agreement-revise', agreementId, revisionNo, root, leaves: Number(leaves)},
		{...place, witnesses: 2},
	);
	const addedIds = added.map(({pieceId}) => pieceId);
	const request = {transaction: unsigned.bodyBytes, added: addedIds, removed: []};
	try {
		const ask = (): Promise<Witness> => peer.revise(request, call);
		return {step, unsigned, witness: await whileBehind(chain, ['AGREEMENT_UNKNOWN'], ask, call)};
	} catch (error) {
		call.signal?.throwIfAborted();
		if (error instanceof NodeError) return {step, unsigned, error};
		throw error;
	}
};

export type Revised<A extends KnownAgreement> = {
	/** As they are now on chain. */
	readonly revised: readonly A[];
	/** Who did not sign; their pieces are as good as not stored. */
	readonly declined: readonly {readonly agreement: A; readonly error: NodeError}[];
};

/** One revision each; who does not sign is left out and the others are asked again, numbered without gaps. */
const reviseOnce = async (
	chain: ChainClient,
	steps: readonly Step[],
	call: Call,
): Promise<readonly Signed[]> => {
	const declined: Signed[] = [];
	for (let left = steps; left.length > 0; ) {
		const first = await chain.nextSequence(call);
		const validUntil = await signingDeadline(chain, call);
		const signed = await Promise.all(
			left.map((step, index) => sign(chain, step, {sequence: first + index, validUntil}, call)),
		);
		declined.push(...signed.filter(({error}) => error !== undefined));
		left = signed.flatMap(({step, witness}) => (witness === undefined ? [] : step));
		if (left.length < signed.length) continue;
		for (const {unsigned, witness} of signed)
			await chain.submit(unsigned, witness === undefined ? [] : [witness], call);
		await chain.included(
			signed.map(({unsigned}) => unsigned),
			call,
		);
		break;
	}
	return declined;
};

/** Adds pieces that the providers have, signed by both sides, and waits until all revisions are in blocks. */
export const reviseAgreements = async <A extends KnownAgreement>(
	chain: ChainClient,
	additions: readonly Addition<A>[],
	call: Call = {},
): Promise<Revised<A>> => {
	const ladders = additions.map(addition => ({...addition, steps: stepsOf(addition)}));
	const rounds = Math.max(0, ...ladders.map(({steps}) => steps.length));
	const failures = new Map<Hash32, NodeError>();
	for (let round = 0; round < rounds; round++) {
		const steps = ladders.flatMap(({agreement, steps: own}) =>
			failures.has(agreement.agreementId) ? [] : (own[round] ?? []),
		);
		for (const {step, error} of await reviseOnce(chain, steps, call))
			if (error !== undefined) failures.set(step.agreement.agreementId, error);
	}
	const revised = ladders.flatMap(({agreement, steps}) => {
		const last = steps.at(-1);
		if (failures.has(agreement.agreementId)) return [];
		return last === undefined ? agreement : {...agreement, trie: last.trie, revisionNo: last.revisionNo};
	});
	const declined = ladders.flatMap(({agreement}) => {
		const error = failures.get(agreement.agreementId);
		return error === undefined ? [] : {agreement, error};
	});
	return {revised, declined};
};
