import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {createContractReader} from '#node/adapters/lucid/contract-reader';
import {createGovernanceReader} from '#node/adapters/lucid/governance-reader';
import {readTreasuryDeposits, type TreasuryDeposit} from '#node/adapters/lucid/treasury-deposits';
import {TREASURY_SOURCE, type TreasurySource} from '#onchain/data/money-data';
import type {CardanoNetwork, Deployment} from '#onchain/deployment';
import {governanceOf} from '#onchain/governance-deployment';
import type {Verb} from '../answer.ts';
import {openKupo} from '../cardano-access.ts';
import {countOption} from '../count-option.ts';
import {ada, short, utc} from '../format.ts';
import {tokensText} from '../gov/tokens.ts';
import {facts, table} from '../table.ts';

const SOURCES = Object.keys(TREASURY_SOURCE) as readonly TreasurySource[];

export type TreasuryStatus = {
	/** What it can pay: outputs that hold ADA only. */
	readonly balance: bigint;
	readonly outputs: number;
	/** Of the governance token, in millionths; null where nobody governs. Neither part of them votes. */
	readonly tokens: {
		readonly treasury: bigint;
		/** Kept for the allocation list; once `claimUntilMs` is over, anybody may make them the treasury's. */
		readonly unclaimed: bigint;
		readonly claimUntilMs: number;
	} | null;
	/** By source, as depositors say; cumulative over all time. */
	readonly income: Readonly<Record<TreasurySource, {readonly deposits: number; readonly lovelace: bigint}>>;
	/** Newest first. */
	readonly deposits: readonly {
		readonly txId: string;
		readonly index: number;
		readonly slot: number;
		readonly timeMs: number;
		readonly lovelace: bigint;
		readonly source: TreasurySource;
		readonly amount: bigint;
		readonly rate: bigint;
		readonly reference: string;
	}[];
};

/** The datum holds no other number. */
const sourceName = (source: number): TreasurySource =>
	defined(
		SOURCES.find(name => TREASURY_SOURCE[name] === source),
		'provenance names a source',
	);

const treasuryTokens = async (
	kupoUrl: string,
	deployment: Deployment,
	signal: AbortSignal,
): Promise<TreasuryStatus['tokens']> => {
	const governance = governanceOf(deployment);
	if (governance === undefined) return null;
	const {tokens, datum} = await createGovernanceReader(kupoUrl, governance).pot(signal);
	const {unclaimed} = datum;
	return {treasury: tokens - unclaimed, unclaimed, claimUntilMs: governance.claimUntilMs};
};

export const treasuryStatus = (
	{
		money,
		deposits,
		tokens,
	}: {
		readonly money: readonly {readonly lovelace: bigint}[];
		readonly deposits: readonly TreasuryDeposit[];
		readonly tokens: TreasuryStatus['tokens'];
	},
	{zeroTimeMs, slotLengthMs}: CardanoNetwork,
	limit: number,
): TreasuryStatus => {
	const incomeOf = (source: TreasurySource) => {
		const own = deposits.filter(({provenance}) => sourceName(provenance.source) === source);
		return {deposits: own.length, lovelace: own.reduce((sum, {lovelace}) => sum + lovelace, 0n)};
	};
	return {
		balance: money.reduce((sum, {lovelace}) => sum + lovelace, 0n),
		outputs: money.length,
		tokens,
		income: {xmr: incomeOf('xmr'), storj: incomeOf('storj'), fees: incomeOf('fees'), gift: incomeOf('gift')},
		deposits: deposits
			.toReversed()
			.slice(0, limit)
			.map(({txId, index, slot, lovelace, provenance: {source, amount, rate, reference}}) => ({
				txId: toHex(txId),
				index,
				slot,
				timeMs: zeroTimeMs + slot * slotLengthMs,
				lovelace,
				source: sourceName(source),
				amount,
				rate,
				reference: toHex(reference),
			})),
	};
};

const tokenFacts = (tokens: TreasuryStatus['tokens']): readonly (readonly [string, string])[] => {
	if (tokens === null) return [];
	const {treasury, unclaimed, claimUntilMs} = tokens;
	const kept = `${tokensText(unclaimed)}, sure until ${utc(claimUntilMs)}`;
	return [
		['its tokens', `${tokensText(treasury)}, in the token pot`],
		['kept for claims', unclaimed === 0n ? 'nothing: claims are over' : kept],
	];
};

export const treasuryText = ({balance, outputs, tokens, income, deposits}: TreasuryStatus): string => {
	const lines = facts([
		['in the treasury', `${ada(balance)} in ${outputs} outputs`],
		...tokenFacts(tokens),
		...SOURCES.map(
			source =>
				[`from ${source}`, `${ada(income[source].lovelace)} in ${income[source].deposits} deposits`] as const,
		),
	]);
	if (deposits.length === 0) return `${lines}\n\nnobody has given anything yet`;
	const rows = table(
		['when', 'source', '>given', '>sold', '>rate', 'reference', 'transaction'],
		deposits.map(({timeMs, source, lovelace, amount, rate, reference, txId}) => [
			utc(timeMs),
			source,
			ada(lovelace),
			String(amount),
			String(rate),
			short(reference),
			short(txId),
		]),
	);
	return `${lines}\n\n${rows}\nsource, sold (in its smallest unit), rate (lovelace for a million of these) and reference are what depositors claim`;
};

/** What the treasury on Cardano holds, and where it came from. */
export const showTreasury: Verb = async (_words, options, signal) => {
	const {kupoUrl, deployment} = await openKupo(options);
	const limit = countOption(options, 'limit', 10_000) ?? 20;
	const [money, deposits, tokens] = await Promise.all([
		createContractReader(kupoUrl, deployment).treasuryMoney(signal),
		readTreasuryDeposits(kupoUrl, deployment, signal),
		treasuryTokens(kupoUrl, deployment, signal),
	]);
	const status = treasuryStatus({money, deposits, tokens}, deployment.network, limit);
	return {data: status, text: treasuryText(status)};
};
