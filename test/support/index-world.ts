/** A small Cardano, and how a Kupo and Blockfrost tell of it, made by hand from their public documentation. */

import {encodeBech32} from '#kernel/bech32';
import {concat, fromHex, toHex, u64be} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import type {KupoMatch} from '#node/adapters/kupo-client';
import {addressText, enterpriseAddress} from '#onchain/cardano/address';
import {depositDatum} from '#onchain/data/money-data';
import {type Answer, json} from './scripted-kupo.ts';

export type WorldOutput = {
	readonly address: string;
	readonly lovelace: bigint;
	readonly units?: readonly string[];
	readonly datum?: Uint8Array;
	readonly isSpent?: boolean;
	/** The change of a collateral: it comes to be only when a script fails. */
	readonly isCollateral?: boolean;
};

export type WorldTransaction = {
	readonly height: number;
	readonly index: number;
	/** False when a script of it failed. */
	readonly isValid?: boolean;
	readonly outputs: readonly WorldOutput[];
};

export type IndexWorld = {
	readonly blocks: readonly McRef[];
	readonly transactions: readonly WorldTransaction[];
};

const hashOf = (kind: number, number: number): Hash32 =>
	Hash32(concat(new Uint8Array(24).fill(kind), u64be(BigInt(number))));

export const transactionId = ({height, index}: WorldTransaction): Hash32 =>
	hashOf(0xee, height * 100 + index);

/** One block in about twenty slots; heights begin at 1. */
export const makeBlocks = (count: number): readonly McRef[] =>
	Array.from({length: count}, (_, place) => ({
		slot: 20 * place + ((place * 7) % 13) + 40,
		hash: hashOf(0xbb, place + 1),
	}));

const blockAt = ({blocks}: IndexWorld, height: number): McRef => blocks[height - 1] as McRef;

export type Placed = {readonly match: KupoMatch; readonly output: WorldOutput};

const makeOutputs = (world: IndexWorld): readonly Placed[] =>
	world.transactions.flatMap(transaction =>
		transaction.outputs.flatMap((output, index) =>
			(output.isCollateral === true) === (transaction.isValid === false)
				? [
						{
							output,
							match: {
								txId: transactionId(transaction),
								index,
								transactionIndex: transaction.index,
								createdAt: blockAt(world, transaction.height),
								lovelace: output.lovelace,
								units: new Map((output.units ?? []).map(unit => [unit, 1n])),
								datum: output.datum,
							},
						},
					]
				: [],
		),
	);

const known = new WeakMap<IndexWorld, readonly Placed[]>();

/** All outputs that ever came to be, in the order of the chain. */
export const outputsOf = (world: IndexWorld): readonly Placed[] => {
	const outputs = known.get(world) ?? makeOutputs(world);
	known.set(world, outputs);
	return outputs;
};

export const scriptAddress = (hash: string): string =>
	addressText(enterpriseAddress('testnet', {kind: 'script', hash: Hash28(fromHex(hash))}));
export const keyAddress = (byte: number): string =>
	addressText(enterpriseAddress('testnet', {kind: 'key', hash: Hash28(new Uint8Array(28).fill(byte))}));

/** Whether a pattern of Kupo's means an output. */
export const isMeant = (pattern: string, {match, output}: Placed): boolean => {
	if (pattern.startsWith('*@')) return pattern.slice(2) === toHex(match.txId);
	if (pattern.endsWith('/*')) return output.address === scriptAddress(pattern.slice(0, 56));
	const [policy = '', name] = pattern.split('.');
	if (name === undefined) return output.address === pattern;
	return [...match.units.keys()].some(unit =>
		name === '*' ? unit.startsWith(policy) : unit === policy + name,
	);
};

const notFound: Answer = json(
	{status_code: 404, error: 'Not Found', message: 'The requested component has not been found.'},
	404,
);

/** Kupo 2.x. */
export const kupoOf =
	(world: IndexWorld): Answer =>
	(request, response) => {
		const url = new URL(request.url ?? '', 'http://kupo');
		const [, route, ...rest] = decodeURIComponent(url.pathname).split('/');
		const point = ({slot, hash}: McRef) => ({slot_no: slot, header_hash: toHex(hash)});
		if (route === 'checkpoints') {
			const [slot] = rest;
			if (slot === undefined) return json(world.blocks.toReversed().map(point))(request, response);
			const found = world.blocks.findLast(block => block.slot <= Number(slot));
			return json(found === undefined ? null : point(found))(request, response);
		}
		const query = url.searchParams;
		const found = outputsOf(world).filter(placed => {
			const {slot} = placed.match.createdAt;
			if (!isMeant(rest.join('/'), placed)) return false;
			if (query.has('unspent') && placed.output.isSpent === true) return false;
			return (
				slot > Number(query.get('created_after') ?? -1) &&
				slot < Number(query.get('created_before') ?? Number.MAX_SAFE_INTEGER)
			);
		});
		return json(
			found.map(({match, output}) => ({
				transaction_index: match.transactionIndex,
				transaction_id: toHex(match.txId),
				output_index: match.index,
				address: output.address,
				value: {
					coins: Number(match.lovelace),
					assets: Object.fromEntries(
						[...match.units.keys()].map(unit => [
							unit.length === 56 ? unit : `${unit.slice(0, 56)}.${unit.slice(56)}`,
							1,
						]),
					),
				},
				...(match.datum === undefined
					? {datum_hash: null}
					: {datum_hash: 'aa'.repeat(32), datum_type: 'inline', datum: toHex(match.datum)}),
				created_at: point(match.createdAt),
				spent_at: null,
			})),
		)(request, response);
	};

const amountOf = ({lovelace, units = []}: WorldOutput) => [
	{unit: 'lovelace', quantity: String(lovelace)},
	...units.map(unit => ({unit, quantity: '1'})),
];

const rowOf = (output: WorldOutput, index: number) => ({
	address: output.address,
	amount: amountOf(output),
	output_index: index,
	data_hash: output.datum === undefined ? null : 'aa'.repeat(32),
	inline_datum: output.datum === undefined ? null : toHex(output.datum),
	reference_script_hash: null,
});

const blockJson = (world: IndexWorld, height: number) => {
	const block = world.blocks[height - 1];
	return block && {time: 1, height, hash: toHex(block.hash), slot: block.slot, epoch: 1, tx_count: 0};
};

const blocksJson = (world: IndexWorld, [which = '', side]: readonly string[]): unknown => {
	const height = which === 'latest' ? world.blocks.length : Number(which);
	const one = blockJson(world, height);
	if (one === undefined || side === undefined) return one;
	const from = side === 'next' ? height + 1 : Math.max(1, height - 100);
	const to = side === 'next' ? height + 100 : height - 1;
	return world.blocks.flatMap((_, place) =>
		place + 1 >= from && place + 1 <= to ? [blockJson(world, place + 1)] : [],
	);
};

const transactionJson = (world: IndexWorld, [id, part]: readonly string[]): unknown => {
	const found = world.transactions.find(transaction => toHex(transactionId(transaction)) === id);
	if (found === undefined) return undefined;
	const block = blockAt(world, found.height);
	if (part === undefined)
		return {
			hash: id,
			block: toHex(block.hash),
			block_height: found.height,
			slot: block.slot,
			index: found.index,
			valid_contract: found.isValid !== false,
		};
	const outputs = found.outputs.map((output, index) => ({
		...rowOf(output, index),
		collateral: output.isCollateral === true,
		consumed_by_tx: output.isSpent === true ? 'ff'.repeat(32) : null,
	}));
	return {hash: id, inputs: [], outputs};
};

const historyOf = (world: IndexWorld, placed: readonly Placed[]): unknown => {
	const ids = new Set(placed.map(({match}) => toHex(match.txId)));
	return world.transactions
		.filter(transaction => ids.has(toHex(transactionId(transaction))))
		.map(transaction => ({
			tx_hash: toHex(transactionId(transaction)),
			tx_index: transaction.index,
			block_height: transaction.height,
			block_time: 1,
		}));
};

const addressJson = (world: IndexWorld, [address = '', part, unit]: readonly string[]): unknown => {
	const asked = credentials().get(address) ?? address;
	const own = outputsOf(world).filter(({output}) => output.address === asked);
	if (own.length === 0) return undefined;
	if (part === 'transactions') return historyOf(world, own);
	return own
		.filter(({output}) => output.isSpent !== true)
		.filter(({match}) => unit === undefined || match.units.has(unit))
		.map(({match, output}) => ({
			...rowOf(output, match.index),
			tx_hash: toHex(match.txId),
			tx_index: match.index,
			block: toHex(match.createdAt.hash),
		}));
};

/** The credentials of scripts under which their addresses are asked for. */
const credentials = (): ReadonlyMap<string, string> =>
	new Map(SCRIPTS.map(hash => [encodeBech32('addr_vkh', fromHex(hash)), scriptAddress(hash)]));

const assetJson = (world: IndexWorld, [unit = '', part = '']: readonly string[]): unknown => {
	const all = outputsOf(world);
	if (unit === 'policy') {
		const units = new Set(
			all.flatMap(({match}) => [...match.units.keys()]).filter(each => each.startsWith(part)),
		);
		return [...units].map(asset => ({asset, quantity: '1'}));
	}
	const own = all.filter(({match}) => match.units.has(unit));
	if (own.length === 0) return undefined;
	if (part === 'transactions') return historyOf(world, own);
	const holders = new Set(
		own.filter(({output}) => output.isSpent !== true).map(({output}) => output.address),
	);
	return [...holders].map(address => ({address, quantity: '1'}));
};

export const PROJECT = 'preprodTest';

/** Blockfrost, version 0. */
export const blockfrostOf =
	(world: IndexWorld): Answer =>
	(request, response) => {
		const url = new URL(request.url ?? '', 'http://blockfrost');
		if (request.headers['project_id'] !== PROJECT)
			return json({status_code: 403, error: 'Forbidden', message: 'Invalid project token.'}, 403)(
				request,
				response,
			);
		const [, , , noun, ...rest] = url.pathname.split('/');
		const answers: Readonly<Record<string, () => unknown>> = {
			blocks: () => blocksJson(world, rest),
			txs: () => transactionJson(world, rest),
			addresses: () => addressJson(world, rest),
			assets: () => assetJson(world, rest),
		};
		const answer = answers[noun ?? '']?.();
		if (answer === undefined) return notFound(request, response);
		const count = Number(url.searchParams.get('count') ?? 100);
		const page = Number(url.searchParams.get('page') ?? 1);
		const paged = Array.isArray(answer) ? answer.slice((page - 1) * count, page * count) : answer;
		return json(paged)(request, response);
	};

export const BRIDGE: string = '0b'.repeat(28);
export const POLICY: string = '1c'.repeat(28);
const SCRIPTS = [BRIDGE, POLICY];
const NFT = `${POLICY}${'ab'.repeat(32)}`;
const OTHER = `${POLICY}${'cd'.repeat(4)}`;

/** Deposits beyond a page, tokens that move, spent outputs, and a transaction whose script failed. */
export const WORLD: IndexWorld = {
	blocks: makeBlocks(400),
	transactions: [
		{
			height: 3,
			index: 0,
			outputs: [
				{address: keyAddress(1), lovelace: 5_000_000n, isSpent: true},
				{
					address: scriptAddress(POLICY),
					lovelace: 3_000_000n,
					units: [NFT],
					datum: Uint8Array.of(1),
					isSpent: true,
				},
			],
		},
		{
			height: 3,
			index: 2,
			outputs: [
				{address: scriptAddress(POLICY), lovelace: 3_000_000n, units: [NFT, OTHER], datum: Uint8Array.of(2)},
			],
		},
		{
			height: 4,
			index: 0,
			isValid: false,
			outputs: [
				{address: scriptAddress(BRIDGE), lovelace: 9_000_000n},
				{address: keyAddress(1), lovelace: 4_000_000n, isCollateral: true},
			],
		},
		...Array.from(
			{length: 105},
			(_, place): WorldTransaction => ({
				height: 10 + 3 * place,
				index: place % 3,
				outputs: [
					{
						address: scriptAddress(BRIDGE),
						lovelace: BigInt(2_000_000 + place),
						datum: depositDatum.encode({account: Hash28(new Uint8Array(28).fill(place))}),
						isSpent: place % 2 === 0,
					},
				],
			}),
		),
		{
			height: 390,
			index: 1,
			outputs: Array.from({length: 110}, (_, place) => ({
				address: keyAddress(2),
				lovelace: BigInt(1_000_000 + place),
				isSpent: place % 20 === 0,
			})),
		},
	],
};
