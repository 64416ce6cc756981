import type {ExecutionContext} from 'ava';
import type {NodeError} from '#kernel/node-error';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import type {DevnetWallet} from './contract-devnet.ts';

/** Scalus must refuse it as a ledger does, for the check of that name, and the SDK's evaluator (aiken's) before that. */
export const refusedOnDevnet = async (
	t: ExecutionContext,
	{execute}: Pick<DevnetWallet, 'execute'>,
	plan: TransactionPlan,
	trace: string | undefined,
): Promise<void> => {
	const byLedger = await t.throwsAsync<NodeError>(execute(plan, {unchecked: true}));
	t.is(byLedger?.code, 'CARDANO_TRANSACTION_REFUSED', byLedger?.message);
	t.regex(String(byLedger?.detail['reason']), /script/i);
	const logs = JSON.stringify(byLedger?.detail['logs']);
	if (trace !== undefined) t.true(logs.includes(trace), `${trace} is not in ${logs}`);
	await t.throwsAsync(execute(plan), {code: 'CARDANO_SCRIPT_REFUSED'});
};
