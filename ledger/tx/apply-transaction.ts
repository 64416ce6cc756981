import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import {epochOf, type LedgerEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {followEvents} from '../follow-events.ts';
import {rulesAt} from '../governance/rules-at.ts';
import {addToPot} from '../pots.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {checkForm} from './check-form.ts';
import {checkSignatures} from './check-signatures.ts';
import type {RuleContext} from './rule.ts';
import {applyAction} from './rules.ts';
import {decodeTransaction, type Transaction} from './transaction.ts';
import type {TxError} from './tx-error.ts';

/** The block that a transaction would be in. */
export type BlockPlace = {readonly slot: Slot; readonly blockNo: BlockNo};

/** Replay is impossible: a sender's transactions are numbered without gaps. */
const checkSequence = (draft: Draft, sender: AccountId, sequence: number): Result<void, TxError> => {
	const account = draft.get('accounts', keyOf(sender));
	if (account === undefined) return err({code: 'TX_SENDER_UNKNOWN', sender});
	return account.sequence === sequence
		? ok(undefined)
		: err({code: 'TX_SEQUENCE_WRONG', sequence, expected: account.sequence});
};

const payFee = (draft: Draft, {body: {sender, fee}}: Transaction): Result<void, TxError> => {
	if (sender === null) return ok(undefined);
	const account = draft.get('accounts', keyOf(sender));
	if (account === undefined) return err({code: 'TX_SENDER_UNKNOWN', sender});
	const {balance, sequence} = account;
	if (balance < fee) return err({code: 'TX_OVERSPENDS', account: sender, balance, needed: fee});
	draft.set('accounts', keyOf(sender), {
		...account,
		balance: Lovelace(balance - fee),
		sequence: sequence + 1,
	});
	addToPot(draft, 'fees', fee);
	return ok(undefined);
};

/** One transaction on top of a draft that has reached the block's slot. After a failure the draft is worthless: fork it. */
export const applyTransaction = (
	env: LedgerEnv,
	draft: Draft,
	{slot, blockNo}: BlockPlace,
	transaction: Transaction,
): Result<readonly LedgerEvent[], TxError> => {
	const {id: txId, body} = transaction;
	const {sender, fee, action} = body;
	const rules = rulesAt(env, draft);
	const form = checkForm(rules.parameters, transaction, slot);
	if (!form.ok) return form;
	if (sender !== null) {
		const sequence = checkSequence(draft, sender, body.sequence);
		if (!sequence.ok) return sequence;
	}
	const epoch = epochOf(env.genesis, slot);
	const context: RuleContext = {env: rules, draft, slot, blockNo, epoch, transaction};
	const signed = checkSignatures(context);
	if (!signed.ok) return signed;
	const paid = payFee(draft, transaction);
	if (!paid.ok) return paid;
	const applied = applyAction(context, action);
	if (!applied.ok) return applied;
	followEvents(draft, {slot, blockNo}, applied.value);
	return ok([{kind: 'transaction', txId, sender, fee, action: action.kind}, ...applied.value]);
};

/**
 * Mempool admission: decodes and applies to a running draft (`openBlockDraft`), which keeps its changes only if the
 * transaction is good.
 */
export const checkTransaction = (
	env: LedgerEnv,
	draft: Draft,
	place: BlockPlace,
	wire: Uint8Array,
): Result<Transaction, TxError> => {
	const transaction = decodeTransaction(env, wire);
	if (!transaction.ok) return transaction;
	const fork = draft.fork();
	const applied = applyTransaction(env, fork, place, transaction.value);
	if (!applied.ok) return applied;
	draft.absorb(fork);
	return transaction;
};
