/**
 * Blockfrost (its public interface, version 0) in the place of a Kupo: the same questions, more requests. It lists the
 * transactions of an address or asset, so outputs that are spent are found through these.
 */

import {encodeBech32} from '#kernel/bech32';
import {fromHex, toHex} from '#kernel/bytes';
import type {McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {parseAddress} from '#onchain/cardano/address';
import {
	type Block,
	blockOf,
	countOf,
	isJson,
	isPaidTo,
	type Output,
	outputOf,
	type Transaction,
	transactionOf,
} from './blockfrost-forms.ts';
import {type BlockfrostHttp, createBlockfrostHttp} from './blockfrost-http.ts';
import type {KupoClient, KupoMatch} from './kupo-client.ts';
import type {AskJson} from './patient-json.ts';

/** All outputs of a transaction. */
const TRANSACTION = /^\*@([0-9a-f]{64})$/;
const HEX_64 = /^[0-9a-f]{64}$/;
/** Between two blocks, on average (one slot in twenty leads to one). */
const SLOTS_PER_BLOCK = 20;
const PAGE = 100;
/** Guesses until a block is near enough that a page of its neighbours holds the one that is looked for. */
const GUESSES_MAX = 24;
/** Pages of neighbours that are turned over at most. */
const TURNS_MAX = 40;

type Bounds = {readonly after: number; readonly before: number; readonly unspent: boolean};

/** Kupo's bounds: slots, both exclusive. */
const boundsOf = (query: string): Bounds => {
	const given = new URLSearchParams(query);
	const slot = (name: string, otherwise: number): number => Number(given.get(name) ?? otherwise);
	return {
		after: slot('created_after', -1),
		before: slot('created_before', Number.MAX_SAFE_INTEGER),
		unspent: given.has('unspent'),
	};
};

const inOrder = (a: KupoMatch, b: KupoMatch): number =>
	a.createdAt.slot - b.createdAt.slot || a.transactionIndex - b.transactionIndex || a.index - b.index;

class BlockfrostClient implements KupoClient {
	readonly #http: BlockfrostHttp;

	constructor(http: BlockfrostHttp) {
		this.#http = http;
	}

	async checkpoint(slot: number | undefined, signal: AbortSignal | undefined): Promise<McRef | undefined> {
		const latest = await this.#block('latest', signal);
		if (latest === undefined) return undefined;
		const found =
			slot === undefined || slot >= latest.slot ? latest : await this.#before(slot, latest, signal);
		return found && {slot: found.slot, hash: found.hash};
	}

	async matches(
		pattern: string,
		query: string,
		signal: AbortSignal | undefined,
	): Promise<readonly KupoMatch[]> {
		const bounds = boundsOf(query);
		const outputs = bounds.unspent
			? await this.#unspent(pattern, signal)
			: await this.#ever(pattern, bounds, signal);
		const ids = [...new Set(outputs.map(({txId}) => toHex(txId)))];
		const placed = await Promise.all(ids.map(async id => [id, await this.#transaction(id, signal)] as const));
		const places = new Map(placed);
		return outputs
			.flatMap(({address: _, isCollateral, isSpent: _spent, ...output}) => {
				const place = places.get(toHex(output.txId));
				// What a transaction with a failing script announces never came to be, but its collateral's change.
				if (place === undefined || (!bounds.unspent && place.isValid === isCollateral)) return [];
				return [{...output, createdAt: place.createdAt, transactionIndex: place.index}];
			})
			.filter(({createdAt: {slot}}) => slot > bounds.after && slot < bounds.before)
			.sort(inOrder);
	}

	async #block(which: string, signal: AbortSignal | undefined): Promise<Block | undefined> {
		const json = await this.#http.get(`/blocks/${which}`, signal);
		return json === undefined ? undefined : this.#read(`/blocks/${which}`, json, blockOf);
	}

	/** The last block at or before a slot that is before the tip. */
	async #before(slot: number, tip: Block, signal: AbortSignal | undefined): Promise<Block | undefined> {
		let near = tip;
		for (let guess = 0; Math.abs(near.slot - slot) > (PAGE / 4) * SLOTS_PER_BLOCK; guess++) {
			const step = Math.trunc((slot - near.slot) / SLOTS_PER_BLOCK);
			const height = Math.max(0, Math.min(tip.height, near.height + step));
			if (guess === GUESSES_MAX || height === near.height) break;
			const block = await this.#block(String(height), signal);
			if (block === undefined) break;
			near = block;
		}
		return near.slot <= slot ? this.#lastFrom(near, slot, signal) : this.#lastUnder(near, slot, signal);
	}

	async #lastFrom(from: Block, slot: number, signal: AbortSignal | undefined): Promise<Block> {
		let last = from;
		for (let turn = 0; turn < TURNS_MAX; turn++) {
			const next = await this.#neighbours(last, 'next', signal);
			const found = next.findLast(block => block.slot <= slot);
			if (found === undefined) return last;
			last = found;
			if (found !== next.at(-1) || next.length < PAGE) return last;
		}
		throw this.#invalid(`/blocks/${from.height}/next`, 'heights and slots do not fit');
	}

	async #lastUnder(above: Block, slot: number, signal: AbortSignal | undefined): Promise<Block | undefined> {
		let near = above;
		for (let turn = 0; turn < TURNS_MAX; turn++) {
			const previous = await this.#neighbours(near, 'previous', signal);
			const found = previous.findLast(block => block.slot <= slot);
			const [oldest] = previous;
			if (found !== undefined || oldest === undefined) return found;
			near = oldest;
		}
		throw this.#invalid(`/blocks/${above.height}/previous`, 'heights and slots do not fit');
	}

	/** Up to a page of blocks, oldest first. */
	async #neighbours(
		{height}: Block,
		side: 'next' | 'previous',
		signal: AbortSignal | undefined,
	): Promise<readonly Block[]> {
		const path = `/blocks/${height}/${side}`;
		const json = (await this.#http.get(`${path}?count=${PAGE}`, signal)) ?? [];
		return this.#list(path, json, blockOf)
			.filter(block => (side === 'next' ? block.height > height : block.height < height))
			.toSorted((a, b) => a.height - b.height);
	}

	async #transaction(id: string, signal: AbortSignal | undefined): Promise<Transaction | undefined> {
		const json = await this.#http.get(`/txs/${id}`, signal);
		return json === undefined ? undefined : this.#read(`/txs/${id}`, json, transactionOf);
	}

	async #outputs(id: string, signal: AbortSignal | undefined): Promise<readonly Output[]> {
		const path = `/txs/${id}/utxos`;
		const json = await this.#http.get(path, signal);
		return json === undefined
			? []
			: this.#list(path, isJson(json) ? json['outputs'] : undefined, item => outputOf(item, id));
	}

	/** Those outputs that came to be. */
	async #created(id: string, signal: AbortSignal | undefined): Promise<readonly Output[]> {
		const place = await this.#transaction(id, signal);
		return (await this.#outputs(id, signal)).filter(({isCollateral}) => isCollateral !== place?.isValid);
	}

	/** Where outputs are looked for, and which of those that are found there are meant. */
	#place(pattern: string): {readonly path: string; readonly isMeant: (output: Output) => boolean} {
		const script = /^([0-9a-f]{56})\/\*$/.exec(pattern)?.[1];
		if (script !== undefined) {
			// The service takes payment credentials of scripts under this prefix too.
			const credential = encodeBech32('addr_vkh', fromHex(script));
			return {path: `/addresses/${credential}`, isMeant: output => isPaidTo(output, script)};
		}
		const [, policy, name] = /^([0-9a-f]{56})\.([0-9a-f]{0,64})$/.exec(pattern) ?? [];
		if (policy !== undefined) {
			const unit = policy + name;
			return {path: `/assets/${unit}`, isMeant: ({units}) => units.has(unit)};
		}
		return {path: `/addresses/${pattern}`, isMeant: ({address}) => address === pattern};
	}

	async #unitsOf(policy: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
		const path = `/assets/policy/${policy}`;
		return this.#list(path, await this.#http.pages(path, '', signal), item => {
			const unit = isJson(item) ? item['asset'] : undefined;
			return typeof unit === 'string' && unit.startsWith(policy) && /^[0-9a-f]+$/.test(unit)
				? unit
				: undefined;
		});
	}

	/** `<policy>.*` as the patterns of its assets; others as they are. */
	async #patterns(pattern: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
		const policy = /^([0-9a-f]{56})\.\*$/.exec(pattern)?.[1];
		if (policy === undefined) return [pattern];
		return (await this.#unitsOf(policy, signal)).map(unit => `${policy}.${unit.slice(policy.length)}`);
	}

	async #unspent(pattern: string, signal: AbortSignal | undefined): Promise<readonly Output[]> {
		const transaction = TRANSACTION.exec(pattern)?.[1];
		if (transaction !== undefined)
			return (await this.#created(transaction, signal)).filter(({isSpent}) => !isSpent);
		const found = await Promise.all(
			(await this.#patterns(pattern, signal)).map(async each => {
				const {path, isMeant} = this.#place(each);
				const paths = path.startsWith('/assets/') ? await this.#holders(path, signal) : [`${path}/utxos`];
				const pages = await Promise.all(
					paths.map(async one =>
						this.#list(one, await this.#http.pages(one, '', signal), item => outputOf(item)),
					),
				);
				return pages.flat().filter(isMeant);
			}),
		);
		return unique(found.flat());
	}

	/** Where the unspent outputs are listed that hold an asset. */
	async #holders(path: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
		const unit = path.slice('/assets/'.length);
		const list = `${path}/addresses`;
		return this.#list(list, await this.#http.pages(list, '', signal), item => {
			const address = isJson(item) ? item['address'] : undefined;
			return typeof address === 'string' && parseAddress(address).ok
				? `/addresses/${address}/utxos/${unit}`
				: undefined;
		});
	}

	async #ever(pattern: string, bounds: Bounds, signal: AbortSignal | undefined): Promise<readonly Output[]> {
		const transaction = TRANSACTION.exec(pattern)?.[1];
		if (transaction !== undefined) return this.#outputs(transaction, signal);
		const range = await this.#range(bounds, signal);
		const found = await Promise.all(
			(await this.#patterns(pattern, signal)).map(async each => {
				const {path, isMeant} = this.#place(each);
				const list = `${path}/transactions`;
				const ids = this.#list(list, await this.#http.pages(list, '', signal), item => {
					const [id, height] = isJson(item) ? [item['tx_hash'], countOf(item['block_height'])] : [];
					if (typeof id !== 'string' || !HEX_64.test(id) || height === undefined) return undefined;
					return {id, isWithin: height >= range.from && height <= range.to};
				});
				const wanted = ids.filter(({isWithin}) => isWithin);
				const outputs = await Promise.all(wanted.map(({id}) => this.#outputs(id, signal)));
				return outputs.flat().filter(isMeant);
			}),
		);
		return unique(found.flat());
	}

	/** Heights that hold the slots of the bounds; the slots themselves are looked at later. */
	async #range(
		{after, before}: Bounds,
		signal: AbortSignal | undefined,
	): Promise<{readonly from: number; readonly to: number}> {
		const everything = {from: 0, to: Number.MAX_SAFE_INTEGER};
		const latest = await this.#block('latest', signal);
		if (latest === undefined || (after < 0 && before > latest.slot)) return everything;
		const heightAt = async (slot: number): Promise<number | undefined> =>
			slot >= latest.slot ? latest.height : (await this.#before(slot, latest, signal))?.height;
		const from = after < 0 ? 0 : ((await heightAt(after)) ?? 0);
		return {from, to: before > latest.slot ? everything.to : ((await heightAt(before)) ?? 0)};
	}

	#read<T>(path: string, json: unknown, form: (value: unknown) => T | undefined): T {
		const value = form(json);
		if (value !== undefined) return value;
		throw this.#invalid(path, 'another form');
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

	#list<T>(path: string, json: unknown, form: (value: unknown) => T | undefined): readonly T[] {
		const items = this.#read(path, json, value => (Array.isArray(value) ? (value as unknown[]) : undefined));
		return items.map(item => this.#read(path, item, form));
	}
}

/** Each output once: one may hold several assets of a policy. */
const unique = (outputs: readonly Output[]): readonly Output[] => [
	...new Map(outputs.map(output => [`${toHex(output.txId)}#${output.index}`, output])).values(),
];

/** `url` such as https://cardano-preprod.blockfrost.io/api/v0. */
export const createBlockfrostClient = (
	{url, projectId}: {readonly url: string; readonly projectId: string},
	ask?: AskJson,
): KupoClient => new BlockfrostClient(createBlockfrostHttp({url, projectId}, ask));
