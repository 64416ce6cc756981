import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Failure, Result} from '#kernel/result';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {
	type Deliver,
	type ExecutedTransaction,
	type ExecuteOptions,
	executePlan,
	type Keep,
} from './execute-plan.ts';
import {type CardanoAccess, type LucidSession, openLucid, type WatchedAccess} from './lucid-session.ts';
import {type PaymentJournal, type PaymentOrder, payOnce, resumePayment} from './pay-once.ts';
import {planWords} from './plan-words.ts';
import {settlePorts} from './submit-ports.ts';
import {saysInputSpent} from './submit-surely.ts';

export type WalletOptions = {
	/** Where what is signed is noted until it is in a block; without it a crash in between may be followed by a second payment. */
	readonly journal?: PaymentJournal | undefined;
	readonly onSettled?: PaymentOrder['onSettled'];
	/** Transactions are handed over here instead of being signed and submitted. */
	readonly deliver?: Deliver | undefined;
};

const TRIES_MAX = 4;

/** Another transaction was faster: with the outputs as they stand now it may well go through. */
const isStale = (error: unknown): boolean =>
	(error instanceof NodeError && error.code === 'CARDANO_OUTPUT_SPENT') || saysInputSpent(error);

/** A plan that cannot be made is the caller's mistake or bad luck; verbs throw it. */
export const planned = <T>(result: Result<T, Failure>): T => {
	if (result.ok) return result.value;
	throw new NodeError({...result.error, message: planWords(result.error.code)});
};

/** What verbs throw that cannot tell any more what an earlier run of theirs has chosen. */
export const resumedFailure = ({txId}: ExecutedTransaction): NodeError =>
	new NodeError({
		code: 'CARDANO_PAYMENT_RESUMED',
		txId: toHex(txId),
		message: `An earlier run of this command had signed transaction ${toHex(txId)}, which is in a block now. Nothing else was signed.`,
	});

/** Carries out the transactions of one wallet, one at a time: two would spend the same outputs. */
export class PlanRunner {
	readonly #access: CardanoAccess | WatchedAccess;
	readonly #options: WalletOptions;
	#session: Promise<LucidSession> | undefined;
	#last: Promise<unknown> = Promise.resolve();

	constructor(access: CardanoAccess | WatchedAccess, options: WalletOptions = {}) {
		this.#access = access;
		this.#options = options;
	}

	/**
	 * Plans anew from what stands on the chain for as long as others were faster. `purpose` says what is paid: what an
	 * earlier run has signed for the same purpose is not signed again, but handed in and answered.
	 */
	run(
		purpose: string,
		plan: () => Promise<TransactionPlan>,
		{unchecked = false, keep: tell, signal}: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		return this.#inTurn(async () => {
			const {journal, deliver} = this.#options;
			if (journal === undefined || deliver !== undefined)
				return this.#planned(plan, {unchecked, deliver, keep: tell, signal});
			return payOnce(this.#order(journal, purpose, signal), note => {
				const keep: Keep = (signed, executed) =>
					(tell === undefined ? Promise.resolve() : tell(signed, executed)).then(() =>
						note(signed, executed),
					);
				return this.#planned(plan, {unchecked, keep, signal});
			});
		});
	}

	/** What an earlier run has signed for this purpose, once it is in a block; nothing is signed. */
	resume(purpose: string, signal?: AbortSignal): Promise<ExecutedTransaction | undefined> {
		return this.#inTurn(async () => {
			const {journal} = this.#options;
			return journal && resumePayment(this.#order(journal, purpose, signal));
		});
	}

	#inTurn<T>(task: () => Promise<T>): Promise<T> {
		const result = this.#last.then(task, task);
		this.#last = result.catch(() => undefined);
		return result;
	}

	#order(journal: PaymentJournal, purpose: string, signal: AbortSignal | undefined): PaymentOrder {
		return {journal, ports: settlePorts(this.#access), purpose, onSettled: this.#options.onSettled, signal};
	}

	async #planned(
		plan: () => Promise<TransactionPlan>,
		options: ExecuteOptions,
	): Promise<ExecutedTransaction> {
		const session = await this.#open();
		for (let tries = 1; ; tries++) {
			try {
				return await executePlan(session, this.#access, await plan(), options);
			} catch (error) {
				if (tries === TRIES_MAX || !isStale(error)) throw error;
			}
		}
	}

	/** A session that could not be opened is tried again by the next verb. */
	async #open(): Promise<LucidSession> {
		this.#session ??= openLucid(this.#access);
		try {
			return await this.#session;
		} catch (error) {
			this.#session = undefined;
			throw error;
		}
	}
}
