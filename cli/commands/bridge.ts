/** `dcloud bridge`: value from Cardano to the side-chain and back. */
import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withKupo} from '../cardano-access.ts';
import {withNode} from '../node-client.ts';
import {registerCrossing} from './bridge-crossing.ts';
import {showBridge} from './bridge-status.ts';

export const register = (noun: Command): void => {
	registerCrossing(noun);
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
