import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {LedgerEnv} from '../environment.ts';
import {findProvider} from '../providers/find-provider.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';
import type {Agreement} from './agreement.ts';
import {type Revision, type SignedRevision, verifyRevision} from './revision.ts';

/** Whether a key signs revisions for the client's side of an agreement: the client's; of a successor also its repairer's. */
export const isClientKey = (
	{crypto}: Pick<LedgerEnv, 'crypto'>,
	{client, repairOf, repairerVk}: Pick<Agreement, 'client' | 'repairOf' | 'repairerVk'>,
	verificationKey: Uint8Array,
): boolean =>
	equalBytes(crypto.blake2b224(verificationKey), client) ||
	(repairOf !== null && equalBytes(verificationKey, repairerVk));

/** A revision that both sides of an agreement on chain have signed with their current keys, within its capacity. */
export const checkSignedRevision = (
	env: LedgerEnv,
	reader: LedgerReader,
	agreement: Agreement,
	signed: SignedRevision,
): Result<void, TxError> => {
	const {capacityLeaves, provider: providerId} = agreement;
	const {revision, clientVk} = signed;
	const {agreementId, leaves} = revision;
	if (!isClientKey(env, agreement, clientVk))
		return err({code: 'REVISION_CLIENT_WRONG', agreementId, clientVk});
	if (leaves > capacityLeaves) return err({code: 'REVISION_TOO_LARGE', leaves, capacityLeaves});
	const provider = findProvider(reader, providerId);
	if (!provider.ok) return provider;
	return verifyRevision(env, provider.value.operatorVk, signed);
};

/** The agreement in the newest revision that the chain has seen. */
export const withRevision = (
	agreement: Agreement,
	hash: Hash32,
	{revisionNo, root, leaves, validFrom, repairerVk}: Revision,
): Agreement => ({...agreement, revisionNo, root, leaves, validFrom, repairerVk, revisionHash: hash});
