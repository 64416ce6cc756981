/** sync: CNCLI's name for a relay that follows one node, with `--no-service` until it has all of that node's chain. */
import {CARDANO_NETWORKS} from '#consensus/cardano/cardano-network';
import {NodeError} from '#kernel/node-error';
import {type RunningCardanoRelay, startCardanoRelay} from '#node/cardano-relay';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {cncliVerb} from '../cncli/cncli-answer.ts';
import {countOption} from '../count-option.ts';
import {leaveParent, untilStopped} from '../running.ts';
import {textOption} from '../sending.ts';
import {version} from '../version.ts';

const WORD32_MAX = 0xff_ff_ff_ff;

/** CNCLI names a network by its magic. */
const networkName = (options: Options): string | undefined => {
	const magic = countOption(options, 'networkMagic', WORD32_MAX);
	const known = CARDANO_NETWORKS.find(network => network.magic === magic);
	if (known !== undefined || options['shelleyGenesis'] !== undefined) return known?.name;
	throw new NodeError({
		code: 'CARDANO_NETWORK_UNKNOWN',
		message: `No public network has the magic ${magic ?? 'none'}: give its --shelley-genesis.`,
	});
};

const hasAll = (relay: RunningCardanoRelay): boolean => {
	const {tip, peers, stuck} = relay.status();
	if (stuck !== null) throw new NodeError({code: 'CARDANO_CANNOT_JUDGE', message: stuck});
	return (
		tip !== null && peers.some(({direction, blockNo}) => direction === 'outbound' && blockNo === tip.blockNo)
	);
};

const untilSynced = async (relay: RunningCardanoRelay, signal: AbortSignal): Promise<void> => {
	while (!hasAll(relay)) await relay.nextChange({signal});
};

const sync = async (options: Options, signal: AbortSignal): Promise<unknown> => {
	const peer = {host: textOption(options, 'host'), port: countOption(options, 'port', 65_535) ?? 0};
	const relay = await startCardanoRelay(
		{
			network: networkName(options),
			shelleyGenesis: optionalText(options, 'shelleyGenesis'),
			databasePath: textOption(options, 'databasePath'),
			topology: undefined,
			peers: [peer],
			hostAddr: '127.0.0.1',
			port: 0,
			startPoint: optionalText(options, 'startPoint'),
			protocolState: optionalText(options, 'protocolState'),
			stakeDistributions: [],
			immutableDb: optionalText(options, 'immutableDb'),
			trustLevel: undefined,
			metricsPort: 'none',
		},
		{version, signal},
	);
	try {
		await (options['service'] === false ? untilSynced(relay, signal) : untilStopped(signal));
		const {tip} = relay.status();
		return {status: 'ok', blockNumber: tip?.blockNo ?? null, slotNumber: tip?.slot ?? null};
	} finally {
		await relay.stop();
		leaveParent();
	}
};

export const cncliSync: Verb = cncliVerb(sync);
