import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withKupo} from '../cardano-access.ts';
import {showTreasury} from './treasury-show.ts';

export const register = (noun: Command): void => {
	answers(
		withKupo(
			noun
				.command('show')
				.description('what the treasury on Cardano holds, and where depositors say it came from'),
		).option('--limit <n>', 'how many deposits, the newest first', '20'),
		showTreasury,
	);
};
