import process from 'node:process';
import {TRUST_LEVELS} from '#consensus/cardano/trust-level';
import {NodeError} from '#kernel/node-error';
import {startCardanoRelay} from '#node/cardano-relay';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {listenForHangup, topologyReload} from '../hangup.ts';
import {leaveParent, untilStopped} from '../running.ts';
import {textOption} from '../sending.ts';
import {version} from '../version.ts';

const PORT_MAX = 65_535;
const KEEP_DAYS_MAX = 36_500;

const stakeFiles = (options: Options): readonly string[] => {
	const {stakeDistribution} = options;
	return Array.isArray(stakeDistribution) ? stakeDistribution : [];
};

/** A day is more than k blocks anywhere, which are never dropped. */
const keepDaysOf = (options: Options): number | undefined => {
	const days = countOption(options, 'keep', KEEP_DAYS_MAX);
	if (days !== 0) return days;
	throw new NodeError({code: 'OPTION_MALFORMED', message: '--keep wants at least 1 day.'});
};

export const runRelay: Verb = async (_words, options, signal) => {
	const relay = await startCardanoRelay(
		{
			network: optionalText(options, 'network'),
			shelleyGenesis: optionalText(options, 'shelleyGenesis'),
			databasePath: textOption(options, 'databasePath'),
			topology: optionalText(options, 'topology'),
			hostAddr: textOption(options, 'hostAddr'),
			port: countOption(options, 'port', PORT_MAX) ?? 0,
			socketPath: optionalText(options, 'socketPath'),
			startPoint: optionalText(options, 'startPoint'),
			protocolState: optionalText(options, 'protocolState'),
			stakeDistributions: stakeFiles(options),
			immutableDb: optionalText(options, 'immutableDb'),
			metricsPort: options['metricsPort'] === 'none' ? 'none' : countOption(options, 'metricsPort', PORT_MAX),
			keepDays: keepDaysOf(options),
			trustLevel: TRUST_LEVELS.find(level => level === options['trustLevel']),
		},
		{version, signal},
	);
	const hangup = listenForHangup();
	hangup.attach([topologyReload(() => relay.reload())]);
	const {host, port} = relay.address;
	process.stderr.write(
		`relay of ${relay.networkName} listens on ${host}:${port}; its log is in ${textOption(options, 'databasePath')}; Ctrl-C stops it.\n`,
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
