import {type ParameterName, parameterNames, parameterRegistry} from '#ledger/governance/parameter-registry';
import {environmentVariable} from '#node/config';
import type {Json} from '#node/ports/control-api';
import type {GovernanceView, WaitingEnactmentView} from '#node/ports/governance-api';
import {SETTING_NAMES, settingsOf} from '#onchain/data/governance-data';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {proposalView} from '../gov/proposal-view.ts';
import {settingRegistry} from '../gov/setting-registry.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {look} from './gov-views.ts';

/** A value that was voted, and when it is in force. */
type NextValue = Pick<WaitingEnactmentView, 'proposal' | 'period' | 'isConfirmed' | 'entersAtEpoch'> & {
	readonly value: Json;
};

const valueText = (value: Json | undefined): string =>
	Array.isArray(value) ? value.map(String).join(', ') : String(value ?? '');

const nextOf = ({waiting}: GovernanceView, name: ParameterName): readonly NextValue[] =>
	waiting.flatMap(({proposal, period, isConfirmed, entersAtEpoch, values}) => {
		const value = values[name];
		return value === undefined ? [] : [{value, proposal, period, isConfirmed, entersAtEpoch}];
	});

const parameterViews = (view: GovernanceView) =>
	parameterNames.map(name => {
		const {number, unit, bounds, meaning} = parameterRegistry[name];
		return {
			name,
			number,
			value: view.parameters[name] ?? null,
			genesis: view.genesisParameters[name] ?? null,
			next: nextOf(view, name),
			unit,
			bounds: bounds.text,
			meaning,
			changedBy: 'a proposal side-chain-parameters of token holders',
		};
	});

const whenText = ({period, isConfirmed, entersAtEpoch}: Omit<NextValue, 'value' | 'proposal'>): string =>
	isConfirmed
		? `from epoch ${entersAtEpoch}`
		: `from epoch ${entersAtEpoch}, or later with the checkpoint of period ${period}`;

const chainText = (view: GovernanceView): string => {
	const {epoch, confirmedPeriod, protocolVersion, protocolVersionMax, waiting} = view;
	const rows = parameterViews(view).map(({name, value, next, unit, bounds}) => [
		name,
		valueText(value),
		next
			.map(each => `${valueText(each.value)} ${whenText(each)} (proposal ${each.proposal})`)
			.join('; then '),
		unit,
		bounds,
	]);
	const upgrades = waiting.flatMap(each =>
		each.version === null
			? []
			: [`protocol version ${each.version} ${whenText(each)} (proposal ${each.proposal})`],
	);
	return [
		facts([
			['epoch', String(epoch)],
			['protocol version', `${protocolVersion}; this software knows ${protocolVersionMax}`],
			['confirmed', confirmedPeriod === 0 ? 'no period yet' : `period ${confirmedPeriod}`],
		]),
		...upgrades,
		'',
		'Rules of the side-chain. Token holders change them with "dcloud gov propose --set name=value".',
		table(['name', '>now', 'voted', 'unit', 'bounds'], rows),
	].join('\n');
};

const chainPart = async (options: Options, signal: AbortSignal): Promise<Answer> => {
	const view = await (await openNode(options)).governance({signal});
	const {parameters: _, genesisParameters: __, ...chain} = view;
	return {data: {...chain, parameters: parameterViews(view)}, text: chainText(view)};
};

const CHANGING: ReadonlySet<string> = new Set(['side-chain-parameters', 'protocol-upgrade', 'settings']);

/** Governance's own numbers, and the proposals on Cardano that would change any. */
const cardanoPart = async (options: Options, signal: AbortSignal): Promise<Answer> => {
	const {state, nowMs, network} = await look(options, signal);
	const current = settingsOf(state.governor.datum.settings);
	const settings = SETTING_NAMES.map(name => ({
		name,
		value: current[name],
		...settingRegistry[name],
		changedBy: 'a proposal settings of token holders',
	}));
	const proposals = state.proposals
		.map(each => proposalView(each, network, nowMs))
		.filter(({effect}) => CHANGING.has(effect.kind))
		.map(({id, status, effect, closesAtMs, executableAtMs}) => ({
			id,
			status,
			effect,
			closesAtMs,
			executableAtMs,
		}));
	const rows = settings.map(({name, value, unit, bounds}) => [name, String(value), unit, bounds]);
	return {
		data: {settings, proposals},
		text: [
			'Governance itself, on Cardano. Token holders change it with "dcloud gov propose --setting name=value".',
			table(['name', '>now', 'unit', 'bounds'], rows),
			...proposals.map(({id, status, effect}) => `proposal ${id}, ${status}: ${effect.words}`),
		].join('\n'),
	};
};

/** The numbers in force, and those that were voted: of the chain from a node, of governance itself from Cardano. */
export const showParameters: Verb = async (_words, options, signal) => {
	const onCardano = optionalText(options, 'deployment') !== undefined;
	const hasNode = options['node'] !== undefined || environmentVariable('DCLOUD_NODE') !== undefined;
	// Without either the node is asked, which says what is missing.
	const chain = hasNode || !onCardano ? await chainPart(options, signal) : undefined;
	const governance = onCardano ? await cardanoPart(options, signal) : undefined;
	return {
		data: {chain: chain?.data ?? null, governance: governance?.data ?? null},
		text: [chain?.text, governance?.text].filter(text => text !== undefined).join('\n\n'),
	};
};
