import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withChain} from '../cncli/chain-source.ts';
import {cncliNonce, cncliStatus, cncliValidate} from './cncli-chain.ts';
import {cncliChallenge, cncliSign, cncliVerify} from './cncli-keys.ts';
import {cncliLeaderlog} from './cncli-leaderlog.ts';
import {cncliPing} from './cncli-ping.ts';
import {cncliSendslots, cncliSendtip} from './cncli-pooltool.ts';
import {cncliSync} from './cncli-sync.ts';

const withPeer = (command: Command): Command => withPort(command.requiredOption('--host <name>', 'the node'));

const withPort = (command: Command): Command =>
	command
		.option('--port <number>', 'its port', '3001')
		.option('--network-magic <number>', 'magic of the network', '764824073');

const withEpoch = (command: Command): Command =>
	command
		.option('--ledger-set <set>', 'prev, current or next epoch', 'current')
		.option('--epoch <number>', 'that epoch instead');

const withPooltool = (command: Command, url: string): Command =>
	command
		.option('--config <file>', "CNCLI's pooltool.json", 'pooltool.json')
		.option('--url <url>', 'where it is sent', url);

const registerChain = (noun: Command): void => {
	answers(
		withPeer(noun.command('sync').description('follow one node into a database of ours, header by header'))
			.requiredOption('--database-path <folder>', 'where the chain is kept')
			.option('--no-service', 'end when all of its chain is there')
			.option('--start-point <slot.hash>', 'the block that a new database begins after')
			.option('--protocol-state <file>', 'nonces and counters there')
			.option('--immutable-db <folder>', "cardano-node's immutable folder: its blocks are taken first")
			.option('--shelley-genesis <file>', 'of a network that is none of the public ones'),
		cncliSync,
	);
	answers(withChain(noun.command('status').description('whether the chain is at its tip')), cncliStatus);
	answers(
		withChain(
			noun.command('validate').description('whether a block is on the chain, or orphaned'),
		).requiredOption('--hash <hex>', 'its hash, or the beginning of it'),
		cncliValidate,
	);
	answers(withEpoch(withChain(noun.command('nonce').description('the nonce of an epoch'))), cncliNonce);
	answers(
		withEpoch(withChain(noun.command('leaderlog').description('the slots of a pool, and what came of each')))
			.requiredOption('--pool-id <id>', 'hexadecimal or bech32')
			.requiredOption('--pool-vrf-skey <file>', "the pool's VRF signing key")
			.option('--pool-stake <lovelace>', "the pool's stake in that epoch's snapshot; of Cardano")
			.option('--active-stake <lovelace>', 'all stake in it; of Cardano')
			.option('--nonce <hex>', 'instead of the one that the chain gives')
			.option('--consensus <name>', 'tpraos, praos or cpraos', 'praos')
			.option('--d <number>', 'decentralisation parameter: 0', '0')
			.option('--tz <zone>', 'time zone of the IANA database', 'UTC'),
		cncliLeaderlog,
	);
};

const registerKeys = (noun: Command): void => {
	answers(
		noun
			.command('challenge')
			.description('a challenge for who says to hold a pool (CIP-22)')
			.requiredOption('--domain <name>', 'who asks'),
		cncliChallenge,
	);
	answers(
		noun
			.command('sign')
			.description("answer a challenge with a pool's VRF key")
			.requiredOption('--pool-vrf-skey <file>', "the pool's VRF signing key")
			.requiredOption('--domain <name>', 'who asks')
			.requiredOption('--nonce <hex>', 'of the challenge'),
		cncliSign,
	);
	answers(
		noun
			.command('verify')
			.description('judge such an answer')
			.requiredOption('--pool-vrf-vkey <file>', "the pool's VRF verification key")
			.requiredOption('--pool-vrf-vkey-hash <hex>', 'its hash, as the pool registered it')
			.requiredOption('--domain <name>', 'who asked')
			.requiredOption('--nonce <hex>', 'of the challenge')
			.requiredOption('--signature <hex>', 'the answer'),
		cncliVerify,
	);
};

/** CNCLI's verbs, options and JSON: with `alias cncli='dcloud cncli'` scripts go on. */
export const register = (noun: Command): void => {
	answers(
		withPort(
			noun
				.command('ping')
				.description('how long a node takes to answer')
				.option('--host <name>', 'the node')
				.option('--socket <file>', 'the UNIX socket of a node on this machine instead'),
		).option('--timeout-seconds <number>', 'when to give up', '2'),
		cncliPing,
	);
	registerChain(noun);
	registerKeys(noun);
	answers(
		withPooltool(
			noun.command('sendtip').description("tell pooltool.io a node's tip, again and again"),
			'https://api.pooltool.io/v1/sendstats',
		)
			.option('--network-magic <number>', 'magic of the network', '764824073')
			.option('--once', 'once and no more'),
		cncliSendtip,
	);
	answers(
		withPooltool(
			withChain(noun.command('sendslots').description('tell pooltool.io how many slots a pool has')),
			'https://api.pooltool.io/v0/sendslots',
		),
		cncliSendslots,
	);
};
