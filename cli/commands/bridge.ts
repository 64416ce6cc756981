/** `dcloud bridge`: value from Cardano to the side-chain and back. */
import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withClaim, withDeposit, withWithdrawal} from '../bridge-options.ts';
import {withKupo} from '../cardano-access.ts';
import {withNode} from '../node-client.ts';
import {claimOnCardano} from './account-claim.ts';
import {depositOnCardano} from './account-deposit.ts';
import {withdraw} from './account-withdraw.ts';
import {showBridge} from './bridge-status.ts';

export const register = (noun: Command): void => {
	answers(
		withDeposit(
			noun.command('deposit').description('lock ADA in the bridge on Cardano: as many credits appear here'),
		),
		depositOnCardano,
	);
	answers(
		withWithdrawal(
			noun.command('withdraw').description('burn credits here, to claim them as ADA on Cardano'),
		),
		withdraw,
	);
	answers(
		withClaim(noun.command('claim').description('claim withdrawn credits as ADA on Cardano')),
		claimOnCardano,
	);
	answers(
		withKupo(
			withNode(
				noun
					.command('status')
					.description(
						'what is on its way: how deep deposits are, when they count, when withdrawals can be claimed',
					),
			),
		)
			.option('--account <account>', 'only deposits to this account: its id or key file')
			.option('--claim <id>', 'what this claim can take now'),
		showBridge,
	);
};
