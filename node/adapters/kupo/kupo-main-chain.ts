/** Cardano as Kupo indexes it (its own deployment or the devnet's): blocks by slot, and what our contracts did. */
import {z} from 'zod';
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import type {MainChain, MainChainOptions} from '#node/ports/main-chain';
import {decodePlutusData, type PlutusData} from '#onchain/cardano/plutus-data';
import {badAnswer, type KupoMatch, kupoGet, kupoMatch, kupoPoint, pointOf} from './kupo-http.ts';

export type KupoOptions = {
	/** Such as http://127.0.0.1:1442. */
	readonly kupoUrl: string;
	readonly bridgeScriptHash: Hash28;
	readonly registryPolicy: Hash28;
	readonly checkpointScriptHash: Hash28;
};

type Placed = {readonly match: KupoMatch; readonly event: MainChainEvent};

const matches = z.array(kupoMatch);

const fieldsOf = (match: KupoMatch, tag: number): readonly PlutusData[] | undefined => {
	if (match.datum === null || match.datum === undefined) return undefined;
	const decoded = decodePlutusData(fromHex(match.datum));
	return decoded.ok && decoded.value.kind === 'constructor' && decoded.value.tag === tag
		? decoded.value.fields
		: undefined;
};

const bytesField = (field: PlutusData | undefined, length: number): Uint8Array | undefined =>
	field?.kind === 'bytes' && field.bytes.length === length ? field.bytes : undefined;

const outRefOf = (match: KupoMatch) => ({
	txId: Hash32(fromHex(match.transaction_id)),
	index: match.output_index,
});

/** Bridge datum Constr 0 [account]; anything else in the bridge is backing, change or a gift (docs/ONCHAIN.md). */
const depositOf = (match: KupoMatch): MainChainEvent | undefined => {
	const fields = fieldsOf(match, 0);
	const account = fields?.length === 1 ? bytesField(fields[0], 28) : undefined;
	if (account === undefined) return undefined;
	const amount = Lovelace(BigInt(match.value.coins));
	return {kind: 'deposit', outRef: outRefOf(match), account: Hash28(account) as AccountId, amount};
};

/** Claim datum Constr 0 [owner key hash, operator key, …]; a treasury claim has no owner and is not reported. */
const claimOf = (match: KupoMatch, claimId: Hash32): MainChainEvent | undefined => {
	const fields = fieldsOf(match, 0);
	const owner = bytesField(fields?.[0], 28);
	const operatorVk = bytesField(fields?.[1], 32);
	if (owner === undefined || operatorVk === undefined) return undefined;
	return {kind: 'claim-opened', claimId, ownerKeyHash: Hash28(owner), operatorVk};
};

/** Checkpoint datum Constr 0 [genesis hash, period, block hash, …]; period 0 is the deployment. */
const checkpointOf = (match: KupoMatch): MainChainEvent | undefined => {
	const fields = fieldsOf(match, 0);
	const period = fields?.[1];
	const blockHash = bytesField(fields?.[2], 32);
	if (period?.kind !== 'integer' || period.value <= 0n || blockHash === undefined) return undefined;
	if (period.value > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
	return {kind: 'checkpoint-confirmed', period: Number(period.value), blockHash: Hash32(blockHash)};
};

const inOrder = (a: KupoMatch, b: KupoMatch): number =>
	a.created_at.slot_no - b.created_at.slot_no ||
	a.transaction_index - b.transaction_index ||
	a.output_index - b.output_index;

const placed = (
	found: readonly KupoMatch[],
	eventOf: (match: KupoMatch) => MainChainEvent | undefined,
): readonly Placed[] =>
	found.flatMap(match => {
		const event = eventOf(match);
		return event === undefined ? [] : [{match, event}];
	});

/** The names of the policy's tokens that outputs hold. */
const tokensOf = (found: readonly KupoMatch[], policy: string): readonly string[] => [
	...new Set(
		found.flatMap(({value}) =>
			Object.keys(value.assets).flatMap(unit => {
				const [unitPolicy, name = ''] = unit.split('.');
				return unitPolicy === policy && name.length === 64 ? [name] : [];
			}),
		),
	),
];

export const createKupoMainChain = (options: KupoOptions): MainChain => {
	const {kupoUrl} = options;
	const registry = toHex(options.registryPolicy);

	const find = (pattern: string, query: string, signal: AbortSignal | undefined): Promise<KupoMatch[]> =>
		kupoGet(kupoUrl, `matches/${pattern}?${query}&resolve_hashes&order=oldest_first`, matches, signal);

	const blockAt = async (slot: number, {signal}: MainChainOptions = {}): Promise<McRef | undefined> => {
		const point = await kupoGet(kupoUrl, `checkpoints/${slot}`, kupoPoint.nullable(), signal);
		return point === null ? undefined : pointOf(point);
	};

	const mustBeOnChain = async (ref: McRef, signal: AbortSignal | undefined): Promise<void> => {
		const block = await blockAt(ref.slot, {...(signal && {signal})});
		if (block?.slot !== ref.slot || !equalBytes(block.hash, ref.hash))
			throw badAnswer(kupoUrl, `the block of slot ${ref.slot} is another one`);
	};

	/** The mints among `found`: the first output that ever held each token. */
	const claimsIn = async (
		found: readonly KupoMatch[],
		signal: AbortSignal | undefined,
	): Promise<readonly Placed[]> => {
		const firsts = await Promise.all(
			tokensOf(found, registry).map(async name => {
				const [first] = (await find(`${registry}.${name}`, '', signal)).sort(inOrder);
				const here = found.some(
					match =>
						match.transaction_id === first?.transaction_id && match.output_index === first.output_index,
				);
				return first !== undefined && here
					? placed([first], match => claimOf(match, Hash32(fromHex(name))))
					: [];
			}),
		);
		return firsts.flat();
	};

	const events = async (
		{after, upTo}: {readonly after: McRef; readonly upTo: McRef},
		{signal}: MainChainOptions = {},
	): Promise<readonly MainChainEvent[]> => {
		if (upTo.slot <= after.slot) return [];
		await Promise.all([mustBeOnChain(after, signal), mustBeOnChain(upTo, signal)]);
		// Kupo's bounds are asked for loosely and checked here, so that their inclusiveness does not matter.
		const query = `created_after=${Math.max(0, after.slot - 1)}&created_before=${upTo.slot + 1}`;
		const within = ({created_at: {slot_no: slot}}: KupoMatch): boolean =>
			slot > after.slot && slot <= upTo.slot;
		const [deposits, claims, checkpoints] = await Promise.all(
			[
				`${toHex(options.bridgeScriptHash)}/*`,
				`${registry}.*`,
				`${toHex(options.checkpointScriptHash)}.*`,
			].map(async pattern => (await find(pattern, query, signal)).filter(within)),
		);
		const all = [
			...placed(deposits ?? [], depositOf),
			...(await claimsIn(claims ?? [], signal)),
			...placed(checkpoints ?? [], checkpointOf),
		];
		return all.sort((a, b) => inOrder(a.match, b.match)).map(({event}) => event);
	};

	const tip = async ({signal}: MainChainOptions = {}): Promise<McRef> => {
		const points = await kupoGet(kupoUrl, 'checkpoints', z.array(kupoPoint), signal);
		const newest = points.reduce<(typeof points)[number] | undefined>(
			(best, point) => (best === undefined || point.slot_no > best.slot_no ? point : best),
			undefined,
		);
		if (newest === undefined) throw badAnswer(kupoUrl, 'it knows no block yet');
		return pointOf(newest);
	};

	return {tip, blockAt, events};
};
