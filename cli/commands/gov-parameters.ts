import {NodeError} from '#kernel/node-error';
import {type ParameterName, parameterNames, parameterRegistry} from '#ledger/governance/parameter-registry';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {environmentVariable} from '#node/config';
import type {Json} from '#node/ports/control-api';
import type {GovernanceView, WaitingEnactmentView} from '#node/ports/governance-api';
import {SETTING_NAMES, settingsOf} from '#onchain/data/governance-data';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {utc} from '../format.ts';
import {type EffectView, effectView} from '../gov/effect-text.ts';
import {type EnactmentOutlook, enactmentOutlook} from '../gov/enactment-outlook.ts';
import {proposalView} from '../gov/proposal-view.ts';
import {settingRegistry} from '../gov/setting-registry.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';
import {networkOf} from '../wallet.ts';
import {look, type Seen} from './gov-views.ts';

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

const namesNode = (options: Options): boolean =>
	options['node'] !== undefined || environmentVariable('DCLOUD_NODE') !== undefined;

const ON_CHAIN: ReadonlySet<string> = new Set(['side-chain-parameters', 'protocol-upgrade']);

/** What governance has executed for the side-chain. */
type ExecutedView = {
	readonly id: number;
	readonly effect: EffectView;
	readonly enactedByMs: number;
	/** Null without a node, which alone knows what the side-chain has heard of. */
	readonly outlook: EnactmentOutlook | null;
};

/** With a node only what its chain has not heard of: the rest is in force there, or waits. */
const executedViews = async (
	{state, nowMs, network}: Seen,
	{options, signal}: {readonly options: Options; readonly signal: AbortSignal},
): Promise<readonly ExecutedView[]> => {
	const executed = state.enacted
		.map(each => ({...each, effect: effectView(each.effect, networkIdOf(network.magic))}))
		.filter(({effect}) => ON_CHAIN.has(effect.kind));
	if (!namesNode(options))
		return executed.map(({id, effect, enactedByMs}) => ({id, effect, enactedByMs, outlook: null}));
	const node = await openNode(options);
	const [{genesis}, {cardano, currentSlot}] = await Promise.all([
		networkOf(await createNativeCrypto(), node),
		node.status({signal}),
	]);
	const tipSlot = Math.floor((nowMs - network.zeroTimeMs) / network.slotLengthMs);
	const {stableDepth} = cardano;
	return executed
		.filter(({slot}) => slot > cardano.reference.slot)
		.map(({id, effect, enactedByMs, slot}) => {
			const {fromEpoch, activationEpoch} = effect.details;
			const seen = {slot, tipSlot, stableDepth, currentSlot};
			const notBeforeEpoch = Number(fromEpoch ?? activationEpoch ?? 0);
			return {
				id,
				effect,
				enactedByMs,
				outlook: enactmentOutlook(genesis, network, {...seen, notBeforeEpoch}),
			};
		});
};

const executedText = ({id, effect, enactedByMs, outlook}: ExecutedView): string => {
	const what = `proposal ${id}, executed by ${utc(enactedByMs)}`;
	if (outlook === null)
		return `${what}: ${effect.words}; whether it is in force by now a node tells (--node)`;
	const {slotsLeft, expectedMs, entersAtEpoch, period} = outlook;
	const heard =
		slotsLeft === 0
			? 'hears of it with its next block'
			: `hears of it in ${slotsLeft} slots of Cardano, about ${utc(expectedMs)}`;
	return `${what}, not stable yet: ${effect.words}. The side-chain ${heard}; then it is in force from epoch ${entersAtEpoch} at the soonest, with the checkpoint of period ${period}`;
};

/** Governance's own numbers, the proposals on Cardano that would change any, and those that will. */
const cardanoPart = async (options: Options, signal: AbortSignal): Promise<Answer> => {
	const seen = await look(options, signal);
	const {state, nowMs, network} = seen;
	const current = settingsOf(state.governor.datum.settings);
	const settings = SETTING_NAMES.map(name => ({
		name,
		value: current[name],
		...settingRegistry[name],
		changedBy: 'a proposal settings of token holders',
	}));
	const proposals = state.proposals
		.map(each => proposalView(each, networkIdOf(network.magic), nowMs))
		.filter(({effect}) => ON_CHAIN.has(effect.kind) || effect.kind === 'settings')
		.map(({id, status, effect, closesAtMs, executableAtMs}) => ({
			id,
			status,
			effect,
			closesAtMs,
			executableAtMs,
		}));
	const executed = await executedViews(seen, {options, signal});
	const rows = settings.map(({name, value, unit, bounds}) => [name, String(value), unit, bounds]);
	return {
		data: {settings, proposals, executed},
		text: [
			'Governance itself, on Cardano. Token holders change it with "dcloud gov propose --setting name=value".',
			table(['name', '>now', 'unit', 'bounds'], rows),
			...proposals.map(({id, status, effect}) => `proposal ${id}, ${status}: ${effect.words}`),
			...executed.map(executedText),
		].join('\n'),
	};
};

/** The numbers in force, and those that were voted: of the chain from a node, of governance itself from Cardano. */
export const showParameters: Verb = async (_words, options, signal) => {
	const onCardano = optionalText(options, 'deployment') !== undefined;
	if (!onCardano && !namesNode(options))
		throw new NodeError({
			code: 'NODE_NOT_NAMED',
			message:
				'Say whom to ask: --node DATA_FOLDER (or DCLOUD_NODE) for the rules of the side-chain, --deployment and --kupo-url for those of governance itself, or both.',
		});
	const chain = namesNode(options) ? await chainPart(options, signal) : undefined;
	const governance = onCardano ? await cardanoPart(options, signal) : undefined;
	return {
		data: {chain: chain?.data ?? null, governance: governance?.data ?? null},
		text: [chain?.text, governance?.text].filter(text => text !== undefined).join('\n\n'),
	};
};
