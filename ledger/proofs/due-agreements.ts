import type {Hasher} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {agreementPayloadOf} from '#storage-proofs/forest';
import {rootHash} from '#storage-proofs/trie/root-hash';
import {trieOf} from '#storage-proofs/trie/trie';
import {type Agreement, countsIn} from '../agreements/agreement.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';

export type DueAgreement = {readonly agreementId: Hash32; readonly agreement: Agreement};

/** The agreements that a provider commits to, proves and is paid for in an epoch, as things stand. By id. */
export const dueAgreements = (
	reader: LedgerReader,
	provider: Hash32,
	epoch: Epoch,
): readonly DueAgreement[] =>
	(reader.get('providerAgreements', keyOf(provider)) ?? [])
		.map(id => ({
			agreementId: id as Hash32,
			agreement: defined(reader.get('agreements', keyOf(id)), 'a listed agreement exists'),
		}))
		.filter(({agreement}) => countsIn(agreement, epoch));

export type DueForest = {
	readonly root: Hash32;
	readonly totalLeaves: number;
	readonly agreements: readonly DueAgreement[];
};

/**
 * The forest that a provider has to commit to: the newest revisions of its due agreements. As long as revisions are
 * posted on chain, everybody can compute it, so a provider cannot commit to pieces of its own making.
 */
export const dueForest = (
	hasher: Hasher,
	reader: LedgerReader,
	provider: Hash32,
	epoch: Epoch,
): DueForest => {
	const agreements = dueAgreements(reader, provider, epoch);
	const trie = trieOf(
		agreements.map(({agreementId, agreement: {leaves, root, revisionNo}}) => ({
			key: agreementId,
			sum: BigInt(leaves),
			value: agreementPayloadOf(root, BigInt(revisionNo)),
		})),
	);
	assert(trie.ok, 'a provider has at most 2^40 leaves');
	const totalLeaves = agreements.reduce((sum, {agreement}) => sum + agreement.leaves, 0);
	return {root: rootHash(hasher, (_, payload) => payload, trie.value), totalLeaves, agreements};
};
