import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {runRelay, withRelayRun} from './relay-run.ts';
import {relayStatus} from './relay-status.ts';

/** The folder that a command about a relay is told, by cardano-node's name. */
export const withRelayDatabase = (command: Command): Command =>
	command.requiredOption('--database-path <folder>', 'where the relay keeps its chain');

export const register = (noun: Command): void => {
	answers(
		withRelayRun(
			noun
				.command('run')
				.description("follow Cardano, check every header, serve peers; options as cardano-node's"),
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
