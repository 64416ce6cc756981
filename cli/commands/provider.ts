import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {EPOCH_MAX} from '#ledger/limits';
import {readKeyFile} from '#node/adapters/text-envelope';
import {answers, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {parseLeaves} from '../size.ts';
import {accountIdOf, parseAmount, parseId} from '../wallet.ts';
import {providerEarnings} from './provider-earnings.ts';
import {announceMaintenance, exitProvider, reportLoss} from './provider-notices.ts';
import {providerPrice} from './provider-price.ts';
import {showReputation} from './provider-reputation.ts';
import {runProvider, withProviderRun} from './provider-run.ts';
import {providerStatus} from './provider-status.ts';
import {setTerms} from './provider-terms.ts';
import {listProviders, showProvider} from './provider-views.ts';

const registerProvider: Verb = (_words, options, signal) =>
	send(options, signal, async ({network, seed}) => {
		const operator = await readKeyFile(
			textOption(options, 'operatorKey'),
			'DCloudOperatorSigningKey_ed25519',
		);
		const operatorVk = await readKeyFile(
			textOption(options, 'operatorKey').replace(/\.skey$/, '.vkey'),
			'DCloudOperatorVerificationKey_ed25519',
		);
		const payout = options['payoutAccount'];
		const bond = parseAmount(textOption(options, 'bond'));
		return {
			action: {
				kind: 'provider-register',
				provider: parseId<Hash32>(textOption(options, 'claim'), 32, 'A claim id'),
				operatorVk,
				payoutAccount:
					typeof payout === 'string'
						? parseId<AccountId>(payout, 28, 'An account id')
						: await accountIdOf(network.crypto, seed),
				bond,
				storePrice: parseAmount(textOption(options, 'price')),
				minTermEpochs: countOption(options, 'minTerm', EPOCH_MAX) ?? 1,
				capacityLeaves: parseLeaves(textOption(options, 'capacity')),
			},
			cosigners: [operator],
			say: `provider ${textOption(options, 'claim')} with operator key ${toHex(operatorVk)} and a bond of ${ada(bond)}`,
		};
	});

const nameSubsidyClaim: Verb = (_words, options, signal) =>
	send(options, signal, async () => {
		const operator = await readKeyFile(
			textOption(options, 'operatorKey'),
			'DCloudOperatorSigningKey_ed25519',
		);
		const provider = parseId<Hash32>(textOption(options, 'provider'), 32, 'A provider id');
		const claimId = parseId<Hash32>(textOption(options, 'claim'), 32, 'A claim id');
		return {
			action: {kind: 'provider-subsidy', provider, claimId},
			cosigners: [operator],
			say: `the storage subsidy of provider ${toHex(provider)} goes to claim ${toHex(claimId)}, for good`,
		};
	});

/** A notice costs no fee: the operator key alone signs it. */
const withNotice = (command: Command): Command =>
	withNode(command)
		.requiredOption('--provider <id>', 'the provider')
		.requiredOption('--operator-key <file>', 'operator signing key of the provider')
		.option('--no-wait', 'return when the node has the transaction, not when it is in a block');

/** What the owner of a running provider asks and tells. */
const registerOwner = (noun: Command): void => {
	answers(
		withNode(
			noun
				.command('status')
				.description('the provider that runs in that node: pieces, disk, losses, penalties'),
		),
		providerStatus,
	);
	answers(
		withNode(
			noun
				.command('earnings')
				.description('what a provider was paid and for what, and what was taken from it and why')
				.argument('[provider]', 'id or its beginning (default: the one that runs in that node)'),
		).option('--limit <blocks>', 'blocks that are looked at, newest first (default: 100)'),
		providerEarnings,
	);
	answers(
		withSender(noun.command('terms').description('other terms for new agreements, or more bond'))
			.requiredOption('--provider <id>', 'id or its beginning')
			.requiredOption('--operator-key <file>', 'operator signing key of the provider')
			.option('--price <amount>', 'per GiB and epoch')
			.option('--min-term <epochs>', 'shortest agreement')
			.option('--capacity <size>', 'what it offers')
			.option('--add-bond <amount>', 'taken from the paying account')
			.option('--accept', 'takes agreements')
			.option('--refuse', 'takes no agreements for now'),
		setTerms,
	);
	answers(
		withNotice(
			noun.command('maintenance').description('announce an epoch that need not be proven; two in thirty'),
		).option('--epoch <number>', 'which one (default: the next that is not committed to)'),
		announceMaintenance,
	);
	answers(
		withNotice(
			noun
				.command('report-loss')
				.description(
					'give up agreements with lost pieces before the next commitment, for a tenth of the penalty',
				)
				.argument('<agreement...>', 'ids of the agreements'),
		).option('--epoch <number>', 'whose commit window is open (default: the one that is)'),
		reportLoss,
	);
	answers(
		withSender(
			noun
				.command('exit')
				.description('leave: no new agreements, the others go on to their end, the bond comes back'),
		)
			.requiredOption('--provider <id>', 'the provider')
			.requiredOption('--operator-key <file>', 'operator signing key of the provider'),
		exitProvider,
	);
};

export const register = (noun: Command): void => {
	answers(withNode(noun.command('list').description('the registered providers')), listProviders);
	answers(
		withNode(
			noun
				.command('show')
				.description('one provider, its agreements, and the reason of each loss')
				.argument('<provider>', 'id or its beginning'),
		),
		showProvider,
	);
	registerOwner(noun);
	answers(
		withNode(
			noun
				.command('reputation')
				.description('what a provider has proven, and each event against it with its reason and block')
				.argument('<provider>', 'id or its beginning'),
		),
		showReputation,
	);
	answers(
		withNode(
			noun
				.command('price')
				.description('let the price of the provider in that data folder follow its utilisation')
				.argument('[provider]', 'id or its beginning: also shows its price and the next one'),
		)
			.option('--auto', 'from now on it does; the running provider reads this every epoch')
			.option('--fixed', 'from now on it does not')
			.option('--min <amount>', 'with --auto: it never falls below')
			.option('--max <amount>', 'with --auto: it never rises above')
			.option('--low <part>', 'with --auto: falls when less of the capacity is in use (default: 50%)')
			.option('--high <part>', 'with --auto: rises when as much or more is in use (default: 80%)')
			.option('--step <part>', 'with --auto: how far it moves at a time (default: 5%)')
			.option('--rest <epochs>', 'with --auto: how long it rests after each move (default: 1)'),
		providerPrice,
	);
	answers(
		withSender(noun.command('register').description('register a provider whose claim was opened on Cardano'))
			.requiredOption('--claim <id>', 'claim id on Cardano: it becomes the provider id')
			.requiredOption('--operator-key <file>', 'operator signing key (its .vkey stands beside it)')
			.option('--bond <amount>', 'locked for as long as it provides', '100ADA')
			.option('--price <amount>', 'per GiB and epoch', '100ADA')
			.option('--min-term <epochs>', 'shortest agreement', '1')
			.option('--capacity <size>', 'what it offers', '10GiB')
			.option('--payout-account <account>', 'where earnings go (default: the paying account)'),
		registerProvider,
	);
	answers(
		withSender(
			noun
				.command('subsidy')
				.description('name the claim on Cardano that storage subsidies are paid to, once and for all'),
		)
			.requiredOption('--provider <id>', 'the provider')
			.requiredOption('--claim <id>', 'a claim of its owner with status 3, opened for subsidies')
			.requiredOption('--operator-key <file>', 'operator signing key of the provider'),
		nameSubsidyClaim,
	);
	answers(
		withProviderRun(noun.command('run').description('run a provider: a validating node that holds pieces')),
		runProvider,
	);
};
