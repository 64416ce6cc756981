import {defined} from '#kernel/assert';
import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import {EMPTY_ACCOUNT} from '../accounts.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {ActionKind, ActionOf} from './action.ts';
import type {Transaction} from './transaction.ts';
import type {TxError} from './tx-error.ts';

/** What a rule sees of the block that it runs in. */
export type RuleContext = {
	readonly env: RulesEnv;
	readonly draft: Draft;
	readonly slot: Slot;
	readonly epoch: Epoch;
	readonly blockNo: BlockNo;
	readonly transaction: Transaction;
};

/** The rule of one kind of action. */
export type Rule<K extends ActionKind> = {
	/** The keys that must sign besides the sender's. Reads only. */
	readonly signers: (context: RuleContext, action: ActionOf<K>) => Result<readonly Uint8Array[], TxError>;
	/** Changes the draft; after a failure the draft is worthless. The fee is paid already. */
	readonly apply: (context: RuleContext, action: ActionOf<K>) => Result<readonly LedgerEvent[], TxError>;
};

export const nobodyElse = (): Result<readonly Uint8Array[], TxError> => ok([]);

/** The sender of an action that has one. */
export const senderOf = ({transaction}: RuleContext): AccountId =>
	defined(transaction.body.sender, 'only actions that cost a fee ask for their sender');

/** Adds to an account, which begins to exist if it did not. */
export const credit = (draft: Draft, account: AccountId, amount: Lovelace): void => {
	if (amount === 0n) return;
	const key = keyOf(account);
	const before = draft.get('accounts', key) ?? EMPTY_ACCOUNT;
	draft.set('accounts', key, {...before, balance: Lovelace(before.balance + amount)});
};

/** Takes from an account. */
export const debit = (draft: Draft, account: AccountId, amount: Lovelace): Result<void, TxError> => {
	const key = keyOf(account);
	const before = draft.get('accounts', key) ?? EMPTY_ACCOUNT;
	if (before.balance < amount)
		return err({code: 'TX_OVERSPENDS', account, balance: before.balance, needed: amount});
	draft.set('accounts', key, {...before, balance: Lovelace(before.balance - amount)});
	return ok(undefined);
};
