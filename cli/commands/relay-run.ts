import process from 'node:process';
import type {Command} from 'commander';
import {startCardanoRelay} from '#node/cardano-relay';
import {explainRelayOptions, readRelayConfig} from '#node/cardano-relay-config';
import type {CardanoRelayConfig} from '#node/cardano-relay-options';
import type {Options, Verb} from '../answer.ts';
import {listenForHangup, topologyReload} from '../hangup.ts';
import {leaveParent, untilStopped} from '../running.ts';
import {version} from '../version.ts';

const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds every option of a relay, from the one place that checks and explains them. */
export const withRelayRun = (command: Command): Command => {
	for (const {name, flag, variable, description, defaultValue, isSwitch} of explainRelayOptions()) {
		const fallback = defaultValue === undefined || defaultValue === '' ? '' : `; default ${defaultValue}`;
		const explained = `${description} (${variable}${fallback})`;
		if (name === 'stakeDistribution') command.option(`${flag} <epoch=file>`, explained, repeated);
		else command.option(isSwitch ? `${flag} [yes|no]` : `${flag} <value>`, explained);
	}
	return command.option(
		'--config <file>',
		"cardano-node's config.json (or YAML), or a file of these options by their names in camel case",
	);
};

/** The configuration that flags, environment and file give. Throws CONFIG_…. */
export const relayConfig = (options: Options): Promise<CardanoRelayConfig> => {
	const known = new Set<string>(explainRelayOptions().map(({name}) => name));
	const flags = Object.fromEntries(Object.entries(options).filter(([name]) => known.has(name)));
	const {config} = options;
	return readRelayConfig({flags, ...(typeof config === 'string' && {configFile: config})});
};

export const runRelay: Verb = async (_words, options, signal) => {
	const config = await relayConfig(options);
	const relay = await startCardanoRelay(config, {version, signal});
	const hangup = listenForHangup();
	hangup.attach([topologyReload(() => relay.reload())]);
	const {host, port} = relay.address;
	process.stderr.write(
		`relay of ${relay.networkName} listens on ${host}:${port}; its log is in ${config.databasePath}; Ctrl-C stops it.\n`,
	);
	try {
		await untilStopped(signal);
	} finally {
		hangup.release();
		await relay.stop();
		leaveParent();
	}
	return {data: {stopped: true}, text: 'the relay has stopped'};
};
