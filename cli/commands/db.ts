import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withDatabase} from '../database-options.ts';
import {checkDatabaseVerb} from './db-check.ts';
import {exportDatabase} from './db-export.ts';
import {importDatabase} from './db-import.ts';
import {pruneDatabaseVerb} from './db-prune.ts';
import {repairDatabaseVerb} from './db-repair.ts';

export const register = (noun: Command): void => {
	answers(
		withDatabase(
			noun
				.command('check')
				.description("read everything of a stopped node's database; exit code 1 when something is not good")
				.option('--full', 'judge everything again: headers with their proofs, bodies, states, index'),
		),
		checkDatabaseVerb,
	);
	answers(
		withDatabase(
			noun.command('repair').description('cut what is damaged and move it aside; peers bring it again'),
		),
		repairDatabaseVerb,
	);
	answers(
		withDatabase(
			noun
				.command('prune')
				.description(
					'of a stopped node: take storage proofs out of old blocks; it serves those to nobody any more',
				),
		),
		pruneDatabaseVerb,
	);
	answers(
		withDatabase(
			noun
				.command('export')
				.description('write a snapshot file from which new nodes start: of a running node, or a stopped one')
				.argument('<file>', 'the file to write')
				.option('--period <n>', 'of which closed period (default: the last one confirmed on Cardano)'),
		),
		exportDatabase,
	);
	answers(
		withDatabase(
			noun
				.command('import')
				.description('make the database of a new node from a snapshot file, verified against Cardano')
				.argument('<file>', 'a file that "dcloud db export" wrote')
				.option('--kupo-url <url>', 'Kupo of the Cardano network: the checkpoint there vouches for the state')
				.option('--trust-state-root <hex>', 'without Cardano: the state root that you trust')
				.option('--checkpoint-only', 'only the state of the checkpoint; the blocks since come from peers'),
		),
		importDatabase,
	);
};
