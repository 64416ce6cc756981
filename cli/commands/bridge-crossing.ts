/** The verbs that take value over the bridge, under `dcloud bridge` and `dcloud account` alike. */
import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withCardano} from '../cardano-access.ts';
import {withDraft} from '../cardano-file.ts';
import {withOwners} from '../cardano-policy.ts';
import {withNode} from '../node-client.ts';
import {withSender} from '../sending.ts';
import {claimOnCardano} from './account-claim.ts';
import {depositOnCardano} from './account-deposit.ts';
import {withdraw} from './account-withdraw.ts';

export const registerCrossing = (noun: Command): void => {
	answers(
		withDraft(
			withCardano(
				withNode(
					noun
						.command('deposit')
						.description('lock ADA in the bridge on Cardano: as many credits appear here'),
				),
			),
		)
			.requiredOption('--amount <amount>', 'lovelace or ADA')
			.option('--to <account>', 'id or key file of the account that gets them (default: that of --wallet)')
			.option('--no-wait', 'return when Cardano has it, not when the credits are there'),
		depositOnCardano,
	);
	answers(
		withSender(noun.command('withdraw').description('burn credits here, to claim them as ADA on Cardano'))
			.requiredOption('--claim <id>', 'id of a claim UTxO on Cardano')
			.requiredOption('--amount <amount>', 'lovelace or ADA'),
		withdraw,
	);
	answers(
		withOwners(
			withDraft(
				withCardano(withNode(noun.command('claim').description('claim withdrawn credits as ADA on Cardano'))),
			),
		).requiredOption('--claim <id>', 'id of the claim UTxO; --wallet is the key of its owner'),
		claimOnCardano,
	);
};
