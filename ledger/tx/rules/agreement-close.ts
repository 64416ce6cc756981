import {equalBytes} from '#kernel/bytes';
import type {Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';
import {Epoch, type Slot} from '#kernel/slot';
import {closeTogether} from '../../agreements/change-agreement.ts';
import {findActiveAgreement} from '../../agreements/find-agreement.ts';
import {operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import type {ActionOf} from '../action.ts';
import {type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

/** The epoch of the first boundary that is the close window or more away. */
export const closingEpoch = (
	{closeWindowEpochs, epochLength}: {readonly closeWindowEpochs: Ratio; readonly epochLength: number},
	slot: Slot,
): Epoch => {
	const {numerator, denominator} = closeWindowEpochs;
	const length = BigInt(epochLength);
	// ceil((slot + window * length) / length), in whole numbers.
	const scaled = BigInt(slot) * denominator + numerator * length;
	const unit = denominator * length;
	return Epoch(Number((scaled + unit - 1n) / unit));
};

const signersOf = (
	context: RuleContext,
	{agreementId, mode}: ActionOf<'agreement-close'>,
): Result<readonly Uint8Array[], TxError> => {
	const found = findActiveAgreement(context.draft, agreementId);
	if (!found.ok) return found;
	const {client, provider} = found.value;
	const sender = senderOf(context);
	if (mode !== 'operator' && !equalBytes(sender, client))
		return err({code: 'AGREEMENT_CLIENT_WRONG', client, sender});
	return mode === 'client' ? ok([]) : operatorOf(context.draft, provider);
};

/** Together at once, without pay for the running epoch; alone after the close window. */
export const agreementClose: Rule<'agreement-close'> = {
	signers: signersOf,
	apply: ({draft, env, slot, epoch}, {agreementId, mode}) => {
		const found = findActiveAgreement(draft, agreementId);
		if (!found.ok) return found;
		const {
			genesis: {epochLength},
			parameters,
		} = env;
		const {lockedUntil} = found.value;
		if (mode === 'cooperative' && epoch < lockedUntil)
			return err({code: 'AGREEMENT_LOCKED', agreementId, lockedUntil});
		if (mode === 'cooperative') return ok(closeTogether(parameters, draft, agreementId, epoch));
		const {closeWindowEpochs} = parameters;
		const endEpoch = closingEpoch({closeWindowEpochs, epochLength}, slot);
		if (endEpoch >= found.value.endEpoch)
			return err({code: 'AGREEMENT_ENDING', endEpoch: found.value.endEpoch});
		if (endEpoch < lockedUntil) return err({code: 'AGREEMENT_LOCKED', agreementId, lockedUntil});
		const closing = {
			by: mode === 'client' ? 'client' : 'provider',
			revisionNo: found.value.revisionNo,
			isCaught: false,
		} as const;
		draft.set('agreements', keyOf(agreementId), {...found.value, endEpoch, closing});
		return ok([{kind: 'agreement-closing', agreementId, endEpoch}]);
	},
};
