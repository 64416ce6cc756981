import process from 'node:process';
import {type Command, Option} from 'commander';
import {type RunningNode, startNode} from '#node/compose';
import {explainOptions, type NodeConfig, readConfig} from '#node/config';
import {libp2pNode} from '#node/libp2p-service';
import type {ChangeOfKeys} from '#node/services/forge/forge';
import type {Answer, Options, Verb} from '../answer.ts';
import {listenForHangup, type Reload, topologyReload} from '../hangup.ts';
import {listenForPromotion, PROMOTE_SIGNAL} from '../promotion.ts';
import {leaveParent, untilStopped} from '../running.ts';
import {version} from '../version.ts';

/** cardano-node's names for the same things: operators' scripts and monitors know them. */
const ALIASES: Readonly<Record<string, keyof NodeConfig>> = {
	'--database-path': 'dataDir',
	'--host-addr': 'host',
	'--shelley-vrf-key': 'vrfKey',
	'--shelley-kes-key': 'kesKey',
	'--shelley-operational-certificate': 'certificate',
};

const camel = (flag: string): string =>
	flag.replace(/^--/, '').replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Adds every option of a node, from the one place that checks and explains them. */
export const withNodeRun = (command: Command): Command => {
	for (const {flag, variable, description, defaultValue, isSwitch} of explainOptions()) {
		const fallback = defaultValue === undefined ? '' : `; default ${defaultValue}`;
		command.option(
			isSwitch ? `${flag} [yes|no]` : `${flag} <value>`,
			`${description} (${variable}${fallback})`,
		);
		if (isSwitch && defaultValue !== 'false')
			command.addOption(new Option(`--no-${flag.slice(2)}`, `the same as ${flag} no`).hideHelp());
	}
	for (const [flag, name] of Object.entries(ALIASES))
		command.addOption(new Option(`${flag} <value>`, `cardano-node's name of ${name}`).hideHelp());
	return command.option(
		'--config <file>',
		"file with options by their names in camel case, or cardano-node's config.json (JSON or YAML)",
	);
};

/** The configuration that flags, environment and file give. Throws CONFIG_…. */
export const nodeConfig = (options: Options): Promise<NodeConfig> => {
	const known = new Set<string>(explainOptions().map(({name}) => name));
	const flags: Record<string, unknown> = {};
	for (const [flag, name] of Object.entries(ALIASES))
		if (options[camel(flag)] !== undefined) flags[name] = options[camel(flag)];
	for (const [name, value] of Object.entries(options)) if (known.has(name)) flags[name] = value;
	const {config} = options;
	return readConfig({flags, ...(typeof config === 'string' && {configFile: config})});
};

const untilItEnds = async (
	node: RunningNode,
	{name, dataDir, standby, startAsNonProducingNode, vrfKey}: NodeConfig,
	signal: AbortSignal,
): Promise<Answer> => {
	const {host, port} = node.address;
	process.stderr.write(
		`${name} listens on ${host}:${port}; control.json and the log are in ${dataDir}; Ctrl-C stops it.\n`,
	);
	if (startAsNonProducingNode && vrfKey !== undefined)
		process.stderr.write(`${name} forges nothing until SIGHUP lets it read its keys.\n`);
	else if (standby)
		process.stderr.write(
			`${name} stands by and signs nothing; "dcloud node promote" or ${PROMOTE_SIGNAL} lets it forge.\n`,
		);
	const failure = await Promise.race([untilStopped(signal), node.stopped]);
	await node.stop();
	leaveParent();
	if (failure !== undefined) throw failure;
	return {data: {name, stopped: true}, text: `${name} has stopped`};
};

const KEYS_TEXTS: Readonly<Record<ChangeOfKeys, string>> = {
	same: 'the forging keys were read again and are the same',
	changed: 'the forging keys were read again: the node goes on with the new ones',
	begun: 'the forging keys were read: the node forges, or stands by, from now on',
	ended: 'the forging keys are not there any more: the node forges nothing until SIGHUP finds them again',
	none: 'the forging keys are not there: the node goes on forging nothing',
};

/** As in cardano-node, first the keys; what is wrong with the ones keeps the others from nothing. */
const reloadsOf = ({reloadKeys, reloadTopology}: RunningNode): readonly Reload[] => [
	...(reloadKeys
		? [{failed: 'the forging keys stay as they were', again: async () => KEYS_TEXTS[await reloadKeys()]}]
		: []),
	topologyReload(reloadTopology),
];

/** Runs until it is told to stop or cannot go on; stops it in order. Throws what made it stop by itself. */
export const keepRunning = async (
	start: () => Promise<RunningNode>,
	config: NodeConfig,
	signal: AbortSignal,
): Promise<Answer> => {
	const promotion = listenForPromotion();
	const hangup = listenForHangup();
	try {
		const node = await start();
		promotion.attach(node.inner.forge);
		hangup.attach(reloadsOf(node));
		return await untilItEnds(node, config, signal);
	} finally {
		promotion.release();
		hangup.release();
	}
};

export const runNode: Verb = async (_words, options, signal) => {
	const config = await nodeConfig(options);
	return keepRunning(() => startNode(config, {version, extend: libp2pNode}), config, signal);
};
