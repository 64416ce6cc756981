/** Whether the agreements that a proof opens are what clients have signed for, and no older than they must be. */
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import type {ProvenAgreement} from '#storage-proofs/verify-forest-proof';
import type {Agreement} from '../agreements/agreement.ts';
import {checkSignedRevision} from '../agreements/check-revision.ts';
import {findAgreement} from '../agreements/find-agreement.ts';
import type {Revision, SignedRevision} from '../agreements/revision.ts';
import type {LedgerEnv} from '../environment.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';

export type ProofOf = {readonly provider: Hash32; readonly epoch: Epoch};

/** One of the provider's agreements of that epoch. It may have been closed since it was committed to. */
const findProven = (
	reader: LedgerReader,
	{provider, epoch}: ProofOf,
	agreementId: Hash32,
): Result<Agreement, TxError> => {
	const found = findAgreement(reader, agreementId);
	if (!found.ok) return found;
	const {provider: whose, startEpoch, endEpoch, vacancy} = found.value;
	const counts = vacancy === null && startEpoch <= epoch && epoch < endEpoch;
	return counts && equalBytes(whose, provider) ? found : err({code: 'PROOF_AGREEMENT_FOREIGN', agreementId});
};

const isSame = (
	{root, leaves, revisionNo}: ProvenAgreement,
	other: Pick<Revision, 'root' | 'leaves' | 'revisionNo'>,
): boolean =>
	equalBytes(root, other.root) && leaves === BigInt(other.leaves) && revisionNo === BigInt(other.revisionNo);

type Check = {readonly of: ProofOf; readonly signed: SignedRevision | undefined};

/** A revision that the chain has not seen yet is returned. */
const checkProven = (
	env: LedgerEnv,
	reader: LedgerReader,
	proven: ProvenAgreement,
	{of, signed}: Check,
): Result<Revision | undefined, TxError> => {
	const {agreementId, revisionNo} = proven;
	const found = findProven(reader, of, agreementId);
	if (!found.ok) return found;
	const agreement = found.value;
	if (agreement.validFrom <= of.epoch && revisionNo < BigInt(agreement.revisionNo))
		return err({code: 'PROOF_REVISION_STALE', agreementId, revisionNo, current: agreement.revisionNo});
	if (signed === undefined)
		return isSame(proven, agreement) && agreement.revisionNo > 0
			? ok(undefined)
			: err({code: 'PROOF_REVISION_MISSING', agreementId, revisionNo});
	if (!isSame(proven, signed.revision)) return err({code: 'PROOF_REVISION_WRONG', agreementId, revisionNo});
	const holds = checkSignedRevision(env, reader, agreement, signed);
	if (!holds.ok) return holds;
	return ok(signed.revision.revisionNo > agreement.revisionNo ? signed.revision : undefined);
};

/** A revision that no challenge asked for has to say something new of an agreement of that epoch, such as fewer leaves. */
const checkUnasked = (
	env: LedgerEnv,
	reader: LedgerReader,
	of: ProofOf,
	signed: SignedRevision,
): Result<Revision, TxError> => {
	const {agreementId, revisionNo} = signed.revision;
	const found = findProven(reader, of, agreementId);
	if (!found.ok) return found;
	if (revisionNo <= found.value.revisionNo) return err({code: 'PROOF_REVISION_SURPLUS', agreementId});
	const holds = checkSignedRevision(env, reader, found.value, signed);
	return holds.ok ? ok(signed.revision) : holds;
};

/** Returns the revisions that are newer than what the chain has seen. */
export const checkRevisions = (
	env: LedgerEnv,
	reader: LedgerReader,
	of: ProofOf,
	{
		proven,
		revisions,
	}: {readonly proven: readonly ProvenAgreement[]; readonly revisions: readonly SignedRevision[]},
): Result<readonly Revision[], TxError> => {
	const signedBy = new Map(revisions.map(signed => [keyOf(signed.revision.agreementId), signed]));
	const distinct = new Map(proven.map(each => [keyOf(each.agreementId), each]));
	const newer: Revision[] = [];
	for (const [key, signed] of signedBy) {
		if (distinct.has(key)) continue;
		const checked = checkUnasked(env, reader, of, signed);
		if (!checked.ok) return checked;
		newer.push(checked.value);
	}
	for (const [key, each] of distinct) {
		const checked = checkProven(env, reader, each, {of, signed: signedBy.get(key)});
		if (!checked.ok) return checked;
		if (checked.value !== undefined) newer.push(checked.value);
	}
	return ok(newer);
};
