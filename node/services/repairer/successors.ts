/** What took over from a vacated agreement, and what it holds. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {SignedRevision} from '#ledger/agreements/revision';
import type {AgreementView} from '#node/ports/control-api';
import {
	type AgreementTrie,
	agreementCommitment,
	agreementTrieOf,
	type HeldPiece,
} from '#storage-proofs/agreement-trie';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import {amountField, hashField, type ReachableProvider} from '../storage-client/chain-client.ts';
import type {ProviderPeer} from '../storage-client/provider-peer.ts';
import {newestSigned} from '../storage-client/sign-revision.ts';
import type {RepairContext} from './repair-context.ts';

type Call = {readonly signal?: AbortSignal};

export type ReachablePeer = ReachableProvider & {readonly peer: ProviderPeer};

/** A piece that was in a vacated agreement, and where the tickets have it. */
export type VacatedPiece = HeldPiece & {
	/** Number of the ticket, of the segment in it, and of the piece in that. */
	readonly ticket: number;
	readonly segment: number;
	readonly index: number;
	/** Nobody wants it back. */
	readonly isGarbage: boolean;
};

/** An agreement that took over from a vacated one. */
export type Successor = {
	readonly agreementId: Hash32;
	readonly provider: ReachablePeer;
	readonly view: AgreementView;
	/** The newest revision that its provider and the repairer have signed; null before the first. */
	readonly newest: SignedRevision | null;
	/** Pieces of the vacated agreement that this revision has, or may have when nobody can tell. */
	readonly held: readonly VacatedPiece[];
	/** Pieces that its provider has and no revision names yet. */
	readonly staged: readonly VacatedPiece[];
	/** Of `held`. */
	readonly trie: AgreementTrie;
	/** What it was opened for and does not hold: nobody else has room for that. 0 when its pieces are not known. */
	readonly spareLeaves: number;
};

/** These pieces as a trie, if they make that root. */
export const trieWithRoot = (
	{chain}: RepairContext,
	pieces: readonly HeldPiece[],
	root: string,
): AgreementTrie | undefined => {
	const trie = agreementTrieOf(pieces);
	const isIt = trie.ok && toHex(agreementCommitment(chain.env.crypto, trie.value).root) === root;
	return isIt ? trie.value : undefined;
};

/** Which of these pieces a provider has under an agreement. */
const piecesAt = async (
	{peer}: ReachablePeer,
	agreementId: Hash32,
	pieces: readonly VacatedPiece[],
	call: Call,
): Promise<readonly VacatedPiece[]> => {
	const found: VacatedPiece[] = [];
	for (let start = 0; start < pieces.length; start += PIECES_PER_MESSAGE_MAX) {
		const asked = pieces.slice(start, start + PIECES_PER_MESSAGE_MAX);
		const lengths = await peer.have(
			agreementId,
			asked.map(({pieceId}) => pieceId),
			call,
		);
		found.push(...asked.filter((_, index) => lengths[index] !== undefined));
	}
	return found;
};

type Signed = NonNullable<ReturnType<RepairContext['signed']['get']>>;

/** Of these pieces those that a revision has that this repairer remembers. */
export const piecesSigned = ({pieceIds}: Signed, pieces: readonly VacatedPiece[]): readonly VacatedPiece[] =>
	pieces.filter(({pieceId}) => pieceIds.has(toHex(pieceId)));

/** The pieces of a revision: those that are remembered, or all that are there, if these make its root. */
const contentsOf = (
	context: RepairContext,
	{view, newest}: Pick<Successor, 'view' | 'newest'>,
	{pieces, there}: {readonly pieces: readonly VacatedPiece[]; readonly there: readonly VacatedPiece[]},
): {readonly held: readonly VacatedPiece[]; readonly trie: AgreementTrie} | undefined => {
	if (newest === null) return {held: [], trie: null};
	const {root, revisionNo} = newest.revision;
	const signed = context.signed.get(view.id);
	const guesses = [...(signed?.revisionNo === revisionNo ? [piecesSigned(signed, pieces)] : []), there];
	for (const held of guesses) {
		const trie = trieWithRoot(context, held, toHex(root));
		if (trie === undefined) continue;
		context.signed.set(view.id, {revisionNo, pieceIds: new Set(held.map(({pieceId}) => toHex(pieceId)))});
		return {held, trie};
	}
	return undefined;
};

/** A successor as its provider shows it. Rejects with what the provider fails with. */
export const successorOf = async (
	context: RepairContext,
	view: AgreementView,
	{provider, pieces}: {readonly provider: ReachablePeer; readonly pieces: readonly VacatedPiece[]},
	call: Call,
): Promise<Successor> => {
	const agreementId = hashField(view.id, 'agreement id');
	const {peer} = provider;
	const newest = await newestSigned(context.chain, {agreementId, peer}, call);
	const common = {agreementId, provider, view, newest};
	const signed = context.signed.get(view.id);
	const shown = newest?.revision.revisionNo ?? 0;
	const seen = Number(amountField(view.revisionNo, 'revision number'));
	// Its disk is gone, which the chain has still to notice; another revision of that number would be a fraud of ours.
	if (shown < Math.max(seen, signed?.revisionNo ?? 0))
		return {
			...common,
			held: signed === undefined ? [] : piecesSigned(signed, pieces),
			staged: [],
			trie: null,
			spareLeaves: 0,
		};
	const there = await piecesAt(provider, agreementId, pieces, call);
	const known = contentsOf(context, common, {pieces, there});
	// Some are signed and some only staged; what nobody signs goes after an epoch, and then it is known again.
	if (known === undefined) return {...common, held: there, staged: [], trie: null, spareLeaves: 0};
	const held = new Set(known.held);
	const capacityLeaves = Number(amountField(view.capacityLeaves, 'capacity'));
	return {
		...common,
		...known,
		staged: there.filter(piece => !held.has(piece)),
		spareLeaves: capacityLeaves - (newest?.revision.leaves ?? 0),
	};
};
