import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch, Slot} from '#kernel/slot';
import {firstOpenEpoch} from '#ledger/agreements/check-opening';
import {
	decodeSignedRevision,
	encodeRevision,
	encodeSignedRevision,
	type Revision,
	revisionHash,
	type SignedRevision,
	verifyRevision,
} from '#ledger/agreements/revision';
import type {ChainClient} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {whileBehind} from './while-behind.ts';

type Call = {readonly signal?: AbortSignal};

export type PiecesSigned = {
	readonly agreementId: Hash32;
	readonly peer: ProviderPeer;
	/** The newest revision of both, or null before the first. */
	readonly newest: SignedRevision | null;
	readonly startEpoch: Epoch;
	readonly repairerVk: Uint8Array;
};

/**
 * The first epoch whose commitments nobody takes yet, by the clock of any provider: they differ a little, and a revision
 * that comes too late for one is refused.
 */
const firstValid = async (chain: ChainClient, startEpoch: Epoch, call: Call): Promise<Epoch> => {
	const {genesis} = chain.env;
	const margin = Math.ceil(genesis.epochLength / 50);
	const slot = Slot((await chain.currentSlot(call)) + margin);
	return Epoch(Math.max(startEpoch, firstOpenEpoch(genesis, slot)));
};

const answerWrong = (peer: ProviderPeer, agreementId: Hash32): NodeError =>
	new NodeError({
		code: 'PROVIDER_SIGNATURE_WRONG',
		message: 'A provider answered with a signature that is not its own, or not of that revision.',
		agreementId: toHex(agreementId),
		provider: toHex(peer.address.key),
	});

/** Signs the next revision and has the provider sign it; both signatures are kept before it counts. */
export const signNext = async (
	chain: ChainClient,
	{agreementId, peer, newest, startEpoch, repairerVk}: PiecesSigned,
	{
		root,
		leaves,
		added,
		removed,
	}: Pick<Revision, 'root' | 'leaves'> & {
		readonly added: readonly Hash32[];
		readonly removed: readonly Hash32[];
	},
	call: Call,
): Promise<SignedRevision> => {
	const revision: Revision = {
		agreementId,
		revisionNo: (newest?.revision.revisionNo ?? 0) + 1,
		prevHash: newest && revisionHash(chain.env, newest.revision),
		root,
		leaves,
		validFrom: await firstValid(chain, startEpoch, call),
		repairerVk,
	};
	const clientVk = chain.verificationKey;
	const clientSignature = chain.sign(revisionHash(chain.env, revision));
	const request = {revision: encodeRevision(revision), clientVk, clientSignature, added, removed};
	const providerSignature = await whileBehind(
		chain,
		['AGREEMENT_UNKNOWN'],
		() => peer.revise(request, call),
		call,
	);
	const signed = {revision, clientVk, clientSignature, providerSignature};
	if (!verifyRevision(chain.env, peer.address.key, signed).ok) throw answerWrong(peer, agreementId);
	await chain.revisions?.save(toHex(agreementId), encodeSignedRevision(signed));
	return signed;
};

/** The newest revision that a provider has with both signatures; null when there is none yet. */
export const newestSigned = async (
	chain: ChainClient,
	{agreementId, peer}: Pick<PiecesSigned, 'agreementId' | 'peer'>,
	call: Call,
): Promise<SignedRevision | null> => {
	const ask = (): Promise<Uint8Array> => peer.revision(agreementId, call);
	const bytes = await whileBehind(chain, ['AGREEMENT_UNKNOWN'], ask, call);
	if (bytes.length === 0) return null;
	const signed = decodeSignedRevision(bytes);
	if (!signed.ok || !equalBytes(signed.value.revision.agreementId, agreementId))
		throw answerWrong(peer, agreementId);
	if (!verifyRevision(chain.env, peer.address.key, signed.value).ok) throw answerWrong(peer, agreementId);
	return signed.value;
};
