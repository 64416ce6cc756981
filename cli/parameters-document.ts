/** docs/PARAMETERS.md, made of the registries in the code (`scripts/write-parameters.mjs`). */
import type {Ratio} from '#kernel/ratio';
import {type NetworkName, networkRegistry} from '#ledger/genesis/network-registry';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {type GenesisProfile, genesisProfiles} from '#ledger/genesis/profiles';
import {parameterNames, parameterRegistry} from '#ledger/governance/parameter-registry';
import {PROTOCOL_VERSION_FIRST, PROTOCOL_VERSION_MAX} from '#ledger/governance/protocol-version';
import {DEFAULT_SETTINGS, SETTING_NAMES} from '#onchain/data/governance-data';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {settingRegistry} from './gov/setting-registry.ts';

type Row = readonly string[];

const table = (heading: Row, rows: readonly Row[]): readonly string[] =>
	[heading, heading.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`);

const isRatio = (value: object): value is Ratio => 'numerator' in value;

/** `1/20`, `1, 3, 10`, `50000000`. */
const valueText = (value: LedgerParameters[keyof LedgerParameters] | number | Ratio): string => {
	if (typeof value !== 'object') return value.toString();
	if (!isRatio(value)) return value.join(', ');
	const {numerator, denominator} = value;
	return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
};

const {public: open, devnet} = genesisProfiles;

const ledgerRows = (): readonly Row[] =>
	parameterNames.map(name => {
		const {number, unit, bounds, meaning} = parameterRegistry[name];
		const defaults = [open, devnet].map(({parameters}) => valueText(parameters[name]));
		return [String(number), `\`${name}\``, unit, ...defaults, bounds.text, meaning];
	});

const networkRows = (): readonly Row[] =>
	(Object.keys(networkRegistry) as NetworkName[]).map(name => {
		const {unit, bounds, meaning} = networkRegistry[name];
		const defaults = [open, devnet].map((profile: GenesisProfile) => valueText(profile[name]));
		return [`\`${name}\``, unit, ...defaults, bounds, meaning];
	});

const settingRows = (): readonly Row[] =>
	SETTING_NAMES.map(name => {
		const {unit, bounds, meaning} = settingRegistry[name];
		return [`\`${name}\``, unit, DEFAULT_SETTINGS[name].toString(), bounds, meaning];
	});

const SETTINGS = `## Governance itself, on Cardano

**Who changes them:** token holders, by a proposal \`settings\`. **When:** at once with its execution; proposals that were made before keep what they were made with.
A dead committee is one of three missed periods, and replacing it takes two thirds of yes: those two are fixed in the scripts.`;

const HEAD = `# Parameters

All numbers that a network goes by: what each is, what it begins with, what it may be, who changes it and when that takes effect.
This file is made of the code: \`npm run build && node scripts/write-parameters.mjs\`; \`test/docs/parameters.test.ts\` compares. Amounts are
lovelace, a millionth of an ADA or a credit.`;

const TOKEN = `## Fixed when the token is made

**Who changes them:** nobody; they are part of the token's script (\`dcloud genesis create --governance\`).`;

const days = (ms: number): string => `${ms / 86_400_000} days`;

/** The end of claims, counted from the start of the side-chain. */
const tokenRows: readonly Row[] = [
	[
		'`claimUntilMs`',
		'ms since 1970',
		`${days(CLAIM_TIME_MS.usual)} after the start of the side-chain, which 24 months never exceed`,
		`${days(CLAIM_TIME_MS.least)} to ${days(CLAIM_TIME_MS.most)} after it`,
		'Until then tokens can surely be claimed; afterwards anybody may make what is unclaimed the treasury’s.',
	],
];

const LEDGER = `## Rules of the side-chain

**Who changes them:** token holders, by a proposal \`side-chain-parameters\`. **When:** at the beginning of the first epoch after the checkpoint of
the period in which Cardano reported the proposal stands there, and not before the epoch that the proposal names; that boundary itself is
crossed by the old values. A value out of its bounds has no effect, and the node's event says why. A new parameter, or another bound, is a protocol upgrade.`;

const VERSION = `## Protocol version

A chain begins with version ${PROTOCOL_VERSION_FIRST}; this software knows the rules up to ${PROTOCOL_VERSION_MAX}. **Who changes it:** token holders, by a proposal \`protocol-upgrade\` with
a version and an epoch. **When:** as above, at that epoch. Software that does not know the version warns when it hears of the decision and stops at the
epoch with \`PROTOCOL_UPGRADE_REQUIRED\`.`;

const NETWORK = `## Fixed by the genesis

**Who changes them:** nobody. Another value is another network.`;

export const parametersDocument = (): string =>
	[
		HEAD,
		'',
		LEDGER,
		'',
		...table(['no.', 'name', 'unit', 'public', 'devnet', 'bounds', 'what it is'], ledgerRows()),
		'',
		SETTINGS,
		'',
		...table(['name', 'unit', 'default', 'bounds', 'what it is'], settingRows()),
		'',
		TOKEN,
		'',
		...table(['name', 'unit', 'default', 'bounds', 'what it is'], tokenRows),
		'',
		VERSION,
		'',
		NETWORK,
		'',
		...table(['name', 'unit', 'public', 'devnet', 'bounds', 'what it is'], networkRows()),
		'',
	].join('\n');
