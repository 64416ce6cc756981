import {NodeError} from '#kernel/node-error';
import {createGovernanceReader, type GovernanceState} from '#node/adapters/lucid/governance-reader';
import type {CardanoNetwork} from '#onchain/deployment';
import {governanceOf} from '#onchain/governance-deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {slotStart} from '#onchain/plans/time-range';
import type {Options, Verb} from '../answer.ts';
import {openKupo} from '../cardano-access.ts';
import {utc} from '../format.ts';
import {effectView} from '../gov/effect-text.ts';
import {proposalOption} from '../gov/proposal-option.ts';
import {type ProposalView, proposalText, proposalView, stakeView, tallyLines} from '../gov/proposal-view.ts';
import {tokensText} from '../gov/tokens.ts';
import {facts, table} from '../table.ts';

export type Seen = {
	readonly state: GovernanceState;
	readonly nowMs: number;
	readonly network: CardanoNetwork;
};

/** Time is Cardano's. */
export const look = async (options: Options, signal: AbortSignal): Promise<Seen> => {
	const {deployment, kupoUrl} = await openKupo(options);
	const governance = governanceOf(deployment);
	if (governance === undefined) throw notGoverned();
	const reader = createGovernanceReader(kupoUrl, governance);
	const [state, slot] = await Promise.all([reader.state(signal), reader.slot(signal)]);
	const {network} = deployment;
	return {state, nowMs: slotStart(network, slot), network};
};

export const notGoverned = (): NodeError =>
	new NodeError({
		code: 'CARDANO_NOT_GOVERNED',
		message: 'The contracts of this deployment were made without governance.',
	});

const find = ({state, nowMs, network}: Seen, id: number): ProposalView => {
	const found = state.proposals.find(({datum}) => datum.id === id);
	if (found !== undefined) return proposalView(found, networkIdOf(network.magic), nowMs);
	throw new NodeError({
		code: 'PROPOSAL_UNKNOWN',
		message: `There is no proposal ${id}, or it was executed or closed.`,
		proposal: id,
	});
};

export const listProposals: Verb = async (_words, options, signal) => {
	const {
		state,
		nowMs,
		network: {magic},
	} = await look(options, signal);
	const network = networkIdOf(magic);
	const proposals = state.proposals.map(each => proposalView(each, network, nowMs));
	const enacted = state.enacted.map(({id, effect, enactedByMs}) => ({
		id,
		effect: effectView(effect, network),
		enactedByMs,
	}));
	const stakes = state.stakes.map(each => stakeView(each, nowMs));
	const locked = stakes.reduce((sum, {tokens}) => sum + tokens, 0n);
	const rows = [
		...proposals.map(({id, status, effect}) => [String(id), status, effect.words]),
		...enacted.map(({id, effect}) => [String(id), 'executed', effect.words]),
	];
	return {
		data: {proposals, enacted, stakes},
		text: [
			rows.length === 0 ? 'no proposals yet' : table(['no.', 'status', 'what it does'], rows),
			`${tokensText(locked)} are locked in ${stakes.length} stakes`,
		].join('\n'),
	};
};

export const showProposal: Verb = async (words, options, signal) => {
	const seen = await look(options, signal);
	const id = proposalOption(words);
	const enacted = seen.state.enacted.find(each => each.id === id);
	if (enacted === undefined) {
		const view = find(seen, id);
		return {data: view, text: proposalText(view)};
	}
	const effect = effectView(enacted.effect, networkIdOf(seen.network.magic));
	return {
		data: {id, status: 'executed', effect, enactedByMs: enacted.enactedByMs},
		text: facts([
			['proposal', `${id}: executed by ${utc(enacted.enactedByMs)}`],
			['what it does', effect.words],
		]),
	};
};

export const tally: Verb = async (words, options, signal) => {
	const view = find(await look(options, signal), proposalOption(words));
	const {id, status, yes, no, abstain, quorum, hasQuorum, passes} = view;
	return {
		data: {id, status, yes, no, abstain, quorum, hasQuorum, passes},
		text: facts([['proposal', `${id}: ${status}`], ...tallyLines(view)]),
	};
};
