/** What a proposal will do, for scripts and in plain words. */
import {toHex} from '#kernel/bytes';
import {parameterForms} from '#ledger/genesis/parameters';
import {decodeChange} from '#ledger/governance/parameter-change';
import type {ParameterName} from '#ledger/governance/parameter-registry';
import {addressText, type NetworkId} from '#onchain/cardano/address';
import type {PlutusData} from '#onchain/cardano/plutus-data';
import {addressOfData} from '#onchain/data/address-data';
import {SETTING_NAMES, type SettingName, settingsOf} from '#onchain/data/governance-data';
import {
	committeeRecoveryEffect,
	grantEffect,
	protocolUpgradeEffect,
	REPLACED_CONTRACT,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '#onchain/data/governance-effect';
import {ada, duration} from '../format.ts';
import {tokensText} from './tokens.ts';

export type EffectView = {
	/** `unknown`: no effect that this software knows; nobody can execute it. */
	readonly kind: string;
	readonly words: string;
	readonly details: Readonly<Record<string, unknown>>;
};

const view = (kind: string, words: string, details: Readonly<Record<string, unknown>>): EffectView => ({
	kind,
	words,
	details,
});

type Reader = (data: PlutusData, network: NetworkId) => EffectView | undefined;

const grant: Reader = (data, network) => {
	const read = grantEffect.fromData(data);
	if (!read.ok) return undefined;
	const {address, lovelace, tokens} = read.value;
	const bytes = addressOfData(network, address);
	const to = bytes === undefined ? 'an address that this software cannot write' : addressText(bytes);
	const parts = [lovelace > 0n ? ada(lovelace) : '', tokens > 0n ? tokensText(tokens) : ''];
	const sum = parts.filter(part => part !== '').join(' and ') || 'nothing';
	return view('grant', `the treasury pays ${sum} to ${to}`, {to, lovelace, tokens});
};

const parameters: Reader = data => {
	const read = sideChainParametersEffect.fromData(data);
	if (!read.ok) return undefined;
	const change = decodeChange(read.value.change);
	if (!change.ok)
		return view('side-chain-parameters', `nothing: the change is bad (${change.error.code})`, {
			problem: change.error,
		});
	const {fromEpoch, values} = change.value;
	const named = (Object.keys(values) as ParameterName[]).map(
		name => [name, parameterForms[name].toJson(values[name] as never)] as const,
	);
	const words = named
		.map(([name, value]) => `${name} becomes ${Array.isArray(value) ? value.join(', ') : String(value)}`)
		.join(', ');
	return view(
		'side-chain-parameters',
		`on the side-chain ${words}, from the first epoch after the checkpoint of the report, not before epoch ${fromEpoch}`,
		{fromEpoch, values: Object.fromEntries(named)},
	);
};

const upgrade: Reader = data => {
	const read = protocolUpgradeEffect.fromData(data);
	if (!read.ok) return undefined;
	const {version, activationEpoch} = read.value;
	const words = `from epoch ${activationEpoch} on the side-chain goes by protocol version ${version}; nodes that do not know it stop`;
	return view('protocol-upgrade', words, {version, activationEpoch});
};

const settingText = (name: SettingName, value: bigint): string => {
	if (name === 'quorum') return tokensText(value);
	if (name === 'deposit') return ada(value);
	return name === 'capPerMille' ? `${value} ‰ of the treasury` : duration(Number(value));
};

const settings: Reader = data => {
	const read = settingsEffect.fromData(data);
	if (!read.ok) return undefined;
	const values = settingsOf(read.value.settings);
	const words = SETTING_NAMES.map(name => `${name} ${settingText(name, values[name])}`).join(', ');
	return view('settings', `governance itself goes by: ${words}`, {settings: values});
};

const replacement: Reader = data => {
	const read = scriptReplacementEffect.fromData(data);
	if (!read.ok) return undefined;
	const {contract, hash} = read.value;
	const name = Object.entries(REPLACED_CONTRACT).find(([, number]) => number === contract)?.[0] ?? '?';
	const what = name === 'treasury' ? 'grants are paid from' : 'it is recorded on Cardano that there stands';
	return view('script-replacement', `for the ${name} ${what} the script ${toHex(hash)}`, {
		contract: name,
		hash,
	});
};

const recovery: Reader = data => {
	const read = committeeRecoveryEffect.fromData(data);
	if (!read.ok) return undefined;
	const {period, committeeHash} = read.value;
	const words = `the checkpoint of period ${period}, if it still stands then, is signed next by the committee ${toHex(committeeHash)}`;
	return view('committee-recovery', words, {period, committeeHash});
};

const READERS: readonly Reader[] = [grant, parameters, upgrade, settings, replacement, recovery];

export const effectView = (data: PlutusData, network: NetworkId): EffectView => {
	for (const read of READERS) {
		const found = read(data, network);
		if (found !== undefined) return found;
	}
	return view('unknown', 'nothing that this software knows: nobody can execute it', {});
};
