import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import type {AgreementView} from '#node/ports/control-api';
import {agreementCommitment, agreementTrieOf, type HeldPiece} from '#storage-proofs/agreement-trie';
import {EMPTY_TRIE_ROOT} from '#storage-proofs/trie/root-hash';
import {type ChainClient, hashField, hexField} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {KnownAgreement} from './revise-agreements.ts';
import {newestSigned} from './sign-revision.ts';

/**
 * An agreement in the newest revision that its provider shows, if that has exactly one of these lists of pieces: its root
 * tells. Who does not answer, or answers nonsense, gets no more pieces under this agreement: undefined.
 */
export const knownAgreement = async (
	chain: ChainClient,
	{view, peer}: {readonly view: AgreementView; readonly peer: ProviderPeer},
	possible: readonly (readonly HeldPiece[])[],
	call: {readonly signal?: AbortSignal},
): Promise<KnownAgreement | undefined> => {
	const agreementId = hashField(view.id, 'agreement id');
	try {
		const newest = await newestSigned(chain, {agreementId, peer}, call);
		const root = newest?.revision.root ?? EMPTY_TRIE_ROOT;
		for (const pieces of possible) {
			const trie = agreementTrieOf(pieces);
			if (!trie.ok || !equalBytes(agreementCommitment(chain.env.crypto, trie.value).root, root)) continue;
			return {
				agreementId,
				peer,
				trie: trie.value,
				revisionNo: newest?.revision.revisionNo ?? 0,
				newest,
				startEpoch: Epoch(view.startEpoch),
				repairerVk: hexField(view.repairerVk, 'repairer key', 32),
			};
		}
		return undefined;
	} catch (error) {
		call.signal?.throwIfAborted();
		if (error instanceof NodeError) return undefined;
		throw error;
	}
};
