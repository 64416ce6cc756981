import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {runCardanoDevnet} from './cardano-devnet.ts';

export const register = (noun: Command): void => {
	answers(
		noun
			.command('devnet')
			.description('a Cardano network in one process, on a ledger that rejects, served as Kupo and Ogmios')
			.requiredOption('--data <folder>', 'where its log is kept')
			.option('--port <n>', 'on 127.0.0.1; 0 takes a free one', '0')
			.option('--fund <line...>', 'ADDRESS=AMOUNT: what somebody owns at the start'),
		runCardanoDevnet,
	);
};
