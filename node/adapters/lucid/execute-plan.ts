import type {LucidEvolution, Script, TxBuilder, UTxO} from '@lucid-evolution/lucid';
import {defined} from '#kernel/assert';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {addressText, rewardAddress} from '#onchain/cardano/address';
import {encodePlutusData, type PlutusData} from '#onchain/cardano/plutus-data';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import type {PlanOutput, TransactionPlan} from '#onchain/plans/transaction-plan';
import type {PlutusScript} from '#onchain/plutus-script';
import type {CardanoPlace, LucidSession} from './lucid-session.ts';
import {nativeScriptOf, spendTogether} from './spend-together.ts';
import {submitPorts} from './submit-ports.ts';
import {type SignedTransaction, submitSurely} from './submit-surely.ts';

export type ExecuteOptions = {
	/**
	 * Scripts are not run here and the transaction declares all execution units there are, so that Cardano's ledger
	 * itself is the first to judge: for transactions that are meant to be refused. Default false.
	 */
	readonly unchecked?: boolean;
	readonly deliver?: Deliver | undefined;
	/** Is told what was signed before anybody else hears of it. */
	readonly keep?: Keep | undefined;
	readonly signal?: AbortSignal | undefined;
};

/** A transaction with all that it needs but signatures. */
export type DraftTransaction = {
	/** Hexadecimal. */
	readonly cbor: string;
	readonly txId: Hash32;
};

/** What becomes of a transaction that is to be signed elsewhere, instead of signing and submitting it. */
export type Deliver = (draft: DraftTransaction) => Promise<void>;

export type Keep = (signed: SignedTransaction, executed: ExecutedTransaction) => Promise<void>;

export type ExecutedTransaction = {
	readonly txId: Hash32;
	/** Bytes of the signed transaction. */
	readonly size: number;
	readonly fee: bigint;
	readonly executionUnits: {readonly cpu: bigint; readonly memory: bigint};
	/** An earlier run had signed it; this one has only seen it into a block. */
	readonly isResumed?: boolean;
};

const scriptOf = ({bytes}: PlutusScript): Script => ({type: 'PlutusV3', script: toHex(bytes)});
const dataText = (data: PlutusData): string => toHex(encodePlutusData(data));
const outRefOf = ({txId, index}: McOutRef) => ({txHash: toHex(txId), outputIndex: index});
const keyOf = ({txHash, outputIndex}: {txHash: string; outputIndex: number}): string =>
	`${txHash}#${outputIndex}`;

/** The outputs that a plan names, as the SDK wants them. Throws CARDANO_OUTPUT_SPENT when one is gone. */
const resolve = async (lucid: LucidEvolution, plan: TransactionPlan): Promise<ReadonlyMap<string, UTxO>> => {
	const wanted = [...plan.spend.map(({ref}) => ref), ...plan.read].map(outRefOf);
	const found = await lucid.utxosByOutRef(wanted);
	const byKey = new Map(found.map(utxo => [keyOf(utxo), utxo]));
	const missing = wanted.find(reference => !byKey.has(keyOf(reference)));
	if (missing !== undefined)
		throw new NodeError({
			code: 'CARDANO_OUTPUT_SPENT',
			message: 'An output that the transaction builds on was spent meanwhile: try again.',
			output: keyOf(missing),
		});
	return byKey;
};

const addOutput = (builder: TxBuilder, {address, lovelace, assets, datum, script}: PlanOutput): TxBuilder =>
	builder.pay.ToAddressWithData(
		addressText(address),
		datum === undefined ? undefined : {kind: 'inline', value: dataText(datum)},
		{lovelace, ...Object.fromEntries(assets ?? [])},
		script === undefined ? undefined : scriptOf(script),
	);

const build = async (
	lucid: LucidEvolution,
	access: CardanoPlace,
	plan: TransactionPlan,
): Promise<TxBuilder> => {
	const utxos = await resolve(lucid, plan);
	const utxoOf = (ref: McOutRef): UTxO[] => {
		const utxo = utxos.get(keyOf(outRefOf(ref)));
		return utxo === undefined ? [] : [utxo];
	};
	const accountOf = (hash: TransactionPlan['register'][number]): string =>
		addressText(rewardAddress(networkIdOf(access.network.magic), {kind: 'script', hash}));
	let builder = lucid.newTx();
	if (plan.read.length > 0) builder = builder.readFrom(plan.read.flatMap(utxoOf));
	for (const {ref, redeemer} of plan.spend)
		builder = builder.collectFrom(utxoOf(ref), redeemer === undefined ? undefined : dataText(redeemer));
	for (const {unit, quantity, redeemer} of plan.mint)
		builder = builder.mintAssets({[unit]: quantity}, dataText(redeemer));
	for (const {script, redeemer} of plan.judge)
		builder = builder.withdraw(accountOf(script), 0n, dataText(redeemer));
	for (const script of plan.register) builder = builder.registerStake(accountOf(script));
	for (const output of plan.outputs) builder = addOutput(builder, output);
	for (const script of plan.scripts)
		builder = builder.attach.SpendingValidator(scriptOf(script)).attach.MintingPolicy(scriptOf(script));
	for (const script of plan.nativeScripts ?? [])
		builder = builder.attach.SpendingValidator(nativeScriptOf(script));
	for (const signer of plan.signers) builder = builder.addSignerKey(toHex(signer));
	if (plan.validFromMs !== undefined) builder = builder.validFrom(plan.validFromMs);
	return plan.validToMs === undefined ? builder : builder.validTo(plan.validToMs);
};

/** What the SDK says when it cannot complete a transaction, as a code. */
const notBuilt = (cause: unknown): NodeError => {
	if (cause instanceof NodeError) return cause;
	const reason = String(cause instanceof Error ? cause.message : cause).slice(0, 2_000);
	if (/kupmios|timeout|requesterror|fetch failed|not reachable/i.test(reason))
		return new NodeError(
			{
				code: 'CARDANO_UNREACHABLE',
				message:
					'Cardano is not reachable: see that Kupo and Ogmios run, then try again. Nodes go on, deposits and checkpoints wait.',
				reason,
			},
			{cause},
		);
	if (/insufficient|exhausted|not enough|does not have enough|collateral/i.test(reason))
		return new NodeError(
			{
				code: 'CARDANO_FUNDS_MISSING',
				message: /"[0-9a-f]{56,}"/.test(reason)
					? 'The Cardano wallet has too few tokens for the transaction, or too little ADA: see what is at its address.'
					: 'The Cardano wallet has too little ADA for the transaction: send some to its address.',
				reason,
			},
			{cause},
		);
	if (/uplc|script|evaluat|redeemer/i.test(reason))
		return new NodeError(
			{
				code: 'CARDANO_SCRIPT_REFUSED',
				message: 'A contract refuses the transaction, so it was not submitted.',
				reason,
			},
			{cause},
		);
	return new NodeError(
		{code: 'CARDANO_TRANSACTION_NOT_BUILT', message: `The transaction cannot be built: ${reason}`, reason},
		{cause},
	);
};

/** Hands a signed transaction in and waits until it is in a block. Throws as `submitSurely` does. */
export const submitTo = (
	place: Pick<CardanoPlace, 'kupoUrl' | 'ogmiosUrl'>,
	signed: SignedTransaction,
	signal?: AbortSignal,
): Promise<void> => submitSurely(submitPorts(place), signed, signal);

/** Builds, signs and submits what the plan says, and waits until it is in a block; or builds it and delivers the draft. */
export const executePlan = async (
	session: LucidSession,
	access: CardanoPlace,
	plan: TransactionPlan,
	{unchecked = false, deliver, keep, signal}: ExecuteOptions = {},
): Promise<ExecutedTransaction> => {
	signal?.throwIfAborted();
	const lucid = unchecked ? session.unjudged : session.lucid;
	let completed: Awaited<ReturnType<typeof complete>>;
	try {
		await session.refresh();
		const builder = await build(lucid, access, plan);
		const {walletAddress: address, nativeScript} = session;
		completed =
			nativeScript === undefined
				? await complete(builder, {localUPLCEval: !unchecked})
				: await complete(await spendTogether(lucid, builder, {address, nativeScript}, plan), {
						coinSelection: false,
					});
	} catch (cause) {
		throw notBuilt(cause);
	}
	const {builder, ...executed} = completed;
	const {txId} = executed;
	const draft = {cbor: builder.toCBOR(), txId};
	if (deliver !== undefined) return deliver(draft).then(() => ({...executed, size: draft.cbor.length / 2}));
	const cbor = (await defined(session.sign, 'whose key is elsewhere delivers')(builder)).toCBOR();
	const done = {...executed, size: cbor.length / 2};
	const kept = keep === undefined ? Promise.resolve() : keep({cbor, txId}, done);
	await kept;
	await submitTo(access, {cbor, txId}, signal);
	return done;
};

/** With inputs of the wallet, change, collateral, fee and execution units. */
const complete = async (
	plan: TxBuilder,
	options: {readonly localUPLCEval?: boolean; readonly coinSelection?: boolean},
) => {
	const builder = await plan.complete(options);
	const transaction = builder.toTransaction();
	const redeemers = transaction.witness_set().redeemers()?.to_flat_format();
	let cpu = 0n;
	let memory = 0n;
	for (let index = 0; index < (redeemers?.len() ?? 0); index++) {
		const units = redeemers?.get(index).ex_units();
		cpu += units?.steps() ?? 0n;
		memory += units?.mem() ?? 0n;
	}
	return {
		builder,
		txId: Hash32(fromHex(builder.toHash())),
		fee: transaction.body().fee(),
		executionUnits: {cpu, memory},
	};
};
