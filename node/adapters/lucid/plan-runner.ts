import {NodeError} from '#kernel/node-error';
import type {Failure, Result} from '#kernel/result';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {type Deliver, type ExecutedTransaction, type ExecuteOptions, executePlan} from './execute-plan.ts';
import {type CardanoAccess, type LucidSession, openLucid, type WatchedAccess} from './lucid-session.ts';
import {saysInputSpent} from './submit-surely.ts';

const TRIES_MAX = 4;

/** Another transaction was faster: with the outputs as they stand now it may well go through. */
const isStale = (error: unknown): boolean =>
	(error instanceof NodeError && error.code === 'CARDANO_OUTPUT_SPENT') || saysInputSpent(error);

/** A plan that cannot be made is the caller's mistake or bad luck; verbs throw it. */
export const planned = <T>(result: Result<T, Failure>): T => {
	if (result.ok) return result.value;
	throw new NodeError({...result.error, message: `The transaction makes no sense: ${result.error.code}.`});
};

/** Carries out the transactions of one wallet, one at a time: two would spend the same outputs. */
export class PlanRunner {
	readonly #access: CardanoAccess | WatchedAccess;
	readonly #deliver: Deliver | undefined;
	#session: Promise<LucidSession> | undefined;
	#last: Promise<unknown> = Promise.resolve();

	constructor(access: CardanoAccess | WatchedAccess, deliver: Deliver | undefined) {
		this.#access = access;
		this.#deliver = deliver;
	}

	/** Plans anew from what stands on the chain for as long as others were faster. */
	run(
		plan: () => Promise<TransactionPlan>,
		{signal, unchecked = false}: Omit<ExecuteOptions, 'deliver'> = {},
	): Promise<ExecutedTransaction> {
		const attempt = async (): Promise<ExecutedTransaction> => {
			const session = await this.#open();
			const options = {unchecked, deliver: this.#deliver, ...(signal === undefined ? {} : {signal})};
			for (let tries = 1; ; tries++) {
				try {
					return await executePlan(session, this.#access, await plan(), options);
				} catch (error) {
					if (tries === TRIES_MAX || !isStale(error)) throw error;
				}
			}
		};
		const result = this.#last.then(attempt, attempt);
		this.#last = result.catch(() => undefined);
		return result;
	}

	/** A session that could not be opened is tried again by the next transaction. */
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
