import path from 'node:path';
import type {Command} from 'commander';
import type {AccountId, PoolId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {parseRatio, Ratio} from '#kernel/ratio';
import {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '#ledger/limits';
import {readKeyFile} from '#node/adapters/text-envelope';
import {answers, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {accountIdOf, parseAmount, parseId} from '../wallet.ts';
import {poolSchedule} from './pool-schedule.ts';
import {registerStake} from './pool-stake.ts';
import {findPool, listPools, poolRewards, showPool} from './pool-views.ts';

/** `3%`, `0.03` or `3/100`, at most 1. Throws MARGIN_MALFORMED. */
export const parseMargin = (text: string): Ratio => {
	const isPercent = text.endsWith('%');
	const margin = parseRatio(isPercent ? text.slice(0, -1) : text);
	// In lowest terms again: the wire takes no others.
	const scaled = margin && (isPercent ? Ratio(margin.numerator, margin.denominator * 100n) : margin);
	if (scaled === undefined || scaled.numerator > scaled.denominator)
		throw new NodeError({
			code: 'MARGIN_MALFORMED',
			message: `"${text}" is not a margin: write 3%, 0.03 or 3/100.`,
		});
	return scaled;
};

const registerPool: Verb = (_words, options, signal) =>
	send(options, signal, async ({network, seed}) => {
		const folder = textOption(options, 'keys');
		const [cold, coldVk, vrfVk, checkpointVk] = await Promise.all([
			readKeyFile(path.join(folder, 'cold.skey'), 'StakePoolSigningKey_ed25519'),
			readKeyFile(path.join(folder, 'cold.vkey'), 'StakePoolVerificationKey_ed25519'),
			readKeyFile(path.join(folder, 'vrf.vkey'), 'VrfVerificationKey_PraosVRF'),
			readKeyFile(path.join(folder, 'checkpoint.vkey'), 'DCloudCheckpointVerificationKey_ed25519'),
		]);
		const reward = options['rewardAccount'];
		const rewardAccount =
			typeof reward === 'string'
				? parseId<AccountId>(reward, 28, 'An account id')
				: await accountIdOf(network.crypto, seed);
		const pool = {
			coldVk,
			vrfKeyHash: network.crypto.blake2b256(vrfVk),
			checkpointVk,
			rewardAccount,
			cost: parseAmount(textOption(options, 'cost')),
			margin: parseMargin(textOption(options, 'margin')),
		};
		return {
			action: {kind: 'pool-register', pool},
			cosigners: [cold],
			say: 'registered: the pool counts from the next stake snapshot and leads slots two epochs later',
		};
	});

const retirePool: Verb = (_words, options, signal) =>
	send(options, signal, async ({network}) => {
		const cold = await readKeyFile(textOption(options, 'coldKey'), 'StakePoolSigningKey_ed25519');
		const pool = (await accountIdOf(network.crypto, cold)) as Uint8Array as PoolId;
		const epoch = Epoch(countOption(options, 'epoch', EPOCH_MAX) ?? 0);
		return {
			action: {kind: 'pool-retire', pool, epoch},
			cosigners: [cold],
			say: `the pool retires at the start of epoch ${epoch}`,
		};
	});

const delegate: Verb = (_words, options, signal) =>
	send(options, signal, async () => {
		const to = textOption(options, 'to');
		const pool =
			to === 'none' ? null : parseId<PoolId>((await findPool(to, options, signal)).id, 28, 'A pool id');
		return {
			action: {kind: 'delegate', pool},
			say: pool === null ? 'the account delegates to nobody' : `the account's balance counts for pool ${to}`,
		};
	});

const withParameters = (command: Command): Command =>
	withSender(command)
		.requiredOption('--keys <folder>', 'folder with cold.skey, cold.vkey, vrf.vkey, checkpoint.vkey')
		.option('--cost <amount>', 'taken first from the rewards of an epoch', '0')
		.option('--margin <share>', "the operator's part of the rest", '0')
		.option('--reward-account <account>', 'where rewards go (default: the paying account)');

export const register = (noun: Command): void => {
	answers(withNode(noun.command('list').description('the pools with their stake')), listPools);
	answers(
		withNode(noun.command('show').description('one pool').argument('<pool>', 'id or its beginning')),
		showPool,
	);
	answers(
		withNode(
			noun.command('rewards').description('what a pool was paid').argument('<pool>', 'id or its beginning'),
		),
		poolRewards,
	);
	answers(
		withNode(noun.command('schedule').description('the slots that a pool leads: its VRF key tells them'))
			.option('--current', 'of this epoch')
			.option('--next', 'of the next one, once its nonce is frozen')
			.option('--vrf-key <file>', 'VRF signing key (default: the keys that the node runs with)')
			.option('--pool <pool>', 'id or its beginning, with --vrf-key'),
		poolSchedule,
	);
	answers(withParameters(noun.command('register').description('register a pool')), registerPool);
	answers(withParameters(noun.command('update').description('change a pool')), registerPool);
	answers(
		withSender(noun.command('retire').description('retire a pool'))
			.requiredOption('--cold-key <file>', 'cold signing key')
			.requiredOption('--epoch <n>', 'the boundary at which it goes'),
		retirePool,
	);
	answers(
		withSender(
			noun.command('delegate').description('let the balance of an account count for a pool'),
		).requiredOption('--to <pool>', 'pool id or its beginning, or "none"'),
		delegate,
	);
	registerStake(noun);
};
