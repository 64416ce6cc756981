import type {LucidEvolution, Script, TxBuilder} from '@lucid-evolution/lucid';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {encodeNativeScript, type NativeScript} from '#onchain/cardano/native-script';
import {OUTPUT_LOVELACE_MIN, type TransactionPlan} from '#onchain/plans/transaction-plan';

export const nativeScriptOf = (script: NativeScript): Script => ({
	type: 'Native',
	script: toHex(encodeNativeScript(script)),
});

/** For the fee, and change that the ledger takes as an output. */
const SPARE = 2n * OUTPUT_LOVELACE_MIN;
/** More inputs would make the transaction long; larger amounts are paid in parts. */
const INPUTS_MAX = 60;

const fundsMissing = (address: string, wanted: bigint): NodeError =>
	new NodeError({
		code: 'CARDANO_FUNDS_MISSING',
		message: `The address ${address} has too little ADA in its ${INPUTS_MAX} largest outputs: ${wanted} lovelace are wanted.`,
		address,
		wanted: String(wanted),
	});

/**
 * The inputs of a wallet that several keys have together, which the SDK does not choose by itself: the largest first.
 * Contracts cannot run in such a transaction: only a key may put up collateral.
 */
export const spendTogether = async (
	lucid: LucidEvolution,
	builder: TxBuilder,
	{address, nativeScript}: {readonly address: string; readonly nativeScript: NativeScript},
	plan: TransactionPlan,
): Promise<TxBuilder> => {
	if (plan.judge.length + plan.mint.length > 0 || plan.spend.some(({redeemer}) => redeemer !== undefined))
		throw new NodeError({
			code: 'CARDANO_WALLET_NEEDS_KEY',
			message:
				'Contracts run in this transaction, and only the wallet of one key may answer for their cost: give such a wallet, and the policy as --owner.',
			address,
		});
	const wanted = plan.outputs.reduce((sum, {lovelace}) => sum + lovelace, SPARE);
	const own = (await lucid.utxosAt(address))
		.filter(({assets}) => Object.keys(assets).every(unit => unit === 'lovelace'))
		.sort((a, b) => ((a.assets['lovelace'] ?? 0n) < (b.assets['lovelace'] ?? 0n) ? 1 : -1));
	let sum = 0n;
	for (let count = 1; count <= Math.min(own.length, INPUTS_MAX); count++) {
		sum += own[count - 1]?.assets['lovelace'] ?? 0n;
		if (sum < wanted) continue;
		return builder.collectFrom(own.slice(0, count)).attach.SpendingValidator(nativeScriptOf(nativeScript));
	}
	throw fundsMissing(address, wanted);
};
