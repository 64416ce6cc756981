import type {Result} from '#kernel/result';
import type {LedgerEvent} from '../events.ts';
import type {Action, ActionKind} from './action.ts';
import type {Rule, RuleContext} from './rule.ts';
import {accessRevoke} from './rules/access-revoke.ts';
import {agreementClose} from './rules/agreement-close.ts';
import {agreementOpen} from './rules/agreement-open.ts';
import {agreementRenew} from './rules/agreement-renew.ts';
import {agreementSettle} from './rules/agreement-settle.ts';
import {agreementStanding} from './rules/agreement-standing.ts';
import {cardanoPoolBind} from './rules/cardano-pool-bind.ts';
import {cardanoStakeSign} from './rules/cardano-stake-sign.ts';
import {channelClose} from './rules/channel-close.ts';
import {channelOpen} from './rules/channel-open.ts';
import {channelRefund} from './rules/channel-refund.ts';
import {channelSettle} from './rules/channel-settle.ts';
import {channelTopUp} from './rules/channel-top-up.ts';
import {checkpointSign} from './rules/checkpoint-sign.ts';
import {commit} from './rules/commit.ts';
import {delegate} from './rules/delegate.ts';
import {headRemove} from './rules/head-remove.ts';
import {headSet} from './rules/head-set.ts';
import {multisigRegister} from './rules/multisig-register.ts';
import {omissionAnswer} from './rules/omission-answer.ts';
import {omissionClaim} from './rules/omission-claim.ts';
import {payerAllow} from './rules/payer-allow.ts';
import {payerDeposit} from './rules/payer-deposit.ts';
import {payerWithdraw} from './rules/payer-withdraw.ts';
import {poolRegister} from './rules/pool-register.ts';
import {poolRetire} from './rules/pool-retire.ts';
import {prove} from './rules/prove.ts';
import {providerExit} from './rules/provider-exit.ts';
import {providerNotice} from './rules/provider-notice.ts';
import {providerRegister} from './rules/provider-register.ts';
import {providerSubsidy} from './rules/provider-subsidy.ts';
import {providerUpdate} from './rules/provider-update.ts';
import {repairClaim} from './rules/repair-claim.ts';
import {retrievalAnswer} from './rules/retrieval-answer.ts';
import {retrievalDemand} from './rules/retrieval-demand.ts';
import {revisionEquivocation} from './rules/revision-equivocation.ts';
import {revisionPost} from './rules/revision-post.ts';
import {serviceClass} from './rules/service-class.ts';
import {transfer} from './rules/transfer.ts';
import {withdraw} from './rules/withdraw.ts';
import type {TxError} from './tx-error.ts';

const rules: {readonly [K in ActionKind]: Rule<K>} = {
	transfer,
	'pool-register': poolRegister,
	'pool-retire': poolRetire,
	delegate,
	'payer-deposit': payerDeposit,
	'payer-withdraw': payerWithdraw,
	'payer-allow': payerAllow,
	'provider-register': providerRegister,
	'provider-update': providerUpdate,
	'provider-exit': providerExit,
	'provider-subsidy': providerSubsidy,
	'provider-notice': providerNotice,
	'agreement-open': agreementOpen,
	'agreement-close': agreementClose,
	'agreement-renew': agreementRenew,
	'agreement-standing': agreementStanding,
	'agreement-settle': agreementSettle,
	commit,
	prove,
	'checkpoint-sign': checkpointSign,
	withdraw,
	'repair-claim': repairClaim,
	'revision-post': revisionPost,
	'revision-equivocation': revisionEquivocation,
	'omission-claim': omissionClaim,
	'omission-answer': omissionAnswer,
	'channel-open': channelOpen,
	'channel-top-up': channelTopUp,
	'channel-settle': channelSettle,
	'channel-close': channelClose,
	'channel-refund': channelRefund,
	'head-set': headSet,
	'head-remove': headRemove,
	'multisig-register': multisigRegister,
	'access-revoke': accessRevoke,
	'service-class': serviceClass,
	'retrieval-demand': retrievalDemand,
	'retrieval-answer': retrievalAnswer,
	'cardano-pool-bind': cardanoPoolBind,
	'cardano-stake-sign': cardanoStakeSign,
};

/** The rule of an action's kind: the table's type makes the two fit. */
const ruleOf = (action: Action): Rule<ActionKind> => rules[action.kind] as unknown as Rule<ActionKind>;

export const signersOf = (context: RuleContext, action: Action): Result<readonly Uint8Array[], TxError> =>
	ruleOf(action).signers(context, action);

export const applyAction = (context: RuleContext, action: Action): Result<readonly LedgerEvent[], TxError> =>
	ruleOf(action).apply(context, action);
