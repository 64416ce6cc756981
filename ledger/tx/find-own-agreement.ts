import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {Agreement} from '../agreements/agreement.ts';
import {findActiveAgreement} from '../agreements/find-agreement.ts';
import {type RuleContext, senderOf} from './rule.ts';
import type {TxError} from './tx-error.ts';

/** An agreement of the sender's that nobody is closing. */
export const findOwnAgreement = (context: RuleContext, agreementId: Hash32): Result<Agreement, TxError> => {
	const found = findActiveAgreement(context.draft, agreementId);
	if (!found.ok) return found;
	const {client, closing, endEpoch} = found.value;
	const sender = senderOf(context);
	if (!equalBytes(sender, client)) return err({code: 'AGREEMENT_CLIENT_WRONG', client, sender});
	return closing === null ? found : err({code: 'AGREEMENT_CLOSING', endEpoch});
};
