import {type Command, Option} from 'commander';
import {TRUST_LEVELS} from '#consensus/cardano/trust-level';
import {answers} from '../answer.ts';
import {runRelay} from './relay-run.ts';
import {relayStatus} from './relay-status.ts';

const repeated = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** The folder that a command about a relay is told, by cardano-node's name. */
export const withRelayDatabase = (command: Command): Command =>
	command.requiredOption('--database-path <folder>', 'where the relay keeps its chain');

export const register = (noun: Command): void => {
	answers(
		withRelayDatabase(
			noun
				.command('run')
				.description("follow Cardano, check every header, serve peers; options as cardano-node's"),
		)
			.option('--network <name>', 'mainnet, preprod or preview')
			.option('--shelley-genesis <file>', 'shelley-genesis.json: of another network, or to compare')
			.option('--topology <file>', "cardano-node's topology.json; SIGHUP reads it again")
			.option('--host-addr <address>', 'where to listen', '0.0.0.0')
			.option('--port <number>', 'port to listen on; 0 takes a free one', '3001')
			.option('--socket-path <file>', 'UNIX socket that cardano-cli may ask for the tip (node-to-client)')
			.option('--start-point <slot.hash>', 'the block that a new database begins after')
			.option('--protocol-state <file>', 'nonces and counters there: of cardano-cli, or of Ogmios')
			.option(
				'--stake-distribution <epoch=file>',
				"stake that leaders of an epoch are drawn by: of Ogmios, or cardano-cli's stake-distribution or stake-snapshot; may be repeated",
				repeated,
				[],
			)
			.option('--immutable-db <folder>', "cardano-node's immutable folder: its blocks are taken first")
			.option('--keep <days>', 'drop blocks that are older, a file at a time (default: keep all)')
			.option(
				'--metrics-port <number>',
				'of the Prometheus endpoint on 127.0.0.1, or none (default: 12798 if it is free)',
			)
			.addOption(
				new Option(
					'--trust-level <level>',
					'how far each header has to be checked (default: as far as was given)',
				).choices([...TRUST_LEVELS]),
			),
		runRelay,
	);
	answers(
		withRelayDatabase(
			noun.command('status').description('tip, peers, lag, trust level and disagreements of a running relay'),
		),
		relayStatus,
	);
};
