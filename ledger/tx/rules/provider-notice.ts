import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {epochOfCommitSlot, proofTimetable} from '#storage-proofs/window';
import type {LedgerEvent} from '../../events.ts';
import {type DueAgreement, dueAgreements} from '../../proofs/due-agreements.ts';
import {reportLoss} from '../../proofs/loss-report.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {isInMaintenance, MAINTENANCE_EPOCHS_MAX, withMaintenance} from '../../providers/maintenance.ts';
import {keyOf} from '../../state/keys.ts';
import type {ActionOf} from '../action.ts';
import type {Rule, RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

type Notice = ActionOf<'provider-notice'>;
type Noticed = Result<readonly LedgerEvent[], TxError>;

/** How far ahead maintenance may be announced, in windows of the penalty ladder. */
const WINDOWS_AHEAD = 2;

const announceMaintenance = (
	{draft, env, slot, epoch: now}: RuleContext,
	{provider, epoch, agreements}: Notice,
): Noticed => {
	const windowEpochs = env.parameters.missWindowEpochs;
	const open = epochOfCommitSlot(env.genesis, slot) ?? null;
	const isPast = slot >= proofTimetable(env.genesis, epoch).commitUntil;
	if (isPast || epoch > now + WINDOWS_AHEAD * windowEpochs)
		return err({code: 'NOTICE_OUT_OF_WINDOW', epoch, slot, open});
	if (agreements.length > 0) return err({code: 'NOTICE_AGREEMENTS_WRONG', agreements: agreements.length});
	if (isInMaintenance(draft, provider, epoch)) return err({code: 'MAINTENANCE_ANNOUNCED', provider, epoch});
	const row = withMaintenance(draft, provider, {epoch, now, windowEpochs});
	if (row === undefined)
		return err({code: 'MAINTENANCE_TOO_OFTEN', epoch, epochsMax: MAINTENANCE_EPOCHS_MAX, windowEpochs});
	draft.set('maintenance', keyOf(provider), row);
	return ok([{kind: 'maintenance-announced', provider, epoch}]);
};

/** The due agreements that a report names, each once. */
const lostAgreements = (
	{draft}: RuleContext,
	{provider, epoch, agreements}: Notice,
): Result<readonly DueAgreement[], TxError> => {
	const due = new Map(
		dueAgreements(draft, provider, epoch).map(each => [toHex(each.agreementId), each] as const),
	);
	const lost: DueAgreement[] = [];
	for (const agreementId of agreements) {
		const found = due.get(toHex(agreementId));
		if (found === undefined) return err({code: 'NOTICE_AGREEMENT_NOT_DUE', agreementId});
		due.delete(toHex(agreementId));
		lost.push(found);
	}
	return ok(lost);
};

/** Only while the commitment may still leave the lost agreements out, and nobody knows what will be asked for. */
const takeReport = (context: RuleContext, notice: Notice): Noticed => {
	const {draft, env, slot, blockNo} = context;
	const {provider, epoch, agreements} = notice;
	const open = epochOfCommitSlot(env.genesis, slot) ?? null;
	if (open !== epoch) return err({code: 'NOTICE_OUT_OF_WINDOW', epoch, slot, open});
	if (agreements.length === 0) return err({code: 'NOTICE_AGREEMENTS_WRONG', agreements: 0});
	const lost = lostAgreements(context, notice);
	if (!lost.ok) return lost;
	const report = {provider, epoch, lost: lost.value};
	return ok(reportLoss(env.parameters, draft, {slot, blockNo}, report));
};

/** What a provider says of itself before an epoch's commitment: that it will not prove, or what it has lost. */
export const providerNotice: Rule<'provider-notice'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: (context, notice) => {
		const {provider, epoch, purpose} = notice;
		const commitment = context.draft.get('commitments', keyOf(provider));
		if (commitment?.epoch === epoch) return err({code: 'NOTICE_AFTER_COMMITMENT', provider, epoch});
		return purpose === 'maintenance' ? announceMaintenance(context, notice) : takeReport(context, notice);
	},
};
