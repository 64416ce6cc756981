import {pieceLeafCount} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import type {AgreementView} from '#node/ports/control-api';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {areGarbage} from '#pieces/segment/piece-mask';
import type {AgreementTrie} from '#storage-proofs/agreement-trie';
import {Slots} from '#transport/slots';
import {isActive, isVacated} from '../storage-client/active-agreement.ts';
import {amountField, hashField, hexField} from '../storage-client/chain-client.ts';
import type {RepairContext} from './repair-context.ts';
import {
	piecesSigned,
	type ReachablePeer,
	type Successor,
	successorOf,
	trieWithRoot,
	type VacatedPiece,
} from './successors.ts';

export type VacatedAgreement = {
	readonly agreementId: Hash32;
	/** The first of those that took over from each other, as the chain knows them: one name for all. */
	readonly family: string;
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
	/** Leaves for which successors may still be opened. */
	readonly unrepairedLeaves: number;
	/** Agreements that took over from it, or from those that did, whose providers do not answer: nobody knows what they hold. */
	readonly unreachable: number;
};

type Call = {readonly signal?: AbortSignal};

/** The pieces of each agreement that the tickets name, by agreement id. */
export const piecesOfTickets = (
	tickets: readonly RepairTicket[],
): ReadonlyMap<string, {readonly agreementId: Hash32; readonly pieces: readonly VacatedPiece[]}> => {
	const found = new Map<string, {agreementId: Hash32; pieces: VacatedPiece[]}>();
	for (const [ticket, {holders, segments}] of tickets.entries())
		for (const [segment, {maskKey, pieceLength, pieces}] of segments.entries())
			for (const {index, pieceId, holder} of pieces) {
				const agreementId = holders[holder]?.agreementId;
				if (agreementId === undefined) continue;
				const entry = found.get(toHex(agreementId)) ?? {agreementId, pieces: []};
				const isGarbage = areGarbage(maskKey);
				entry.pieces.push({
					pieceId,
					leaves: pieceLeafCount(pieceLength),
					ticket,
					segment,
					index,
					isGarbage,
				});
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

/** What the tickets say of an agreement. */
type Told = {readonly pieces: readonly VacatedPiece[]; readonly newest: SignedRevision | undefined};

type Family = {
	/** Vacated: nobody before it did, as far as the chain still knows. */
	readonly first: AgreementView;
	/** All that took over from it, from those that did, and so on. */
	readonly after: readonly AgreementView[];
	readonly toldOf: (id: string) => Told;
	readonly providers: ReadonlyMap<string, ReachablePeer>;
};

/** Those that took over from an agreement, those that took over from them, and so on. */
const descendantsOf = (agreements: readonly AgreementView[], id: string): readonly AgreementView[] =>
	agreements
		.filter(({repairOf}) => repairOf === id)
		.flatMap(view => [view, ...descendantsOf(agreements, view.id)]);

/** The agreement from which all this took over: nothing else may hold its pieces. */
const firstOf = (agreements: ReadonlyMap<string, AgreementView>, view: AgreementView): AgreementView => {
	const before = view.repairOf === null ? undefined : agreements.get(view.repairOf);
	return before === undefined ? view : firstOf(agreements, before);
};

/** What is lost, and no more than there is room for: what is likeliest to be theirs first, then the longest. */
const fitting = (
	lost: readonly VacatedPiece[],
	room: number,
	likelihood: (piece: VacatedPiece) => number,
): ReadonlySet<VacatedPiece> => {
	let left = room;
	const order = lost.toSorted((a, b) => likelihood(b) - likelihood(a) || b.leaves - a.leaves);
	return new Set(
		order.filter(({leaves}) => {
			if (leaves > left) return false;
			left -= leaves;
			return true;
		}),
	);
};

const idsOf = (pieces: readonly VacatedPiece[]): ReadonlySet<string> =>
	new Set(pieces.map(({pieceId}) => toHex(pieceId)));

/**
 * How likely a lost piece is one of an agreement's: known to be, begun to be repaired there, not begun, or begun elsewhere.
 * What is begun is ended there: the same provider with another piece signed and this one not would be a riddle to the next
 * repairer.
 */
const likelihoodOf = (
	{pieceId}: VacatedPiece,
	{
		known,
		begun,
		begunAnywhere,
	}: {readonly [name in 'known' | 'begun' | 'begunAnywhere']: ReadonlySet<string>},
): number => {
	const id = toHex(pieceId);
	if (known.has(id)) return 3;
	if (begun.has(id)) return 2;
	return begunAnywhere.has(id) ? 0 : 1;
};

const stagedAt = (successors: readonly Successor[]): ReadonlySet<string> =>
	idsOf(successors.flatMap(({staged}) => staged));

type Held = {
	readonly successors: readonly Successor[];
	/** Piece ids that active agreements of the family have. */
	readonly ids: ReadonlySet<string>;
	/** Active agreements of which nobody knows what they have. */
	readonly unreachable: number;
};

/** Whose providers are asked at a time: one that does not answer must not hold up the others. */
const SUCCESSORS_AT_ONCE = 8;

const heldBy = async (
	context: RepairContext,
	{after, providers}: Family,
	pieces: readonly VacatedPiece[],
	call: Call,
): Promise<Held> => {
	const slots = new Slots(SUCCESSORS_AT_ONCE);
	const asked = await Promise.all(
		after.filter(isActive).map(async view => {
			await slots.take(call.signal);
			try {
				const provider = providers.get(view.provider);
				const work = provider && successorOf(context, view, {provider, pieces}, call);
				return {view, found: work && (await ifReached(work, call))};
			} finally {
				slots.free();
			}
		}),
	);
	const successors = asked.flatMap(({found}) => found ?? []);
	const ids = new Set<string>();
	let unreachable = 0;
	for (const {view, found} of asked) {
		const signed = context.signed.get(view.id);
		if (found === undefined && signed === undefined) unreachable++;
		const theirs = found?.held ?? (signed === undefined ? [] : piecesSigned(signed, pieces));
		for (const {pieceId} of theirs) ids.add(toHex(pieceId));
	}
	return {successors, ids, unreachable};
};

/**
 * A vacated agreement and those that took over and are vacated too. Whoever took over has used up the room that the chain
 * gives for a piece, and nobody but its provider and who repaired then knows which piece that was. So what is lost is told
 * by the room that is left, wherever it is; the first agreement comes last, for its pieces are known.
 */
const vacatedOf = async (
	context: RepairContext,
	family: Family,
	call: Call,
): Promise<readonly VacatedAgreement[]> => {
	const {first, after, toldOf} = family;
	const pieces = [first, ...after].flatMap(({id}) => toldOf(id).pieces);
	const {successors, ids, unreachable} = await heldBy(context, family, pieces, call);
	let lost = pieces.filter(({pieceId, isGarbage}) => !isGarbage && !ids.has(toHex(pieceId)));
	const client = Hash28(hexField(first.client, 'client', 28));
	const begunAnywhere = stagedAt(successors);
	const vacated = [...after.filter(isVacated), first].map((view): VacatedAgreement => {
		const {newest, pieces: told} = toldOf(view.id);
		const own = successors.filter(successor => successor.view.repairOf === view.id);
		const vacancy = view.details['vacancy'] as {readonly [field: string]: unknown};
		const unrepairedLeaves = Number(amountField(vacancy['unrepairedLeaves'], 'leaves to be repaired'));
		const room = own.reduce((sum, {spareLeaves}) => sum + spareLeaves, unrepairedLeaves);
		const signed = context.signed.get(view.id);
		const known = signed?.pieceIds ?? idsOf(told);
		const begun = stagedAt(own);
		const theirs =
			view === first
				? new Set(lost)
				: fitting(lost, room, piece => likelihoodOf(piece, {known, begun, begunAnywhere}));
		lost = lost.filter(piece => !theirs.has(piece));
		const repaired = idsOf(own.flatMap(({held}) => held));
		const guessed = (piece: VacatedPiece): boolean => theirs.has(piece) || repaired.has(toHex(piece.pieceId));
		const had = view === first ? told : signed ? piecesSigned(signed, pieces) : pieces.filter(guessed);
		const seen = Number(amountField(view.revisionNo, 'revision number'));
		const unposted = newest !== undefined && newest.revision.revisionNo > seen ? newest : undefined;
		return {
			agreementId: hashField(view.id, 'agreement id'),
			family: first.id,
			view,
			client,
			rate: Lovelace(amountField(view.rate, 'rate')),
			bountyTotal: Lovelace(amountField(vacancy['bountyTotal'], 'bounty')),
			pieces: had,
			leaves: unposted?.revision.leaves ?? Number(amountField(view.leaves, 'leaves')),
			unposted,
			trie: trieWithRoot(context, had, unposted === undefined ? view.root : toHex(unposted.revision.root)),
			successors: own,
			lost: pieces.filter(piece => theirs.has(piece)),
			unrepairedLeaves,
			unreachable,
		};
	});
	return vacated.toReversed();
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
	const told = piecesOfTickets(tickets);
	const revisions = newestOfTickets(tickets);
	const toldOf = (id: string): Told => ({pieces: told.get(id)?.pieces ?? [], newest: revisions.get(id)});
	const byClient = new Map<string, readonly AgreementView[]>();
	const families = new Map<string, Family>();
	for (const {agreementId} of told.values()) {
		const view = await chain.agreement(agreementId, call);
		if (view === undefined) continue;
		if (!isVacated(view) && view.repairOf === null) continue;
		if (!equalBytes(hexField(view.repairerVk, 'repairer key', 32), chain.verificationKey)) continue;
		const all = byClient.get(view.client) ?? (await chain.control.agreements({client: view.client}, call));
		byClient.set(view.client, all);
		const first = firstOf(new Map(all.map(each => [each.id, each])), view);
		if (!isVacated(first)) continue;
		families.set(first.id, {first, after: descendantsOf(all, first.id), toldOf, providers: byId});
	}
	const vacated: VacatedAgreement[] = [];
	for (const family of families.values()) vacated.push(...(await vacatedOf(context, family, call)));
	return vacated;
};
