import type {Command} from 'commander';
import type {AccountId} from '#kernel/hash';
import {accountOf} from '../account-id.ts';
import {allowanceFor} from '../allowance.ts';
import {answers, type Options, type Verb} from '../answer.ts';
import {ada} from '../format.ts';
import {withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {parseAmount, parseId} from '../wallet.ts';
import {createAccount} from './account-create.ts';
import {registerMultisig} from './account-multisig.ts';
import {status} from './account-status.ts';
import {balance, history} from './account-views.ts';
import {registerCrossing} from './bridge-crossing.ts';

const sendCredits: Verb = (_words, options, signal) =>
	send(options, signal, async () => {
		const to = parseId<AccountId>(await accountOf(textOption(options, 'to')), 28, 'An account id');
		const amount = parseAmount(textOption(options, 'amount'));
		return {action: {kind: 'transfer', to, amount}, say: `${ada(amount)} to ${textOption(options, 'to')}`};
	});

const payerVerb =
	(kind: 'payer-deposit' | 'payer-withdraw'): Verb =>
	(_words: readonly string[], options: Options, signal: AbortSignal) =>
		send(options, signal, async () => {
			const amount = parseAmount(textOption(options, 'amount'));
			const say =
				kind === 'payer-deposit' ? 'set aside for storage' : 'back from what was set aside for storage';
			return {action: {kind, amount}, say: `${ada(amount)} ${say}`};
		});

const allow: Verb = ([who = ''], options, signal) =>
	send(options, signal, async () => {
		const action = await allowanceFor(who, options);
		const {rateMax, until} = action;
		const say =
			rateMax === 0n
				? 'nothing new is paid; what runs goes on to its end'
				: `agreements of ${who} are paid, at most ${ada(rateMax)} an epoch for all of them, none beyond epoch ${until}`;
		return {action, say};
	});

/** What only looks. */
const registerViews = (noun: Command): void => {
	answers(
		withNode(
			noun.command('balance').description('what an account holds').argument('<account>', 'id or key file'),
		),
		balance,
	);
	answers(
		withNode(
			noun
				.command('status')
				.description('what storage costs an account, and how long its funds last')
				.argument('<account>', 'id or key file'),
		),
		status,
	);
	answers(
		withNode(
			noun
				.command('history')
				.description('what happened to an account, newest first')
				.argument('<account>', 'id or key file')
				.option('--limit <n>', 'how many blocks', '50'),
		),
		history,
	);
};

export const register = (noun: Command): void => {
	answers(
		noun
			.command('create')
			.description('a new account: two key files in the form of cardano-cli')
			.requiredOption('--out <prefix>', 'writes PREFIX.skey (mode 0600) and PREFIX.vkey')
			.option('--mainnet', "show the key's address on Cardano's mainnet, not a testnet"),
		createAccount,
	);
	registerViews(noun);
	answers(
		withSender(noun.command('send').description('send credits'))
			.requiredOption('--to <account>', 'the account that receives: its id or key file')
			.requiredOption('--amount <amount>', 'lovelace (2500000) or ADA (2.5)'),
		sendCredits,
	);
	answers(
		withSender(noun.command('fund').description('set credits aside to pay for storage')).requiredOption(
			'--amount <amount>',
			'lovelace or ADA',
		),
		payerVerb('payer-deposit'),
	);
	answers(
		withSender(
			noun.command('unfund').description('take back what was set aside and is not locked'),
		).requiredOption('--amount <amount>', 'lovelace or ADA'),
		payerVerb('payer-withdraw'),
	);
	answers(
		withSender(
			noun
				.command('allow')
				.description('let another account store at the cost of what is set aside')
				.argument('<account>', 'id or key file of who may'),
		)
			.requiredOption('--rate-max <amount>', 'for all its agreements together, an epoch; 0 withdraws it')
			.requiredOption('--until <epoch>', 'none of them is paid beyond this epoch'),
		allow,
	);
	registerCrossing(noun);
	registerMultisig(noun);
};
