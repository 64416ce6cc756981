/** Kupo's HTTP API (v2), as far as wallets and followers use it: /matches, /checkpoints, /datums, /scripts. */
import {parseHex, toHex} from '#kernel/bytes';
import type {McRef} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {addressText, parseAddress, paymentCredential, stakeCredential} from '#onchain/cardano/address';
import type {ChainOutput, DevnetChain} from './devnet-chain.ts';

export type KupoFailure = {readonly code: 'KUPO_BAD_PATTERN' | 'KUPO_BAD_QUERY'; readonly hint: string};

type Filter = (output: ChainOutput) => boolean;

const badPattern = (): Result<never, KupoFailure> =>
	err({
		code: 'KUPO_BAD_PATTERN',
		hint: 'an address, credential/*, */credential, policy.name, index@transaction',
	});

const isHash28 = (text: string): boolean => /^[0-9a-f]{56}$/.test(text);

const assetFilter = (policy: string, name: string | undefined): Filter => {
	if (name !== undefined) return ({output}) => output.value.assets.has(policy + name);
	return ({output}) => [...output.value.assets.keys()].some(unit => unit.startsWith(policy));
};

const credentialFilter = (payment: string, stake: string): Result<Filter, KupoFailure> => {
	if (![payment, stake].every(part => part === '*' || isHash28(part))) return badPattern();
	return ok(({output}) => {
		const paid = paymentCredential(output.address)?.hash;
		const staked = stakeCredential(output.address)?.hash;
		const matches = (wanted: string, hash: Uint8Array | undefined) =>
			wanted === '*' || (hash !== undefined && toHex(hash) === wanted);
		return matches(payment, paid) && matches(stake, staked);
	});
};

const transactionFilter = (index: string, txId: string): Result<Filter, KupoFailure> => {
	const id = parseHex(txId);
	if (id?.length !== 32 || !/^(?:\*|\d{1,5})$/.test(index)) return badPattern();
	return ok(output => toHex(output.txId) === txId && (index === '*' || output.index === Number(index)));
};

const addressFilter = (text: string): Result<Filter, KupoFailure> => {
	const parsed = parseAddress(text);
	const bytes = parsed.ok ? parsed.value : parseHex(text);
	if (bytes === undefined || bytes.length < 29 || bytes.length > 200) return badPattern();
	const wanted = toHex(bytes);
	return ok(({output}) => toHex(output.address) === wanted);
};

const patternFilter = (pattern: string): Result<Filter, KupoFailure> => {
	if (pattern === '*') return ok(() => true);
	const [left = '', right = '', ...more] = pattern.split(/[@./]/);
	if (more.length > 0) return badPattern();
	if (pattern.includes('@')) return transactionFilter(left, right);
	if (pattern.includes('/')) return credentialFilter(left, right);
	if (!pattern.includes('.')) return addressFilter(pattern);
	if (!isHash28(left) || !/^(?:\*|(?:[0-9a-f]{2}){0,32})$/.test(right)) return badPattern();
	return ok(assetFilter(left, right === '*' ? undefined : right));
};

/** A slot, or a slot and the hash of a block that must be on the chain. */
const slotOf = (chain: DevnetChain, text: string): number | undefined => {
	const parts = /^(\d{1,15})(?:\.([0-9a-f]{64}))?$/.exec(text);
	if (parts?.[1] === undefined) return undefined;
	const slot = Number(parts[1]);
	const block = chain.blockOf(slot);
	return parts[2] === undefined || (block.slot === slot && toHex(block.hash) === parts[2]) ? slot : undefined;
};

const BOUNDS: Readonly<Record<string, (slot: number) => Filter>> = {
	created_after: slot => output => output.createdAt.slot > slot,
	created_before: slot => output => output.createdAt.slot < slot,
	spent_after: slot => output => output.spentAt !== undefined && output.spentAt.slot > slot,
	spent_before: slot => output => output.spentAt !== undefined && output.spentAt.slot < slot,
};

const queryFilters = (chain: DevnetChain, query: URLSearchParams): Result<readonly Filter[], KupoFailure> => {
	const filters: Filter[] = [];
	if (query.has('unspent')) filters.push(output => output.spentAt === undefined);
	if (query.has('spent')) filters.push(output => output.spentAt !== undefined);
	const policy = query.get('policy_id');
	if (policy !== null) filters.push(assetFilter(policy, query.get('asset_name') ?? undefined));
	for (const [name, bound] of Object.entries(BOUNDS)) {
		const text = query.get(name);
		if (text === null) continue;
		const slot = slotOf(chain, text);
		if (slot === undefined) return err({code: 'KUPO_BAD_QUERY', hint: `${name} wants a slot of this chain`});
		filters.push(bound(slot));
	}
	return ok(filters);
};

const pointJson = ({slot, hash}: McRef) => ({slot_no: slot, header_hash: toHex(hash)});

const scriptJson = (chain: DevnetChain, hash: string | null): unknown => {
	const script = hash === null ? undefined : chain.script(hash);
	return script === undefined ? null : {language: script.language, script: toHex(script.bytes)};
};

const datumJson = (chain: DevnetChain, hash: string | null): string | null => {
	const datum = hash === null ? undefined : chain.datum(hash);
	return datum === undefined ? null : toHex(datum);
};

const matchJson = (chain: DevnetChain, found: ChainOutput, resolve: boolean): unknown => {
	const {output} = found;
	const datumHash = chain.datumHash(output);
	const datum = datumHash === undefined ? null : toHex(datumHash);
	const script = output.script === undefined ? null : chain.scriptHash(output.script);
	return {
		transaction_index: found.transactionIndex,
		transaction_id: toHex(found.txId),
		output_index: found.index,
		address: addressText(output.address),
		value: {
			coins: output.value.lovelace,
			assets: Object.fromEntries(
				[...output.value.assets].map(([unit, quantity]) => [
					unit.length > 56 ? `${unit.slice(0, 56)}.${unit.slice(56)}` : unit,
					quantity,
				]),
			),
		},
		datum_hash: datum,
		...(datum === null ? {} : {datum_type: output.datum.kind}),
		script_hash: script,
		created_at: pointJson(found.createdAt),
		spent_at: found.spentAt === undefined ? null : pointJson(found.spentAt),
		...(resolve ? {datum: datumJson(chain, datum), script: scriptJson(chain, script)} : {}),
	};
};

const byPosition = (a: ChainOutput, b: ChainOutput): number =>
	a.createdAt.slot - b.createdAt.slot || a.transactionIndex - b.transactionIndex || a.index - b.index;

/** Outputs that match a pattern, most recent first unless `order=oldest_first`. */
export const kupoMatches = (
	chain: DevnetChain,
	pattern: string,
	query: URLSearchParams,
): Result<unknown, KupoFailure> => {
	const matches = patternFilter(pattern);
	if (!matches.ok) return matches;
	const filters = queryFilters(chain, query);
	if (!filters.ok) return filters;
	const found: ChainOutput[] = [];
	for (const output of chain.outputs())
		if (matches.value(output) && filters.value.every(filter => filter(output))) found.push(output);
	found.sort(byPosition);
	if (query.get('order') !== 'oldest_first') found.reverse();
	const resolve = query.has('resolve_hashes');
	return ok(found.map(output => matchJson(chain, output, resolve)));
};

/** The last blocks, then ever sparser ones down to the first. */
export const kupoCheckpoints = (chain: DevnetChain): unknown => {
	const points: unknown[] = [];
	for (let slot = chain.tip.slot, step = 1; slot > 0; slot -= step) {
		points.push(pointJson(chain.blockOf(slot)));
		if (points.length > 10) step *= 2;
	}
	return [...points, pointJson(chain.blockOf(0))];
};

/** The block of that slot, or with `strict` absent the last one before it. */
export const kupoCheckpoint = (chain: DevnetChain, slotText: string, strict: boolean): unknown => {
	if (!/^\d{1,15}$/.test(slotText)) return undefined;
	const block = chain.blockOf(Number(slotText));
	return strict && block.slot !== Number(slotText) ? null : pointJson(block);
};

export const kupoDatum = (chain: DevnetChain, hash: string): unknown => {
	const datum = datumJson(chain, hash);
	return datum === null ? null : {datum};
};

export const kupoScript: (chain: DevnetChain, hash: string) => unknown = scriptJson;
