/** Proposals and stakes as scripts and people see them. */
import {toHex} from '#kernel/bytes';
import {decodeUtf8} from '#kernel/utf8';
import type {NetworkId} from '#onchain/cardano/address';
import {boundUntilMs, hasQuorum, isPassed, type Proposal, type Stake} from '#onchain/plans/governance-plans';
import {utc} from '../format.ts';
import {facts} from '../table.ts';
import {type EffectView, effectView} from './effect-text.ts';
import {tokensText} from './tokens.ts';

export type ProposalStatus = 'voting' | 'passed, locked' | 'executable' | 'expired' | 'failed';

export const statusOf = ({datum}: Pick<Proposal, 'datum'>, nowMs: number): ProposalStatus => {
	if (nowMs < datum.closesAtMs) return 'voting';
	if (!isPassed(datum)) return 'failed';
	if (nowMs < datum.executableAtMs) return 'passed, locked';
	return nowMs < datum.expiresAtMs ? 'executable' : 'expired';
};

export type ProposalView = {
	readonly id: number;
	readonly status: ProposalStatus;
	readonly effect: EffectView;
	readonly anchorUrl: string;
	readonly anchorHash: string;
	readonly proposer: string;
	readonly deposit: bigint;
	readonly closesAtMs: number;
	readonly executableAtMs: number;
	readonly expiresAtMs: number;
	readonly quorum: bigint;
	readonly yes: bigint;
	readonly no: bigint;
	readonly abstain: bigint;
	readonly hasQuorum: boolean;
	/** As the votes stand. */
	readonly passes: boolean;
};

export const proposalView = (proposal: Proposal, network: NetworkId, nowMs: number): ProposalView => {
	const {datum} = proposal;
	const {id, deposit, quorum, yes, no, abstain, closesAtMs, executableAtMs, expiresAtMs} = datum;
	return {
		id,
		status: statusOf(proposal, nowMs),
		effect: effectView(datum.effect, network),
		anchorUrl: decodeUtf8(datum.anchorUrl) ?? '',
		anchorHash: toHex(datum.anchorHash),
		proposer: toHex(datum.proposer),
		deposit,
		closesAtMs,
		executableAtMs,
		expiresAtMs,
		quorum,
		yes,
		no,
		abstain,
		hasQuorum: hasQuorum(datum),
		passes: isPassed(datum),
	};
};

export const tallyLines = (view: ProposalView): readonly (readonly [string, string])[] => [
	['yes', tokensText(view.yes)],
	['no', tokensText(view.no)],
	['abstain', `${tokensText(view.abstain)}, counts for the quorum only`],
	['quorum', `${tokensText(view.quorum)}: ${view.hasQuorum ? 'reached' : 'not reached'}`],
	['as it stands', view.passes ? 'it passes' : 'it fails'],
];

export const proposalText = (view: ProposalView): string =>
	facts([
		['proposal', `${view.id}: ${view.status}`],
		['what it does', view.effect.words],
		['why', view.anchorUrl === '' ? 'it does not say' : `${view.anchorUrl} (blake2b-256 ${view.anchorHash})`],
		...tallyLines(view),
		['vote ends', utc(view.closesAtMs)],
		['can be executed', `from ${utc(view.executableAtMs)} to ${utc(view.expiresAtMs)}`],
	]);

export type StakeView = {
	readonly output: string;
	readonly tokens: bigint;
	readonly owner: string;
	readonly delegate: string;
	readonly votes: number;
	/** When the last of its votes ends; null: it can be withdrawn. */
	readonly boundUntilMs: number | null;
};

export const stakeView = ({ref, datum, tokens}: Stake, nowMs: number): StakeView => {
	const untilMs = boundUntilMs({datum});
	return {
		output: `${toHex(ref.txId)}#${ref.index}`,
		tokens,
		owner: toHex(datum.owner),
		delegate: toHex(datum.delegate),
		votes: datum.votes.length,
		boundUntilMs: untilMs > nowMs ? untilMs : null,
	};
};
