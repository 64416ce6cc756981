/** Asks every provider of a file for its pieces; of those that do not give them and promised to, on the chain. */
import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import {bigFromBytes, equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import type {AgreementView, ServiceView} from '#node/ports/control-api';
import type {Manifest} from '#pieces/manifest/manifest';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {
	type AgreementTrie,
	agreementCommitment,
	agreementTrieOf,
	type HeldPiece,
} from '#storage-proofs/agreement-trie';
import {encodePieceProof, provePiece} from '#storage-proofs/piece-proof';
import {isActive} from './active-agreement.ts';
import {amountField, reachableProviders} from './chain-client.ts';
import {piecesByAgreement} from './client-agreements.ts';
import {peerOf} from './find-providers.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {FileContext} from './put-file.ts';
import {newestSigned} from './sign-revision.ts';

type Call = {readonly signal?: AbortSignal};

export type DemandOptions = Call & {
	readonly name: string;
	/** Waits until each demand is answered or its time is over. */
	readonly wait?: boolean;
};

/**
 * given: all its pieces came and are whole. demanded: one was asked for on the chain. answered, refunded, void: and what became
 * of that. waiting: an earlier demand is still open. no-promise: it did not give one, and never promised to. over: the
 * agreement has ended, or lost its provider. early: it has not begun, so nothing is owed yet. unpaid: it gives
 * the piece to who pays for the download. unknown: it and we have other pieces on record, so nothing can be shown.
 */
export type DemandOutcome =
	| 'given'
	| 'demanded'
	| 'answered'
	| 'refunded'
	| 'void'
	| 'waiting'
	| 'no-promise'
	| 'over'
	| 'early'
	| 'unpaid'
	| 'unknown';

export type DemandedAgreement = {
	readonly agreementId: Hash32;
	readonly providerId: Hash32;
	readonly outcome: DemandOutcome;
	/** The first piece that was not given, and why. */
	readonly pieceId: Hash32 | null;
	readonly reason: string | null;
	/** The first slot in which an answer is too late. */
	readonly deadlineSlot: number | null;
	readonly refund: Lovelace;
};

type Piece = HeldPiece & {readonly length: number};
type Part = {readonly agreementId: Hash32; readonly providerId: Hash32; readonly pieces: readonly Piece[]};
type Missing = {readonly piece: Piece; readonly reason: string};

const partsOf = ({holders, segments, code}: Manifest): readonly Part[] =>
	holders.map(({agreementId, providerId}, index) => ({
		agreementId,
		providerId,
		pieces: segments.flatMap(({pieces, plaintextLength}) => {
			const length = pieceLengthOf(code.k, plaintextLength);
			return pieces
				.filter(({holder}) => holder === index)
				.map(({pieceId}) => ({pieceId, length, leaves: pieceLeafCount(length)}));
		}),
	}));

/** The first piece that does not come, or comes wrong. One at a time is in memory. */
const firstMissing = async (
	{ports}: FileContext,
	peer: ProviderPeer | undefined,
	{agreementId, pieces}: Part,
	call: Call,
): Promise<Missing | undefined> => {
	for (const piece of pieces) {
		const {pieceId, length} = piece;
		if (peer === undefined) return {piece, reason: 'PROVIDER_SILENT'};
		try {
			const bytes = await peer.get({agreementId, pieceId, length}, call);
			const isWhole =
				bytes.length === length &&
				equalBytes(identifyPiece(ports.crypto, ports.segments.trees, bytes), pieceId);
			if (!isWhole) return {piece, reason: 'PIECE_ID_WRONG'};
		} catch (error) {
			call.signal?.throwIfAborted();
			if (!(error instanceof NodeError)) throw error;
			return {piece, reason: String(error.detail['reason'] ?? error.code)};
		}
	}
	return undefined;
};

/** The newest revision of which we have both signatures: our own copy, or what the provider still shows. */
const newestOf = async (
	{chain}: FileContext,
	agreementId: Hash32,
	peer: ProviderPeer | undefined,
	call: Call,
): Promise<SignedRevision | null> => {
	const kept = await chain.revisions?.load(toHex(agreementId));
	const decoded = kept && decodeSignedRevision(kept);
	if (decoded?.ok === true) return decoded.value;
	if (peer === undefined) return null;
	try {
		return await newestSigned(chain, {agreementId, peer}, call);
	} catch (error) {
		call.signal?.throwIfAborted();
		if (error instanceof NodeError) return null;
		throw error;
	}
};

type Shown = {readonly revision: SignedRevision | null; readonly trie: AgreementTrie};

/** Our pieces of an agreement, if they are those of a revision that the chain has seen or that we can bring. */
const showable = async (
	context: FileContext,
	{
		view,
		peer,
		held,
	}: {
		readonly view: AgreementView;
		readonly peer: ProviderPeer | undefined;
		readonly held: readonly HeldPiece[];
	},
	agreementId: Hash32,
	call: Call,
): Promise<Shown | undefined> => {
	const trie = agreementTrieOf(held);
	if (!trie.ok) return undefined;
	const {root} = agreementCommitment(context.ports.crypto, trie.value);
	if (toHex(root) === view.root) return {revision: null, trie: trie.value};
	const newest = await newestOf(context, agreementId, peer, call);
	const isNewer =
		newest !== null &&
		BigInt(newest.revision.revisionNo) > amountField(view.revisionNo, 'revision number') &&
		equalBytes(newest.revision.root, root);
	return isNewer ? {revision: newest, trie: trie.value} : undefined;
};

type Counts = {readonly answered: number; readonly missed: number; readonly refunded: bigint};

const countsOf = (service: ServiceView | null | undefined): Counts =>
	service
		? {
				answered: service.answered,
				missed: service.missed,
				refunded: amountField(service.refunded, 'refund'),
			}
		: {answered: 0, missed: 0, refunded: 0n};

/** Sends the demand for one leaf, drawn by lot, of the piece that did not come. */
const demand = async (
	{chain, ports}: FileContext,
	agreementId: Hash32,
	{pieceId, leaves}: Piece,
	{revision, trie}: Shown,
	call: Call,
): Promise<void> => {
	const proof = provePiece(ports.crypto, trie, pieceId);
	if (proof === undefined) throw new NodeError({code: 'PIECE_UNKNOWN', pieceId: toHex(pieceId)});
	await chain.send(
		{
			kind: 'retrieval-demand',
			agreementId,
			revision,
			pieceId,
			pieceLeaves: leaves,
			leafIndex: Number(bigFromBytes(ports.entropy.bytes(8)) % BigInt(leaves)),
			pieceProof: encodePieceProof(proof),
		},
		call,
	);
};

const nothing = {pieceId: null, reason: null, deadlineSlot: null, refund: Lovelace(0n)};

const askPart = async (
	context: FileContext,
	part: Part,
	{peer, held}: {readonly peer: ProviderPeer | undefined; readonly held: readonly HeldPiece[]},
	call: Call,
): Promise<DemandedAgreement> => {
	const {chain} = context;
	const {agreementId, providerId} = part;
	const plain = {agreementId, providerId, ...nothing};
	const view = await chain.agreement(agreementId, call);
	if (view === undefined || !isActive(view)) return {...plain, outcome: 'over'};
	const missing = await firstMissing(context, peer, part, call);
	if (missing === undefined) return {...plain, outcome: 'given'};
	const {piece, reason} = missing;
	const found = {...plain, pieceId: piece.pieceId, reason};
	if (reason === 'PAYMENT_NEEDED') return {...found, outcome: 'unpaid'};
	const {service, startEpoch} = view;
	if (service === null) return {...found, outcome: 'no-promise'};
	if ((await chain.currentSlot(call)) < startEpoch * chain.env.genesis.epochLength)
		return {...found, outcome: 'early'};
	if (service.demand !== null)
		return {...found, outcome: 'waiting', deadlineSlot: service.demand.deadlineSlot};
	const shown = await showable(context, {view, peer, held}, agreementId, call);
	if (shown === undefined) return {...found, outcome: 'unknown'};
	await demand(context, agreementId, piece, shown, call);
	const after = await chain.agreement(agreementId, call);
	return {...found, outcome: 'demanded', deadlineSlot: after?.service?.demand?.deadlineSlot ?? null};
};

/** Follows a demand to its end. */
const outcomeOf = async (
	{chain}: FileContext,
	asked: DemandedAgreement,
	before: Counts,
	call: Call,
): Promise<DemandedAgreement> => {
	if (asked.outcome !== 'demanded') return asked;
	let seen: DemandedAgreement = asked;
	await chain.until(async () => {
		const view = await chain.agreement(asked.agreementId, call);
		if (view?.service?.demand) return false;
		const {answered, missed, refunded} = countsOf(view?.service);
		if (answered > before.answered) seen = {...asked, outcome: 'answered'};
		else if (missed > before.missed)
			seen = {...asked, outcome: 'refunded', refund: Lovelace(refunded - before.refunded)};
		else seen = {...asked, outcome: 'void'};
		return true;
	}, call);
	return seen;
};

/**
 * One provider after the other, so that only one piece is in memory and transactions follow on each other. A provider that
 * gives its pieces costs nothing; a demand costs a fee and holds a deposit. Throws MANIFEST_UNKNOWN, TRANSACTION_REFUSED.
 */
export const demandFile = async (
	context: FileContext,
	{name, wait = false, ...call}: DemandOptions,
): Promise<readonly DemandedAgreement[]> => {
	const {chain, manifests, pool, ports} = context;
	const manifest = await manifests.load(name);
	const known = piecesByAgreement(
		await Promise.all((await manifests.names()).map(each => manifests.load(each))),
	);
	const peers = new Map(
		(await reachableProviders(ports.control, call)).map(provider => [
			toHex(provider.id),
			peerOf({pool, clock: ports.clock}, provider),
		]),
	);
	const asked: {readonly result: DemandedAgreement; readonly before: Counts}[] = [];
	for (const part of partsOf(manifest)) {
		const held = known.get(toHex(part.agreementId)) ?? [];
		const before = countsOf((await chain.agreement(part.agreementId, call))?.service);
		const peer = peers.get(toHex(part.providerId));
		asked.push({result: await askPart(context, part, {peer, held}, call), before});
	}
	if (!wait) return asked.map(({result}) => result);
	return await Promise.all(asked.map(({result, before}) => outcomeOf(context, result, before, call)));
};
