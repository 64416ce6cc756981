import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withGenesis, withPeriod} from '../kes-time.ts';
import {withNode} from '../node-client.ts';
import {convert} from './keys-convert.ts';
import {certify, generate, kinds, makeCounter, makeOperator, makePool, renew} from './keys-make.ts';
import {showKeyFile} from './keys-show.ts';
import {verifyKeys} from './keys-verify.ts';

const registerMakers = (noun: Command): void => {
	answers(
		withPeriod(
			noun
				.command('pool')
				.description('all keys of a new stake pool')
				.requiredOption('--out <folder>', 'where they go (secret ones with mode 0600)'),
		),
		makePool,
	);
	answers(
		noun
			.command('generate')
			.description('one key pair')
			.argument('<kind>', `${Object.keys(kinds).join(', ')}, or payment (the same as account)`)
			.requiredOption('--out <prefix>', 'writes PREFIX.skey and PREFIX.vkey; for cold also PREFIX.counter'),
		generate,
	);
	answers(
		noun
			.command('operator')
			.description("a storage provider's operator key")
			.requiredOption('--out <prefix>', 'writes PREFIX.skey and PREFIX.vkey'),
		makeOperator,
	);
};

const registerCertificates = (noun: Command): void => {
	answers(
		withPeriod(
			noun
				.command('certify')
				.description("an operational certificate (cardano-cli's issue-op-cert)")
				.requiredOption('--kes-vkey <file>', 'KES verification key to be certified')
				.requiredOption('--cold-key <file>', 'cold signing key')
				.requiredOption('--counter <file>', 'counter file, which goes up by one')
				.requiredOption('--out <file>', 'where the certificate goes'),
		),
		certify,
	);
	answers(
		noun
			.command('counter')
			.description("a new counter file, when it was lost (cardano-cli's new-counter)")
			.requiredOption('--cold-vkey <file>', 'cold verification key')
			.option('--number <n>', 'of the next certificate (default: 0)')
			.requiredOption('--out <file>', 'where it goes'),
		makeCounter,
	);
	answers(
		withPeriod(
			noun
				.command('renew')
				.description('a new KES key with the next operational certificate; the old key is erased')
				.requiredOption('--keys <folder>', 'key folder of the pool'),
		),
		renew,
	);
};

export const register = (noun: Command): void => {
	registerMakers(noun);
	registerCertificates(noun);
	answers(
		withGenesis(
			noun
				.command('show')
				.description('what a key file is; of a certificate also how long it lasts')
				.argument('<file>', 'key, certificate or counter file'),
		),
		showKeyFile,
	);
	answers(
		withNode(
			withGenesis(
				noun
					.command('verify')
					.description('whether the keys of a folder belong together, and to the chain of a node')
					.argument('<folder>', 'key folder of the pool'),
			),
		),
		verifyKeys,
	);
	answers(
		noun
			.command('convert')
			.description('a key in another form')
			.argument('<file>', 'key file, as text envelope or in Bech32')
			.requiredOption('--to <form>', 'verification, envelope, bech32, or another kind of Ed25519 key')
			.requiredOption('--out <file>', 'where it goes (secret ones with mode 0600)'),
		convert,
	);
};
