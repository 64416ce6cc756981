/** Blockfrost's interface, version 0, in front of a devnet: what is submitted there is judged by its ledger. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {ExecutionContext} from 'ava';
import {decodeBech32} from '#kernel/bech32';
import {toHex} from '#kernel/bytes';
import {PROTOCOL_PARAMETERS} from '#node/adapters/cardano-devnet/protocol-parameters';
import {PROJECT} from './index-world.ts';
import {serve} from './scripted-kupo.ts';

type Json = Readonly<Record<string, unknown>>;
type Match = {
	readonly transaction_index: number;
	readonly transaction_id: string;
	readonly output_index: number;
	readonly address: string;
	readonly value: {readonly coins: number; readonly assets: Readonly<Record<string, number>>};
	readonly datum_hash: string | null;
	readonly datum?: string | null;
	readonly datum_type?: string;
	readonly script_hash: string | null;
	readonly created_at: {readonly slot_no: number; readonly header_hash: string};
	readonly spent_at: unknown;
};

/** What Blockfrost says of mainnet's parameters: some numbers as such, some as text. */
const parametersJson = (): Json => {
	const models = PROTOCOL_PARAMETERS['plutusCostModels'] as Json;
	return {
		min_fee_a: PROTOCOL_PARAMETERS['minFeeCoefficient'],
		min_fee_b: 155_381,
		max_tx_size: 16_384,
		max_val_size: '5000',
		key_deposit: '2000000',
		pool_deposit: '500000000',
		drep_deposit: '500000000',
		gov_action_deposit: '100000000000',
		price_mem: 0.0577,
		price_step: 0.000_072_1,
		max_tx_ex_mem: '14000000',
		max_tx_ex_steps: '10000000000',
		coins_per_utxo_size: '4310',
		collateral_percent: 150,
		max_collateral_inputs: 3,
		min_fee_ref_script_cost_per_byte: 15,
		cost_models_raw: {
			PlutusV1: models['plutus:v1'],
			PlutusV2: models['plutus:v2'],
			PlutusV3: models['plutus:v3'],
		},
	};
};

const rowOf = (match: Match): Json => ({
	address: match.address,
	tx_hash: match.transaction_id,
	output_index: match.output_index,
	amount: [
		{unit: 'lovelace', quantity: String(match.value.coins)},
		...Object.entries(match.value.assets).map(([unit, quantity]) => ({
			unit: unit.replace('.', ''),
			quantity: String(quantity),
		})),
	],
	block: match.created_at.header_hash,
	data_hash: match.datum_hash,
	inline_datum: match.datum_type === 'inline' ? (match.datum ?? null) : null,
	reference_script_hash: match.script_hash,
	collateral: false,
	consumed_by_tx: match.spent_at === null ? null : 'ff'.repeat(32),
});

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
	const parts: Buffer[] = [];
	for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
	return Buffer.concat(parts);
};

type Reply = readonly [status: number, json: unknown];

const submit = async (devnetUrl: string, cbor: Buffer): Promise<Reply> => {
	const body = {
		jsonrpc: '2.0',
		method: 'submitTransaction',
		params: {transaction: {cbor: cbor.toString('hex')}},
		id: 1,
	};
	const response = await fetch(devnetUrl, {
		method: 'POST',
		body: JSON.stringify(body),
		headers: {'content-type': 'application/json'},
	});
	const {result, error} = (await response.json()) as {
		readonly result?: {readonly transaction: {readonly id: string}};
		readonly error?: {readonly message: string};
	};
	if (result !== undefined) return [200, result.transaction.id];
	return [400, {status_code: 400, error: 'Bad Request', message: error?.message}];
};

const NOT_FOUND: Reply = [404, {status_code: 404, error: 'Not Found'}];
const listOf = (rows: readonly unknown[]): Reply => (rows.length === 0 ? NOT_FOUND : [200, rows]);

/** All blocks of the devnet are of one Cardano epoch. */
const EPOCH = 412;

/** What is staked with pools there: the parts of its delegators, by the pool's id in bech32. */
export type DevnetStakes = Readonly<Record<string, readonly bigint[]>>;

/** The routes by their first word; the others are what follows it. */
const routesOf = (devnetUrl: string, stakes: DevnetStakes) => {
	const ask = async (path: string): Promise<unknown> => (await fetch(devnetUrl + path)).json();
	const matches = async (pattern: string, query: string): Promise<readonly Match[]> =>
		(await ask(`/matches/${pattern}?resolve_hashes&order=oldest_first${query}`)) as readonly Match[];
	const routes: Readonly<Record<string, (...words: readonly string[]) => Promise<Reply>>> = {
		epochs: async (epoch, what, pool = '') => {
			if (what === 'parameters') return [200, parametersJson()];
			const staked = epoch === String(EPOCH) ? (stakes[pool] ?? []) : [];
			return listOf(
				staked.map((amount, index) => ({stake_address: `stake_${index}`, amount: String(amount)})),
			);
		},
		blocks: async () => {
			const [tip] = (await ask('/checkpoints')) as readonly Match['created_at'][];
			return [200, {slot: tip?.slot_no, height: tip?.slot_no, hash: tip?.header_hash, epoch: EPOCH}];
		},
		scripts: async (hash, part) => {
			const {script} = (await ask(`/scripts/${hash}`)) as {readonly script: string};
			return [200, part === 'cbor' ? {cbor: script} : {script_hash: hash, type: 'plutusV3'}];
		},
		addresses: async (address = '', _utxos, unit) => {
			const decoded = address.startsWith('addr_vkh') ? decodeBech32(address) : undefined;
			const pattern = decoded?.ok ? `${toHex(decoded.value.bytes)}/*` : address;
			const rows = (await matches(pattern, '&unspent')).map(rowOf);
			const has = (row: Json): boolean =>
				(row['amount'] as readonly Json[]).some(each => each['unit'] === unit);
			return listOf(unit === undefined ? rows : rows.filter(has));
		},
		assets: async (unit = '') => {
			const found = await matches(`${unit.slice(0, 56)}.${unit.slice(56)}`, '&unspent');
			const holders = new Set(found.map(({address}) => address));
			return listOf([...holders].map(address => ({address, quantity: '1'})));
		},
		txs: async (hash, part) => {
			const outputs = await matches(`*@${hash}`, '');
			const [one] = outputs;
			if (one === undefined) return NOT_FOUND;
			if (part === 'utxos') return [200, {hash, inputs: [], outputs: outputs.map(rowOf)}];
			const {slot_no: slot, header_hash: block} = one.created_at;
			return [200, {hash, block, slot, index: one.transaction_index, valid_contract: true}];
		},
	};
	return routes;
};

const answer = async (devnetUrl: string, stakes: DevnetStakes, request: IncomingMessage): Promise<Reply> => {
	const {pathname} = new URL(request.url ?? '', 'http://blockfrost');
	const [, , , noun = '', ...words] = pathname.split('/');
	if (noun === 'tx') return submit(devnetUrl, await bodyOf(request));
	return routesOf(devnetUrl, stakes)[noun]?.(...words) ?? NOT_FOUND;
};

/** Its address, with a project; every so many-th question is answered with "too many". */
export const blockfrostOverDevnet = async (
	t: ExecutionContext,
	devnetUrl: string,
	busyEvery: number,
	stakes: DevnetStakes = {},
): Promise<{readonly url: string; readonly asked: () => number}> => {
	let asked = 0;
	const reply = async (request: IncomingMessage): Promise<Reply> => {
		if (request.headers['project_id'] !== PROJECT) return [403, {status_code: 403, error: 'Forbidden'}];
		if (++asked % busyEvery === 0) return [429, {status_code: 429, error: 'Project Over Limit'}];
		return answer(devnetUrl, stakes, request);
	};
	const url = new URL(
		`${await serve(t, (request: IncomingMessage, response: ServerResponse) => {
			void reply(request).then(([status, json]) => {
				response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(json));
			});
		})}api/v0`,
	);
	url.username = PROJECT;
	return {url: url.href, asked: () => asked};
};
