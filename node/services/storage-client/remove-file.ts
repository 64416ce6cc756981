/** Deletes a file for good: its pieces out of all agreements, then its keys; and keeps what shows it. */
import {pieceLeafCount} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import type {SignedRevision} from '#ledger/agreements/revision';
import {
	type DeletionReceipt,
	deletionMessage,
	encodeReceipt,
	type FreedAgreement,
	type LeftAgreement,
	type LeftReason,
} from '#ledger/receipts/deletion-receipt';
import type {Manifest} from '#pieces/manifest/manifest';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {
	type AgreementTrie,
	agreementCommitment,
	agreementTrieOf,
	type HeldPiece,
	piecePayload,
	removePiece,
} from '#storage-proofs/agreement-trie';
import {provePiece} from '#storage-proofs/piece-proof';
import {proveAbsence} from '#storage-proofs/trie/trie-path';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import {isActive} from './active-agreement.ts';
import {hexField, reachableProviders} from './chain-client.ts';
import {piecesByAgreement} from './client-agreements.ts';
import {peerOf} from './find-providers.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {FileContext} from './put-file.ts';
import {newestSigned, type PiecesSigned, signNext} from './sign-revision.ts';

type Call = {readonly signal?: AbortSignal};

export type RemoveOptions = Call & {
	readonly name: string;
	/** Takes the receipt before the keys are destroyed; when it throws, they are not. */
	readonly keepReceipt: (receipt: Uint8Array) => Promise<void>;
};

export type RemovedFile = {
	readonly name: string;
	/** Agreements whose providers signed that the pieces are out. */
	readonly freed: number;
	readonly pieces: number;
	/** Agreements of which nothing could be signed, with why. */
	readonly left: readonly LeftAgreement[];
};

/** What is to be taken out of one agreement, and all that this customer knows to be in it. */
type Part = {
	readonly agreementId: Hash32;
	readonly providerId: Hash32;
	readonly own: readonly HeldPiece[];
	readonly all: readonly HeldPiece[];
};

type Freed = {readonly freed: FreedAgreement} | {readonly left: LeftReason};

const partsOf = (manifest: Manifest, manifests: readonly Manifest[]): readonly Part[] => {
	const known = piecesByAgreement(manifests);
	const {holders, segments, code} = manifest;
	return holders.map(({agreementId, providerId}, index) => ({
		agreementId,
		providerId,
		own: segments.flatMap(({pieces, plaintextLength}) =>
			pieces
				.filter(({holder}) => holder === index)
				.map(({pieceId}) => ({pieceId, leaves: pieceLeafCount(pieceLengthOf(code.k, plaintextLength))})),
		),
		all: known.get(toHex(agreementId)) ?? [],
	}));
};

const trieOf = (pieces: readonly HeldPiece[]): AgreementTrie | undefined => {
	const trie = agreementTrieOf(pieces);
	return trie.ok ? trie.value : undefined;
};

/** Takes pieces out, so many in a revision as a message names. */
const signOut = async (
	{chain}: FileContext,
	signed: PiecesSigned,
	{trie: whole, pieces}: {readonly trie: AgreementTrie; readonly pieces: readonly HeldPiece[]},
	call: Call,
): Promise<{readonly revisions: readonly SignedRevision[]; readonly trie: AgreementTrie}> => {
	const revisions: SignedRevision[] = [];
	let trie = whole;
	let newest = signed.newest;
	for (let start = 0; start < pieces.length; start += PIECES_PER_MESSAGE_MAX) {
		const removed = pieces.slice(start, start + PIECES_PER_MESSAGE_MAX).map(({pieceId}) => pieceId);
		for (const pieceId of removed) trie = removePiece(trie, pieceId);
		const {root, leaves} = agreementCommitment(chain.env.crypto, trie);
		const change = {root, leaves: Number(leaves), added: [], removed};
		newest = await signNext(chain, {...signed, newest}, change, call);
		revisions.push(newest);
	}
	return {revisions, trie};
};

/** What the receipt shows of one agreement. `before` is undefined when an earlier try got as far as the signatures. */
const evidence = (
	{chain}: FileContext,
	{agreementId, own}: Part,
	{
		operatorVk,
		revisions,
		before,
		after,
	}: {
		readonly operatorVk: Uint8Array;
		readonly revisions: readonly SignedRevision[];
		readonly before: AgreementTrie | undefined;
		readonly after: AgreementTrie;
	},
): FreedAgreement => {
	const {crypto} = chain.env;
	return {
		agreementId,
		operatorVk,
		revisions,
		pieces: own.map(({pieceId, leaves}) => {
			// null is a proof: there is nothing left at all.
			const freed = proveAbsence(crypto, piecePayload, after, pieceId);
			assert(freed !== undefined, 'the piece is gone');
			const held =
				before === undefined ? null : defined(provePiece(crypto, before, pieceId), 'the piece was there');
			return {pieceId, leaves, held, freed};
		}),
	};
};

const freePart = async (
	context: FileContext,
	part: Part,
	peer: ProviderPeer | undefined,
	call: Call,
): Promise<Freed> => {
	const {chain} = context;
	const {agreementId, own, all} = part;
	const view = await chain.agreement(agreementId, call);
	if (view === undefined || !isActive(view)) return {left: 'ended'};
	if (peer === undefined) return {left: 'unreachable'};
	const newest = await newestSigned(chain, {agreementId, peer}, call);
	const ids = new Set(own.map(({pieceId}) => toHex(pieceId)));
	const [before, after] = [trieOf(all), trieOf(all.filter(({pieceId}) => !ids.has(toHex(pieceId))))];
	if (newest === null || before === undefined || after === undefined) return {left: 'unknown'};
	const isAt = (trie: AgreementTrie): boolean =>
		equalBytes(agreementCommitment(chain.env.crypto, trie).root, newest.revision.root);
	const operatorVk = peer.address.key;
	// An earlier try was cut off after this one had signed.
	if (isAt(after))
		return {freed: evidence(context, part, {operatorVk, revisions: [newest], before: undefined, after})};
	if (!isAt(before)) return {left: 'unknown'};
	const signed: PiecesSigned = {
		agreementId,
		peer,
		newest,
		startEpoch: Epoch(view.startEpoch),
		repairerVk: hexField(view.repairerVk, 'repairer key', 32),
	};
	const {revisions} = await signOut(context, signed, {trie: before, pieces: own}, call);
	return {freed: evidence(context, part, {operatorVk, revisions: [newest, ...revisions], before, after})};
};

/** A provider that does not answer or does not sign keeps nobody from deleting: without keys its pieces are noise. */
const tryToFree = async (
	context: FileContext,
	part: Part,
	peer: ProviderPeer | undefined,
	call: Call,
): Promise<Freed> => {
	try {
		return await freePart(context, part, peer, call);
	} catch (error) {
		call.signal?.throwIfAborted();
		if (!(error instanceof NodeError)) throw error;
		return {left: error.code === 'PROVIDER_REFUSED' ? 'refused' : 'unreachable'};
	}
};

/**
 * Has every provider of the file sign that its pieces are out, hands over the receipt, and then destroys the only copy of the
 * file's keys that this customer keeps. Throws MANIFEST_UNKNOWN, and what `keepReceipt` throws.
 */
export const removeFile = async (
	context: FileContext,
	{name, keepReceipt, ...call}: RemoveOptions,
): Promise<RemovedFile> => {
	const {chain, manifests, pool, ports} = context;
	const manifest = await manifests.load(name);
	const all = await Promise.all((await manifests.names()).map(each => manifests.load(each)));
	const peers = new Map(
		(await reachableProviders(ports.control, call)).map(provider => [
			toHex(provider.id),
			peerOf({pool, clock: ports.clock}, provider),
		]),
	);
	const parts = partsOf(manifest, all);
	const tried = await Promise.all(
		parts.map(part => tryToFree(context, part, peers.get(toHex(part.providerId)), call)),
	);
	const freed = tried.flatMap(each => ('freed' in each ? each.freed : []));
	const left = parts.flatMap(({agreementId}, index) => {
		const each = defined(tried[index], 'each part was tried');
		return 'left' in each ? {agreementId, reason: each.left} : [];
	});
	const statement = {
		genesisHash: chain.env.genesisHash,
		clientVk: chain.verificationKey,
		name,
		size: BigInt(manifest.size),
		sha256: manifest.sha256,
		slot: await chain.currentSlot(call),
		agreements: freed,
		left,
	};
	const receipt: DeletionReceipt = {
		statement,
		signature: chain.sign(deletionMessage(chain.env.crypto, statement)),
	};
	await keepReceipt(encodeReceipt(receipt));
	await manifests.remove(name);
	const pieces = freed.reduce((sum, each) => sum + each.pieces.length, 0);
	return {name, freed: freed.length, pieces, left};
};
