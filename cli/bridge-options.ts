/** Options of what crosses the bridge, under `dcloud bridge` and `dcloud account` alike. */
import type {Command} from 'commander';
import {withCardano} from './cardano-access.ts';
import {withDraft} from './cardano-file.ts';
import {withNode} from './node-client.ts';
import {withSender} from './sending.ts';

export const withDeposit = (command: Command): Command =>
	withDraft(withCardano(withNode(command)))
		.requiredOption('--amount <amount>', 'lovelace or ADA')
		.option('--to <account>', 'id or key file of the account that gets them (default: that of --wallet)')
		.option('--no-wait', 'return when Cardano has it, not when the credits are there');

export const withWithdrawal = (command: Command): Command =>
	withSender(command)
		.requiredOption('--claim <id>', 'id of a claim UTxO on Cardano')
		.requiredOption('--amount <amount>', 'lovelace or ADA');

export const withClaim = (command: Command): Command =>
	withDraft(withCardano(withNode(command))).requiredOption(
		'--claim <id>',
		'id of the claim UTxO; --wallet is the key of its owner',
	);
