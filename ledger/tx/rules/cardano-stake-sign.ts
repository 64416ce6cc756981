import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {forgetStakeVotes} from '../../epoch/ask-cardano-stake.ts';
import type {LedgerEvent} from '../../events.ts';
import type {StakeList, StakeQuestion} from '../../pools/cardano-stake.ts';
import {cardanoStakeMessage, isOrdered, stakeListHash} from '../../pools/cardano-stake-message.ts';
import type {Draft} from '../../state/draft.ts';
import {keyOf} from '../../state/keys.ts';
import {single} from '../../state/reader.ts';
import {SINGLE} from '../../state/singles.ts';
import type {ActionOf} from '../action.ts';
import {nobodyElse, type Rule, type RuleContext} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

type Sign = ActionOf<'cardano-stake-sign'>;

/** The list that a member signs: the first one brings it, the others name it by its hash. */
const listOf = ({draft, env}: RuleContext, {answer, stakes}: Sign): Result<StakeList, TxError> => {
	const known = draft.get('stakeAnswers', keyOf(answer));
	if (known !== undefined)
		return stakes === null ? ok(known) : err({code: 'CARDANO_STAKE_LIST_KNOWN', answer});
	if (stakes === null) return err({code: 'CARDANO_STAKE_LIST_UNKNOWN', answer});
	const isBound = ({cardanoPool}: StakeList[number]): boolean =>
		(draft.get('cardanoPools', keyOf(cardanoPool))?.pool ?? null) !== null;
	return isOrdered(stakes) && stakes.every(isBound) && equalBytes(stakeListHash(env.crypto, stakes), answer)
		? ok(stakes)
		: err({code: 'CARDANO_STAKE_LIST_WRONG', answer});
};

/** Whether more than two thirds of the committee, by weight, have given this answer. */
const isCertified = (draft: Draft, answer: Uint8Array): boolean => {
	const {committee} = single(draft, 'confirmedCheckpoint');
	let [signed, total] = [0n, 0n];
	for (const {verificationKey, weight} of committee) {
		total += weight;
		const vote = draft.get('stakeVotes', keyOf(verificationKey));
		if (vote !== undefined && equalBytes(vote.answer, answer)) signed += weight;
	}
	return 3n * signed > 2n * total;
};

const accept = (draft: Draft, question: StakeQuestion, stakes: StakeList): readonly LedgerEvent[] => {
	draft.set('attestedStake', SINGLE, {...question, stakes});
	forgetStakeVotes(draft);
	return [{kind: 'cardano-stake-attested', epoch: question.epoch, pools: stakes.length}];
};

/** A member of the committee says what stake bound pools have on Cardano, once for each question. */
export const cardanoStakeSign: Rule<'cardano-stake-sign'> = {
	signers: nobodyElse,
	apply: (context, action) => {
		const {draft, env} = context;
		const {epoch, answer, memberVk, signature} = action;
		const question = draft.get('stakeQuestion', SINGLE);
		if (question?.epoch !== epoch) return err({code: 'CARDANO_STAKE_NOT_ASKED', epoch});
		const {committee} = single(draft, 'confirmedCheckpoint');
		if (!committee.some(({verificationKey}) => equalBytes(verificationKey, memberVk)))
			return err({code: 'CHECKPOINT_MEMBER_UNKNOWN', memberVk});
		if (draft.get('stakeVotes', keyOf(memberVk)) !== undefined)
			return err({code: 'CARDANO_STAKE_ALREADY_SIGNED', epoch, memberVk});
		const stakes = listOf(context, action);
		if (!stakes.ok) return stakes;
		const message = cardanoStakeMessage(env, question, answer);
		if (!env.crypto.verifyEd25519(signature, message, memberVk))
			return err({code: 'CARDANO_STAKE_SIGNATURE_INVALID', epoch, memberVk});
		draft.set('stakeAnswers', keyOf(answer), stakes.value);
		draft.set('stakeVotes', keyOf(memberVk), {answer});
		const signed: LedgerEvent = {kind: 'cardano-stake-signed', epoch, memberVk};
		return ok(isCertified(draft, answer) ? [signed, ...accept(draft, question, stakes.value)] : [signed]);
	},
};
