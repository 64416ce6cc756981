import {pieceLeafCount} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import type {AgreementView} from '#node/ports/control-api';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {
	type AgreementTrie,
	agreementCommitment,
	agreementTrieOf,
	type HeldPiece,
} from '#storage-proofs/agreement-trie';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import {amountField, hashField, hexField, type ReachableProvider} from '../storage-client/chain-client.ts';
import {isActive, isVacated} from '../storage-client/client-agreements.ts';
import type {ProviderPeer} from '../storage-client/provider-peer.ts';
import {newestSigned} from '../storage-client/sign-revision.ts';
import type {RepairContext} from './repair-context.ts';

export type ReachablePeer = ReachableProvider & {readonly peer: ProviderPeer};

/** A piece that was in a vacated agreement, and where the tickets have it. */
export type VacatedPiece = HeldPiece & {
	/** Number of the ticket, of the segment in it, and of the piece in that. */
	readonly ticket: number;
	readonly segment: number;
	readonly index: number;
};

/** An agreement that took over from a vacated one. */
export type Successor = {
	readonly agreementId: Hash32;
	readonly provider: ReachablePeer;
	readonly view: AgreementView;
	/** The newest revision that its provider and the repairer have signed; null before the first. */
	readonly newest: SignedRevision | null;
	/** Pieces of the vacated agreement that this revision has. */
	readonly held: readonly VacatedPiece[];
	/** Pieces that its provider has and no revision names yet. */
	readonly staged: readonly VacatedPiece[];
	/** Of `held`. */
	readonly trie: AgreementTrie;
};

export type VacatedAgreement = {
	readonly agreementId: Hash32;
	readonly view: AgreementView;
	readonly client: AccountId;
	readonly rate: Lovelace;
	readonly bountyTotal: Lovelace;
	/** Of its last revision. */
	readonly leaves: number;
	/** The last revision, when the chain has not seen it: it must be posted before a bounty can be claimed. */
	readonly unposted: SignedRevision | undefined;
	/** All its pieces that the tickets know. */
	readonly pieces: readonly VacatedPiece[];
	/** Of all its pieces; undefined when the tickets do not know them all. */
	readonly trie: AgreementTrie | undefined;
	readonly successors: readonly Successor[];
	/** Pieces that no successor has. */
	readonly lost: readonly VacatedPiece[];
	/** Successors whose providers do not answer: nobody knows what they hold. */
	readonly unreachable: number;
};

type Call = {readonly signal?: AbortSignal};

/** The pieces of each agreement that the tickets name, by agreement id. */
export const piecesOfTickets = (
	tickets: readonly RepairTicket[],
): ReadonlyMap<string, {readonly agreementId: Hash32; readonly pieces: readonly VacatedPiece[]}> => {
	const found = new Map<string, {agreementId: Hash32; pieces: VacatedPiece[]}>();
	for (const [ticket, {holders, segments}] of tickets.entries())
		for (const [segment, {pieceLength, pieces}] of segments.entries())
			for (const {index, pieceId, holder} of pieces) {
				const agreementId = holders[holder]?.agreementId;
				if (agreementId === undefined) continue;
				const entry = found.get(toHex(agreementId)) ?? {agreementId, pieces: []};
				entry.pieces.push({pieceId, leaves: pieceLeafCount(pieceLength), ticket, segment, index});
				found.set(toHex(agreementId), entry);
			}
	return found;
};

/** The newest revision of each agreement that a ticket brings, by agreement id. Whether it is signed, the ledger says. */
const newestOfTickets = (tickets: readonly RepairTicket[]): ReadonlyMap<string, SignedRevision> => {
	const newest = new Map<string, SignedRevision>();
	for (const bytes of tickets.flatMap(({revisions}) => revisions)) {
		const signed = decodeSignedRevision(bytes);
		if (!signed.ok) continue;
		const key = toHex(signed.value.revision.agreementId);
		const before = newest.get(key)?.revision.revisionNo ?? 0;
		if (signed.value.revision.revisionNo > before) newest.set(key, signed.value);
	}
	return newest;
};

const trieWithRoot = (
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

const successorOf = async (
	context: RepairContext,
	view: AgreementView,
	{provider, pieces}: {readonly provider: ReachablePeer; readonly pieces: readonly VacatedPiece[]},
	call: Call,
): Promise<Successor> => {
	const agreementId = hashField(view.id, 'agreement id');
	const {peer} = provider;
	const newest = await newestSigned(context.chain, {agreementId, peer}, call);
	const there = await piecesAt(provider, agreementId, pieces, call);
	const trie = newest === null ? undefined : trieWithRoot(context, there, toHex(newest.revision.root));
	const common = {agreementId, provider, view, newest};
	return trie === undefined
		? {...common, held: [], staged: there, trie: null}
		: {...common, held: there, staged: [], trie};
};

/** The answer of a provider, or undefined when it cannot be had. */
const ifReached = async <T>(work: Promise<T>, {signal}: Call): Promise<T | undefined> => {
	try {
		return await work;
	} catch (error) {
		signal?.throwIfAborted();
		if (error instanceof NodeError) return undefined;
		throw error;
	}
};

type Known = {
	readonly pieces: readonly VacatedPiece[];
	readonly providers: ReadonlyMap<string, ReachablePeer>;
	/** Of the tickets. */
	readonly newest: SignedRevision | undefined;
};

/** Pieces that a vacated successor may have had: no more than it had room for. */
const takenOverBy = (view: AgreementView, pieces: readonly VacatedPiece[]): readonly VacatedPiece[] => {
	let room = Number(amountField(view.capacityLeaves, 'capacity'));
	return pieces.filter(({leaves}) => {
		if (leaves > room) return false;
		room -= leaves;
		return true;
	});
};

/**
 * A vacated agreement, and after it those that took over from it and are vacated too: what these had is theirs to be repaired,
 * for whoever took over has used up the room that the chain gives for it.
 */
const withSuccessors = async (
	context: RepairContext,
	view: AgreementView,
	{pieces, providers, newest}: Known,
	call: Call,
): Promise<readonly VacatedAgreement[]> => {
	const seen = Number(amountField(view.revisionNo, 'revision number'));
	const unposted = newest !== undefined && newest.revision.revisionNo > seen ? newest : undefined;
	const vacancy = view.details['vacancy'] as {readonly [field: string]: unknown};
	const all = await context.chain.control.agreements({client: view.client}, call);
	const after = all.filter(({repairOf}) => repairOf === view.id);
	const active = after.filter(isActive);
	const successors: Successor[] = [];
	for (const successorView of active) {
		const provider = providers.get(successorView.provider);
		const found =
			provider && (await ifReached(successorOf(context, successorView, {provider, pieces}, call), call));
		if (found !== undefined) successors.push(found);
	}
	const held = new Set(successors.flatMap(successor => successor.held.map(({pieceId}) => toHex(pieceId))));
	let lost = pieces.filter(({pieceId}) => !held.has(toHex(pieceId)));
	const later: VacatedAgreement[] = [];
	for (const vacated of after.filter(isVacated)) {
		const theirs = takenOverBy(vacated, lost);
		later.push(
			...(await withSuccessors(context, vacated, {pieces: theirs, providers, newest: undefined}, call)),
		);
		const gone = new Set(theirs);
		lost = lost.filter(piece => !gone.has(piece));
	}
	const own: VacatedAgreement = {
		agreementId: hashField(view.id, 'agreement id'),
		view,
		client: Hash28(hexField(view.client, 'client', 28)),
		rate: Lovelace(amountField(view.rate, 'rate')),
		bountyTotal: Lovelace(amountField(vacancy['bountyTotal'], 'bounty')),
		pieces,
		leaves: unposted?.revision.leaves ?? Number(amountField(view.leaves, 'leaves')),
		unposted,
		trie: trieWithRoot(context, pieces, unposted === undefined ? view.root : toHex(unposted.revision.root)),
		successors,
		lost,
		unreachable: active.length - successors.length,
	};
	return [own, ...later];
};

/** Looks at every agreement of the tickets: those that are vacated and that this repairer was named for, and what came after them. */
export const findVacated = async (
	context: RepairContext,
	tickets: readonly RepairTicket[],
	providers: readonly ReachablePeer[],
	call: Call = {},
): Promise<readonly VacatedAgreement[]> => {
	const {chain} = context;
	const byId = new Map(providers.map(provider => [toHex(provider.id), provider]));
	const vacated: VacatedAgreement[] = [];
	const revisions = newestOfTickets(tickets);
	for (const {agreementId, pieces} of piecesOfTickets(tickets).values()) {
		const view = await chain.agreement(agreementId, call);
		if (view === undefined || !isVacated(view)) continue;
		if (!equalBytes(hexField(view.repairerVk, 'repairer key', 32), chain.verificationKey)) continue;
		const newest = revisions.get(view.id);
		vacated.push(...(await withSuccessors(context, view, {pieces, providers: byId, newest}, call)));
	}
	return vacated;
};
