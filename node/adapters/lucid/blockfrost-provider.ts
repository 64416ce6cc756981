/** What the SDK asks while it builds a transaction, answered by Blockfrost within its limits. */
import type {Credential, OutRef, ProtocolParameters, Provider, Script, UTxO} from '@lucid-evolution/lucid';
import {encodeBech32} from '#kernel/bech32';
import {fromHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {isJson, type Json} from '../blockfrost-forms.ts';
import {type BlockfrostHttp, createBlockfrostHttp} from '../blockfrost-http.ts';
import type {BlockfrostPlace} from '../cardano-index.ts';
import type {AskJson} from '../patient-json.ts';

type LucidModule = typeof import('@lucid-evolution/lucid');

const HEX = /^(?:[0-9a-f]{2})*$/;
const LANGUAGES: Readonly<Record<string, 'PlutusV1' | 'PlutusV2' | 'PlutusV3'>> = {
	plutusV1: 'PlutusV1',
	plutusV2: 'PlutusV2',
	plutusV3: 'PlutusV3',
};

class BlockfrostProvider implements Provider {
	readonly #module: LucidModule;
	readonly #http: BlockfrostHttp;
	/** The same few scripts lie beside every transaction of ours. */
	readonly #scripts = new Map<string, Promise<Script | undefined>>();

	constructor(module: LucidModule, http: BlockfrostHttp) {
		this.#module = module;
		this.#http = http;
	}

	async getProtocolParameters(): Promise<ProtocolParameters> {
		const path = '/epochs/latest/parameters';
		const json = this.#object(path, await this.#http.get(path, undefined));
		const number = (name: string): number => {
			const value = json[name];
			const text =
				typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? value : 'none';
			if (!Number.isFinite(Number(text))) throw this.#invalid(path, name);
			return Number(text);
		};
		const whole = (name: string): bigint => {
			if (!Number.isSafeInteger(number(name))) throw this.#invalid(path, name);
			return BigInt(number(name));
		};
		return {
			minFeeA: number('min_fee_a'),
			minFeeB: number('min_fee_b'),
			maxTxSize: number('max_tx_size'),
			maxValSize: number('max_val_size'),
			keyDeposit: whole('key_deposit'),
			poolDeposit: whole('pool_deposit'),
			drepDeposit: whole('drep_deposit'),
			govActionDeposit: whole('gov_action_deposit'),
			priceMem: number('price_mem'),
			priceStep: number('price_step'),
			maxTxExMem: whole('max_tx_ex_mem'),
			maxTxExSteps: whole('max_tx_ex_steps'),
			coinsPerUtxoByte: whole('coins_per_utxo_size'),
			collateralPercentage: number('collateral_percent'),
			maxCollateralInputs: number('max_collateral_inputs'),
			minFeeRefScriptCostPerByte: number('min_fee_ref_script_cost_per_byte'),
			costModels: this.#costModels(path, json['cost_models_raw']),
		};
	}

	getUtxos(where: string | Credential): Promise<UTxO[]> {
		return this.#unspent(`/addresses/${placeOf(where)}/utxos`);
	}

	getUtxosWithUnit(where: string | Credential, unit: string): Promise<UTxO[]> {
		return this.#unspent(`/addresses/${placeOf(where)}/utxos/${unit}`);
	}

	async getUtxoByUnit(unit: string): Promise<UTxO> {
		const path = `/assets/${unit}/addresses`;
		const [holder] = await this.#http.pages(path, '', undefined);
		const address = isJson(holder) ? holder['address'] : undefined;
		const [utxo] = typeof address === 'string' ? await this.getUtxosWithUnit(address, unit) : [];
		if (utxo === undefined) throw this.#invalid(path, 'nobody holds it');
		return utxo;
	}

	async getUtxosByOutRef(references: OutRef[]): Promise<UTxO[]> {
		const ids = [...new Set(references.map(({txHash}) => txHash))];
		const found = await Promise.all(ids.map(id => this.#outputsOf(id)));
		const wanted = new Set(references.map(({txHash, outputIndex}) => `${txHash}#${outputIndex}`));
		return found.flat().filter(({txHash, outputIndex}) => wanted.has(`${txHash}#${outputIndex}`));
	}

	async getDelegation(rewardAddress: string): Promise<{poolId: string | null; rewards: bigint}> {
		const json = await this.#http.get(`/accounts/${rewardAddress}`, undefined);
		const rewards = isJson(json) ? json['withdrawable_amount'] : undefined;
		return {
			poolId: null,
			rewards: typeof rewards === 'string' && /^\d+$/.test(rewards) ? BigInt(rewards) : 0n,
		};
	}

	async getDatum(hash: string): Promise<string> {
		const path = `/scripts/datum/${hash}/cbor`;
		const {cbor} = this.#object(path, await this.#http.get(path, undefined));
		if (typeof cbor !== 'string' || !HEX.test(cbor)) throw this.#invalid(path, 'no datum');
		return cbor;
	}

	/** Transactions are submitted, waited for and evaluated elsewhere. */
	awaitTx(): Promise<boolean> {
		return Promise.reject(this.#invalid('/txs', 'not asked here'));
	}
	submitTx(): Promise<string> {
		return Promise.reject(this.#invalid('/tx/submit', 'not asked here'));
	}
	evaluateTx(): Promise<never> {
		return Promise.reject(this.#invalid('/utils/txs/evaluate', 'not asked here'));
	}

	async #outputsOf(id: string): Promise<UTxO[]> {
		const path = `/txs/${id}/utxos`;
		const json = await this.#http.get(path, undefined);
		if (json === undefined) return [];
		const {outputs} = this.#object(path, json);
		if (!Array.isArray(outputs)) throw this.#invalid(path, 'no outputs');
		const rows = outputs.filter(row => !isJson(row) || typeof row['consumed_by_tx'] !== 'string');
		return Promise.all(rows.map(row => this.#utxo(path, row, id)));
	}

	async #unspent(path: string): Promise<UTxO[]> {
		const rows = await this.#http.pages(path, '', undefined);
		return Promise.all(rows.map(row => this.#utxo(path, row)));
	}

	async #utxo(path: string, value: unknown, id?: string): Promise<UTxO> {
		const row = this.#object(path, value);
		const {address, inline_datum: datum, data_hash: datumHash, reference_script_hash: scriptHash} = row;
		const [txHash, outputIndex] = [id ?? row['tx_hash'], row['output_index']];
		if (typeof txHash !== 'string' || typeof address !== 'string' || !Number.isSafeInteger(outputIndex))
			throw this.#invalid(path, 'no output');
		const script = typeof scriptHash === 'string' ? await this.#script(scriptHash) : undefined;
		return {
			txHash,
			outputIndex: outputIndex as number,
			address,
			assets: this.#assets(path, row['amount']),
			...(typeof datum === 'string' ? {datum} : {}),
			...(typeof datum !== 'string' && typeof datumHash === 'string' ? {datumHash} : {}),
			...(script === undefined ? {} : {scriptRef: script}),
		};
	}

	#assets(path: string, amount: unknown): Record<string, bigint> {
		if (!Array.isArray(amount)) throw this.#invalid(path, 'no amount');
		return Object.fromEntries(
			amount.map(entry => {
				const {unit, quantity} = this.#object(path, entry);
				if (typeof unit !== 'string' || typeof quantity !== 'string' || !/^\d{1,20}$/.test(quantity))
					throw this.#invalid(path, 'no amount');
				return [unit, BigInt(quantity)];
			}),
		);
	}

	#script(hash: string): Promise<Script | undefined> {
		const known = this.#scripts.get(hash) ?? this.#fetchScript(hash);
		this.#scripts.set(hash, known);
		return known;
	}

	/** Native scripts beside outputs are of no use to us. */
	async #fetchScript(hash: string): Promise<Script | undefined> {
		const path = `/scripts/${hash}`;
		const type = LANGUAGES[String(this.#object(path, await this.#http.get(path, undefined))['type'])];
		if (type === undefined) return undefined;
		const {cbor} = this.#object(path, await this.#http.get(`${path}/cbor`, undefined));
		if (typeof cbor !== 'string' || !HEX.test(cbor)) throw this.#invalid(path, 'no script');
		return {type, script: this.#module.applyDoubleCborEncoding(cbor)};
	}

	#costModels(path: string, value: unknown): ProtocolParameters['costModels'] {
		const json = this.#object(path, value);
		const model = (name: string): number[] => {
			const list = json[name];
			if (!Array.isArray(list) || !list.every(Number.isSafeInteger)) throw this.#invalid(path, name);
			return list as number[];
		};
		return {PlutusV1: model('PlutusV1'), PlutusV2: model('PlutusV2'), PlutusV3: model('PlutusV3')};
	}

	#object(path: string, value: unknown): Json {
		if (isJson(value)) return value;
		throw this.#invalid(path, 'no object');
	}

	#invalid(path: string, problem: string): NodeError {
		const {url} = this.#http;
		return new NodeError({
			code: 'MAIN_CHAIN_ANSWER_INVALID',
			message: `${url} does not answer as Blockfrost does: check its address.`,
			url: url + path,
			problem,
		});
	}
}

/** Keys' and scripts' payment credentials are asked for under the same prefix. */
const placeOf = (where: string | Credential): string =>
	typeof where === 'string' ? where : encodeBech32('addr_vkh', fromHex(where.hash));

export const createBlockfrostProvider = (
	module: LucidModule,
	place: BlockfrostPlace,
	ask?: AskJson,
): Provider => new BlockfrostProvider(module, createBlockfrostHttp(place, ask));
