/** The Plutus V3 context that Cardano's ledger makes of a transaction (plutus-ledger-api, `PlutusLedgerApi.V3`). */
import {compareBytes, fromHex, toHex} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {type Credential, paymentCredential} from '#onchain/cardano/address';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	dataList,
	encodePlutusData,
	type PlutusData,
} from '#onchain/cardano/plutus-data';
import type {PlanOutput, TransactionPlan} from '#onchain/plans/transaction-plan';
import {crypto} from './crypto.ts';

/** An output that a transaction can spend or read. */
export type Utxo = {readonly ref: McOutRef; readonly output: PlanOutput};

/** A transaction as scripts see it. */
export type JudgedTransaction = {
	readonly plan: TransactionPlan;
	/** Every output that the plan names. */
	readonly utxos: readonly Utxo[];
	/** Withdrawals beside those of the plan. */
	readonly certificates?: readonly PlutusData[];
};

/** One run of one script. */
export type ScriptRun = {
	readonly script: Hash28;
	readonly redeemer: PlutusData;
	readonly purpose: PlutusData;
	readonly info: PlutusData;
};

const NOTHING = dataConstructor(1);
const just = (value: PlutusData): PlutusData => dataConstructor(0, value);
const mapOf = (pairs: readonly (readonly [PlutusData, PlutusData])[]): PlutusData => ({kind: 'map', pairs});
const bool = (value: boolean): PlutusData => dataConstructor(value ? 1 : 0);

const credentialData = ({kind, hash}: Credential): PlutusData =>
	dataConstructor(kind === 'script' ? 1 : 0, dataBytes(hash));

const addressData = (address: Uint8Array): PlutusData => {
	const payment = paymentCredential(address);
	if (payment === undefined) throw new TypeError('not a payment address');
	const header = address[0] ?? 0;
	const stake: PlutusData =
		address.length === 57
			? just(dataConstructor(0, dataConstructor((header & 0x20) === 0 ? 0 : 1, dataBytes(address.slice(29)))))
			: NOTHING;
	return dataConstructor(0, credentialData(payment), stake);
};

const assetsData = (assets: ReadonlyMap<string, bigint>): (readonly [PlutusData, PlutusData])[] => {
	const policies = new Map<string, (readonly [PlutusData, PlutusData])[]>();
	for (const [unit, quantity] of [...assets].sort(([a], [b]) => (a < b ? -1 : 1))) {
		const policy = unit.slice(0, 56);
		const names = policies.get(policy) ?? [];
		names.push([dataBytes(fromHex(unit.slice(56))), dataInteger(quantity)]);
		policies.set(policy, names);
	}
	return [...policies].map(([policy, names]) => [dataBytes(fromHex(policy)), mapOf(names)]);
};

const outputData = ({address, lovelace, assets, datum, script}: PlanOutput): PlutusData => {
	const empty = dataBytes(new Uint8Array(0));
	const ada: readonly [PlutusData, PlutusData] = [empty, mapOf([[empty, dataInteger(lovelace)]])];
	return dataConstructor(
		0,
		addressData(address),
		mapOf([ada, ...assetsData(assets ?? new Map())]),
		datum === undefined ? dataConstructor(0) : dataConstructor(2, datum),
		script === undefined ? NOTHING : just(dataBytes(script.hash)),
	);
};

const refData = ({txId, index}: McOutRef): PlutusData =>
	dataConstructor(0, dataBytes(txId), dataInteger(index));
const compareRefs = (a: McOutRef, b: McOutRef): number => compareBytes(a.txId, b.txId) || a.index - b.index;
export const refKey = ({txId, index}: McOutRef): string => `${toHex(txId)}#${index}`;

/** [from, to): a bound that is not given is infinite. */
const rangeData = (fromMs: number | undefined, toMs: number | undefined): PlutusData => {
	const lower = fromMs === undefined ? dataConstructor(0) : dataConstructor(1, dataInteger(fromMs));
	const upper = toMs === undefined ? dataConstructor(2) : dataConstructor(1, dataInteger(toMs));
	return dataConstructor(
		0,
		dataConstructor(0, lower, bool(true)),
		dataConstructor(0, upper, bool(toMs === undefined)),
	);
};

const scriptCredential = (hash: Uint8Array): PlutusData => dataConstructor(1, dataBytes(hash));

/** Every script that the transaction runs, in the ledger's order: spending, minting, rewarding. */
export const scriptRuns = ({plan, utxos}: JudgedTransaction): readonly ScriptRun[] => {
	const byKey = new Map(utxos.map(utxo => [refKey(utxo.ref), utxo]));
	const spends = [...plan.spend]
		.sort((a, b) => compareRefs(a.ref, b.ref))
		.flatMap(({ref, redeemer}): ScriptRun[] => {
			const output = byKey.get(refKey(ref))?.output;
			const owner = output === undefined ? undefined : paymentCredential(output.address);
			if (redeemer === undefined || owner?.kind !== 'script') return [];
			const datum = output?.datum === undefined ? NOTHING : just(output.datum);
			const reference = refData(ref);
			return [
				{
					script: owner.hash,
					redeemer,
					purpose: dataConstructor(1, reference),
					info: dataConstructor(1, reference, datum),
				},
			];
		});
	const policies = new Map(plan.mint.map(({unit, redeemer}) => [unit.slice(0, 56), redeemer]));
	const mints = [...policies].map(([policy, redeemer]): ScriptRun => {
		const info = dataConstructor(0, dataBytes(fromHex(policy)));
		return {script: fromHex(policy) as Hash28, redeemer, purpose: info, info};
	});
	const judges = plan.judge.map(({script, redeemer}): ScriptRun => {
		const info = dataConstructor(2, scriptCredential(script));
		return {script, redeemer, purpose: info, info};
	});
	return [...spends, ...mints, ...judges];
};

const transactionData = (transaction: JudgedTransaction): PlutusData => {
	const {plan, utxos, certificates = []} = transaction;
	const byKey = new Map(utxos.map(utxo => [refKey(utxo.ref), utxo]));
	const inputs = (refs: readonly McOutRef[]): PlutusData =>
		dataList(
			[...refs].sort(compareRefs).map(ref => {
				const utxo = byKey.get(refKey(ref));
				if (utxo === undefined) throw new TypeError(`no such output: ${refKey(ref)}`);
				return dataConstructor(0, refData(ref), outputData(utxo.output));
			}),
		);
	const minted = new Map(plan.mint.map(({unit, quantity}) => [unit, quantity]));
	const runs = scriptRuns(transaction);
	return dataConstructor(
		0,
		inputs(plan.spend.map(({ref}) => ref)),
		inputs(plan.read),
		dataList(plan.outputs.map(outputData)),
		dataInteger(300_000),
		mapOf(assetsData(minted)),
		dataList(certificates),
		mapOf(plan.judge.map(({script}) => [scriptCredential(script), dataInteger(0)])),
		rangeData(plan.validFromMs, plan.validToMs),
		dataList(plan.signers.map(dataBytes)),
		mapOf(runs.map(({purpose, redeemer}) => [purpose, redeemer])),
		mapOf([]),
		dataBytes(crypto.blake2b256(encodePlutusData(dataList(plan.outputs.map(outputData))))),
		mapOf([]),
		dataList([]),
		NOTHING,
		NOTHING,
	);
};

/** What the script is applied to, in CBOR. */
export const contextOf = (
	transaction: JudgedTransaction,
	run: Pick<ScriptRun, 'redeemer' | 'info'>,
): Uint8Array => encodePlutusData(dataConstructor(0, transactionData(transaction), run.redeemer, run.info));
