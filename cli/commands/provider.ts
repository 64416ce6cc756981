import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import {readKeyFile} from '#node/adapters/text-envelope';
import {answers, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {accountIdOf, parseAmount, parseId} from '../wallet.ts';
import {providerPrice} from './provider-price.ts';
import {showReputation} from './provider-reputation.ts';
import {runProvider, withProviderRun} from './provider-run.ts';
import {listProviders, showProvider} from './provider-views.ts';

const UNITS: Readonly<Record<string, number>> = {kib: 1, mib: 2 ** 10, gib: 2 ** 20, tib: 2 ** 30};

/** `100GiB` in leaves of 1 KiB. Throws SIZE_MALFORMED. */
export const parseLeaves = (text: string): number => {
	const match = /^(\d{1,12})\s*(kib|mib|gib|tib)$/i.exec(text.trim());
	const leaves = Number(match?.[1]) * (UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
	if (Number.isSafeInteger(leaves)) return leaves;
	throw new NodeError({
		code: 'SIZE_MALFORMED',
		message: `"${text}" is not a size: write it as 500MiB, 100GiB or 4TiB.`,
	});
};

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
