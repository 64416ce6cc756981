import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {PAYMENTS, WALLET_ACCOUNT, withCardano} from '../cardano-access.ts';
import {withDraft} from '../cardano-file.ts';
import {withOwners} from '../cardano-policy.ts';
import {registerBonds} from './cardano-bond.ts';
import {registerChannels} from './cardano-channel.ts';
import {openClaim} from './cardano-claim.ts';
import {deploy} from './cardano-deploy.ts';
import {runCardanoDevnet} from './cardano-devnet.ts';
import {policy} from './cardano-policy.ts';
import {signOnCardano, submitOnCardano} from './cardano-sign.ts';

/** Who signs together, and what was written into files to be signed. */
const registerFiles = (noun: Command): void => {
	answers(
		noun
			.command('policy')
			.description('the address that k of n keys have together, and the file that says so')
			.argument('<file>', "a native script in cardano-cli's form; made with --key and --required")
			.option('--key <file...>', 'verification keys of those who sign')
			.option('--required <k>', 'how many of them are enough')
			.option('--mainnet', "the address on Cardano's mainnet, not a testnet"),
		policy,
	);
	answers(
		noun
			.command('sign')
			.description('sign a Cardano transaction that --out has written; needs no network')
			.requiredOption('--tx <file>', "the transaction, in cardano-cli's form")
			.requiredOption('--key <file...>', "signing keys, or files with a wallet's words")
			.option('--wallet-account <n>', WALLET_ACCOUNT)
			.option('--out <file>', 'default: the same file'),
		signOnCardano,
	);
	answers(
		noun
			.command('submit')
			.description('hand a signed Cardano transaction in and wait until it is in a block')
			.argument('<files...>', 'the transaction, or copies of it that were signed apart')
			.requiredOption('--kupo-url <url>', 'Kupo')
			.option('--ogmios-url <url>', 'Ogmios (default: the same address as Kupo, as on the devnet)'),
		submitOnCardano,
	);
};

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
	answers(
		noun
			.command('deploy')
			.description('put the contracts that a genesis names on Cardano, with ADA for its credits')
			.requiredOption('--genesis <file>', 'genesis file')
			.requiredOption(
				'--cardano-network <file>',
				"url, ogmiosUrl, networkMagic, zeroTimeMs, slotLengthMs: the devnet's cardano.json",
			)
			.requiredOption(
				'--wallet <file>',
				'key of the Cardano wallet that the genesis was made with, or its words',
			)
			.option('--wallet-account <n>', WALLET_ACCOUNT)
			.option('--governance <file>', 'what governance begins with, as the genesis was made with it')
			.requiredOption('--out <file>', 'where the deployment record goes')
			.option('--payments <folder>', PAYMENTS)
			.option(
				'--tx-out <file>',
				'write the transactions there, unsigned (deploy.json: deploy.1.json, deploy.2.json …); --wallet may then be a verification key or an address too',
			),
		deploy,
	);
	answers(
		withOwners(
			withDraft(
				withCardano(
					noun
						.command('open-claim')
						.description(
							'open the claim UTxO that a provider is named after, or one for withdrawals of an account',
						),
				),
			),
		)
			.option(
				'--operator-key <file>',
				"a provider's operator verification key; without it the claim is an account's",
			)
			.option('--collateral <amount>', 'bonded in the claim', '50ADA'),
		openClaim,
	);
	registerFiles(noun);
	registerChannels(noun);
	registerBonds(noun);
};
