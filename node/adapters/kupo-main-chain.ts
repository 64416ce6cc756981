/** Cardano as Kupo indexes it (its own deployment or the devnet's): blocks by slot, and what our contracts did. */
import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import type {MainChain, MainChainOptions} from '#node/ports/main-chain';
import {decodePlutusData, type PlutusData} from '#onchain/cardano/plutus-data';
import {CLAIM_STATUS, claimDatum} from '#onchain/data/claim-data';
import {openCardanoIndex, shownUrl} from './cardano-index.ts';
import type {KupoMatch} from './kupo-client.ts';
import {depositOf} from './kupo-deposits.ts';
import {enactedEvent} from './kupo-enacted.ts';

export type KupoOptions = {
	/** Such as http://127.0.0.1:1442. */
	readonly kupoUrl: string;
	readonly bridgeScriptHash: Hash28;
	readonly registryPolicy: Hash28;
	readonly checkpointScriptHash: Hash28;
	/** null where nobody governs. */
	readonly governanceScriptHash: Hash28 | null;
};

type Placed = {readonly match: KupoMatch; readonly event: MainChainEvent};

const fieldsOf = (match: KupoMatch, tag: number): readonly PlutusData[] | undefined => {
	if (match.datum === undefined) return undefined;
	const decoded = decodePlutusData(match.datum);
	return decoded.ok && decoded.value.kind === 'constructor' && decoded.value.tag === tag
		? decoded.value.fields
		: undefined;
};

const bytesField = (field: PlutusData | undefined, length: number): Uint8Array | undefined =>
	field?.kind === 'bytes' && field.bytes.length === length ? field.bytes : undefined;

const depositEvent = (match: KupoMatch): MainChainEvent | undefined => {
	const deposit = depositOf(match);
	if (deposit === undefined) return undefined;
	const {outRef, account, amount} = deposit;
	return {kind: 'deposit', outRef, account, amount};
};

/** Withdrawals name the claims of providers and accounts; those of the treasury and of subsidies are not reported. */
const claimOf = (match: KupoMatch, claimId: Hash32): MainChainEvent | undefined => {
	const datum = match.datum === undefined ? undefined : claimDatum.decode(match.datum);
	if (!datum?.ok) return undefined;
	const {status, ownerPkh: owner, operatorVk} = datum.value;
	if (status !== CLAIM_STATUS.provider && status !== CLAIM_STATUS.account) return undefined;
	if (owner.length !== 28 || operatorVk.length !== 32) return undefined;
	return {kind: 'claim-opened', claimId, ownerKeyHash: Hash28(owner), operatorVk};
};

type Standing = {readonly period: number; readonly blockHash: Hash32; readonly committeeHash: Hash32};

/** Checkpoint datum Constr 0 [genesis hash, period, block hash, …]. */
const standingOf = (match: KupoMatch): Standing | undefined => {
	const fields = fieldsOf(match, 0);
	const period = fields?.[1];
	const blockHash = bytesField(fields?.[2], 32);
	const committeeHash = bytesField(fields?.[5], 32);
	if (period?.kind !== 'integer' || period.value < 0n || blockHash === undefined) return undefined;
	if (period.value > BigInt(Number.MAX_SAFE_INTEGER) || committeeHash === undefined) return undefined;
	return {
		period: Number(period.value),
		blockHash: Hash32(blockHash),
		committeeHash: Hash32(committeeHash),
	};
};

/**
 * Period 0 is the deployment. The same period once more is a recovery: nothing but the committee can have changed. `before` is the
 * output that held the NFT before.
 */
const checkpointOf = (match: KupoMatch, before: KupoMatch | undefined): MainChainEvent | undefined => {
	const standing = standingOf(match);
	if (standing === undefined) return undefined;
	const {period, blockHash, committeeHash} = standing;
	if (before !== undefined && standingOf(before)?.period === period)
		return {kind: 'committee-recovered', period, committeeHash};
	return period === 0 ? undefined : {kind: 'checkpoint-confirmed', period, blockHash};
};

const inOrder = (a: KupoMatch, b: KupoMatch): number =>
	a.createdAt.slot - b.createdAt.slot || a.transactionIndex - b.transactionIndex || a.index - b.index;

const placed = (
	found: readonly KupoMatch[],
	eventOf: (match: KupoMatch) => MainChainEvent | undefined,
): readonly Placed[] =>
	found.flatMap(match => {
		const event = eventOf(match);
		return event === undefined ? [] : [{match, event}];
	});

/** Each with the one before it among all that ever were. */
const placedCheckpoints = (found: readonly KupoMatch[], all: readonly KupoMatch[]): readonly Placed[] => {
	const ordered = all.toSorted(inOrder);
	return placed(found, match =>
		checkpointOf(
			match,
			ordered.findLast(other => inOrder(other, match) < 0),
		),
	);
};

/** The names of the policy's tokens that outputs hold. */
const tokensOf = (found: readonly KupoMatch[], policy: string): readonly string[] => [
	...new Set(
		found.flatMap(({units}) =>
			[...units.keys()].filter(unit => unit.startsWith(policy) && unit.length === policy.length + 64),
		),
	),
];

const badAnswer = (kupoUrl: string, problem: string): NodeError => {
	const url = shownUrl(kupoUrl);
	return new NodeError({
		code: 'MAIN_CHAIN_BAD_ANSWER',
		message: `The Cardano indexer at ${url} gave an answer that makes no sense: ${problem}.`,
		url,
	});
};

/** What executed proposals left behind. */
const enactedBy = async (
	{governanceScriptHash: governance}: Pick<KupoOptions, 'governanceScriptHash'>,
	find: (pattern: string) => Promise<readonly KupoMatch[]>,
	within: (match: KupoMatch) => boolean,
): Promise<readonly Placed[]> => {
	if (governance === null) return [];
	const found = await find(`${toHex(governance)}.*`);
	return placed(found.filter(within), match => enactedEvent(match, governance));
};

export const createKupoMainChain = (options: KupoOptions): MainChain => {
	const kupoUrl = options.kupoUrl.replace(/\/$/, '');
	const kupo = openCardanoIndex(kupoUrl);
	const registry = toHex(options.registryPolicy);

	const find = (
		pattern: string,
		query: string,
		signal: AbortSignal | undefined,
	): Promise<readonly KupoMatch[]> =>
		kupo.matches(pattern, `${query}resolve_hashes&order=oldest_first`, signal);

	const blockAt = (slot: number, {signal}: MainChainOptions = {}): Promise<McRef | undefined> =>
		kupo.checkpoint(slot, signal);

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
			tokensOf(found, registry).map(async unit => {
				const name = unit.slice(registry.length);
				const [first] = (await find(`${registry}.${name}`, '', signal)).toSorted(inOrder);
				const here = found.some(match => first !== undefined && inOrder(match, first) === 0);
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
		const query = `created_after=${Math.max(0, after.slot - 1)}&created_before=${upTo.slot + 1}&`;
		const within = ({createdAt: {slot}}: KupoMatch): boolean => slot > after.slot && slot <= upTo.slot;
		const [deposits, claims, checkpoints] = await Promise.all(
			[
				`${toHex(options.bridgeScriptHash)}/*`,
				`${registry}.*`,
				`${toHex(options.checkpointScriptHash)}.*`,
			].map(async pattern => (await find(pattern, query, signal)).filter(within)),
		);
		const opened = await claimsIn(claims ?? [], signal);
		const enacted = await enactedBy(options, pattern => find(pattern, query, signal), within);
		// They are few, and seldom.
		const all =
			checkpoints?.length === 0 ? [] : await find(`${toHex(options.checkpointScriptHash)}.*`, '', signal);
		const confirmed = placedCheckpoints(checkpoints ?? [], all);
		// A rollback between the answers would mix two forks: both ends must still be there.
		await Promise.all([mustBeOnChain(after, signal), mustBeOnChain(upTo, signal)]);
		const happened = [...placed(deposits ?? [], depositEvent), ...opened, ...confirmed, ...enacted];
		return happened.sort((a, b) => inOrder(a.match, b.match)).map(({event}) => event);
	};

	const tip = async ({signal}: MainChainOptions = {}): Promise<McRef> => {
		const newest = await kupo.checkpoint(undefined, signal);
		if (newest === undefined) throw badAnswer(kupoUrl, 'it knows no block yet');
		return newest;
	};

	return {tip, blockAt, events};
};
