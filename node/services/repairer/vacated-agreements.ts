import {pieceLeafCount} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
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
import {isActive} from '../storage-client/client-agreements.ts';
import type {ProviderPeer} from '../storage-client/provider-peer.ts';
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
	/** Pieces of the vacated agreement that its revision on chain has. */
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
	const there = await piecesAt(provider, agreementId, pieces, call);
	const trie = trieWithRoot(context, there, view.root);
	const common = {agreementId, provider, view};
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

const vacatedAgreement = async (
	context: RepairContext,
	view: AgreementView,
	{
		pieces,
		providers,
	}: {readonly pieces: readonly VacatedPiece[]; readonly providers: ReadonlyMap<string, ReachablePeer>},
	call: Call,
): Promise<VacatedAgreement> => {
	const {control} = context.chain;
	const vacancy = view.details['vacancy'] as {readonly [field: string]: unknown};
	const views = (await control.agreements({client: view.client}, call)).filter(
		other => other.repairOf === view.id && isActive(other),
	);
	const successors: Successor[] = [];
	for (const successorView of views) {
		const provider = providers.get(successorView.provider);
		const found =
			provider && (await ifReached(successorOf(context, successorView, {provider, pieces}, call), call));
		if (found !== undefined) successors.push(found);
	}
	const held = new Set(successors.flatMap(successor => successor.held.map(({pieceId}) => toHex(pieceId))));
	return {
		agreementId: hashField(view.id, 'agreement id'),
		view,
		client: Hash28(hexField(view.client, 'client', 28)),
		rate: Lovelace(amountField(view.rate, 'rate')),
		bountyTotal: Lovelace(amountField(vacancy['bountyTotal'], 'bounty')),
		pieces,
		trie: trieWithRoot(context, pieces, view.root),
		successors,
		lost: pieces.filter(({pieceId}) => !held.has(toHex(pieceId))),
		unreachable: views.length - successors.length,
	};
};

/** Looks at every agreement of the tickets: those that are vacated and that this repairer was named for. */
export const findVacated = async (
	context: RepairContext,
	tickets: readonly RepairTicket[],
	providers: readonly ReachablePeer[],
	call: Call = {},
): Promise<readonly VacatedAgreement[]> => {
	const {chain} = context;
	const byId = new Map(providers.map(provider => [toHex(provider.id), provider]));
	const vacated: VacatedAgreement[] = [];
	for (const {agreementId, pieces} of piecesOfTickets(tickets).values()) {
		const view = await chain.agreement(agreementId, call);
		if (view === undefined || isActive(view)) continue;
		if (!equalBytes(hexField(view.repairerVk, 'repairer key', 32), chain.verificationKey)) continue;
		vacated.push(await vacatedAgreement(context, view, {pieces, providers: byId}, call));
	}
	return vacated;
};
