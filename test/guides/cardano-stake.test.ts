/** What docs/OPERATORS.md says of a pool's stake on Cardano, run as it stands, with a node, a devnet of Cardano and a Blockfrost before it. */
import {execFile} from 'node:child_process';
import {chmod, copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {createProcessGroup} from '#cli/demo/processes';
import {encodeBech32} from '#kernel/bech32';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import type {Genesis} from '#ledger/genesis/genesis';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {connectControl} from '#node/adapters/control-client';
import {readKeyFile, writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlClient, ControlFile} from '#node/ports/control-api';
import type {PoolView} from '#node/ports/pool-api';
import {blockfrostOverDevnet} from '../support/blockfrost-over-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {party} from '../support/ledger-chain.ts';
import {ada} from '../support/ledger-genesis.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {PROGRAM} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const run = promisify(execFile);
/** The Cardano pool, and an operator of the side-chain who has none there. */
const [east, other] = [party('cardano pool east'), party('an operator without a pool on Cardano')];
const STAKED = [ada(1_900), ada(1_100)];
const WEIGHT = ada(300);

const blocks = async (): Promise<readonly string[]> => {
	const [, after = ''] = (await readFile('docs/OPERATORS.md', 'utf8')).split('\n### Your pool on Cardano\n');
	const [section = ''] = after.split('\n## ');
	const found = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
	// Its pool on Cardano has a key already, which the guide makes for the occasion.
	return found.map(block => block.replace(/^dcloud keys pool --out cardano .*\n/m, ''));
};

const startDevnet = async (t: ExecutionContext, dataDir: string) => {
	const devnet = await startCardanoDevnet({hasher: crypto, dataDir, port: 0, slotLengthMs: 100, funds: []});
	t.teardown(() => devnet.stop());
	const start = await openCardanoIndex(devnet.url).checkpoint(0, undefined);
	const blockfrost = await blockfrostOverDevnet(t, devnet.url, Number.MAX_SAFE_INTEGER, {
		[encodeBech32('pool', crypto.blake2b224(east.verificationKey))]: STAKED,
	});
	return {
		url: devnet.url,
		stakesUrl: blockfrost.url,
		section: {networkMagic: devnet.networkMagic, start: start ?? {slot: 0, hash: Hash32(new Uint8Array(32))}},
	};
};

/** A tenth of an ADA there for one here, and a second pool, whose operator runs no node. */
const adaptedTo =
	(section: Pick<Genesis['cardano'], 'networkMagic' | 'start'>) =>
	(genesis: Genesis): Genesis => ({
		...genesis,
		parameters: {...genesis.parameters, cardanoStakeWeight: Ratio(1n, 10n)},
		cardano: {...genesis.cardano, ...section},
		accounts: [
			...genesis.accounts,
			{account: other.account, balance: ada(100), pool: crypto.blake2b224(other.verificationKey)},
		],
		pools: [
			...genesis.pools,
			{
				coldVk: other.verificationKey,
				vrfKeyHash: crypto.blake2b256(other.verificationKey),
				checkpointVk: other.verificationKey,
				rewardAccount: other.account,
				cost: Lovelace(0n),
				margin: Ratio(0n, 1n),
			},
		],
	});

/** Asks until it is so: what it waits for takes epochs, not calls. */
const poolThat = async (
	node: ControlClient,
	id: string,
	isSo: (pool: PoolView) => boolean,
): Promise<PoolView> => {
	for (;;) {
		const pool = (await node.pools()).find(each => each.id === id);
		if (pool !== undefined && isSo(pool)) return pool;
	}
};

const committeeWith = async (node: ControlClient, vk: string, least: bigint) => {
	for (;;) {
		const {pending} = await node.checkpoints();
		const committees = pending.map(({nextCommittee}) => nextCommittee);
		const found = committees.find(members =>
			members.some(member => member.vk === vk && BigInt(member.weight) >= least),
		);
		if (found !== undefined) return new Map(found.map(member => [member.vk, BigInt(member.weight)]));
	}
};

test('a pool lets its stake on Cardano count as the guide says: the committee tells it, and it weighs until it leaves', async t => {
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	const cardano = await startDevnet(t, file('devnet'));
	const {genesis, producerFlags} = await makeNodeFiles(file('pool'), {adapt: adaptedTo(cardano.section)});
	await copyFile(file('pool/account.skey'), file('owner.skey'));
	await mkdir(file('cardano'));
	await writeKeyFile(file('cardano/cold.skey'), 'StakePoolSigningKey_ed25519', east.seed);
	await writeFile(file('dcloud'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
	await chmod(file('dcloud'), 0o755);
	const [coldVk, checkpointVk] = await Promise.all([
		readKeyFile(file('pool/cold.vkey'), 'StakePoolVerificationKey_ed25519'),
		readKeyFile(file('pool/checkpoint.vkey'), 'DCloudCheckpointVerificationKey_ed25519'),
	]);
	const pool = toHex(crypto.blake2b224(coldVk));

	const group = createProcessGroup(file('logs'), new AbortController().signal);
	t.teardown(() => group.stop());
	const {vrfKey, kesKey, certificate, checkpointKey} = producerFlags;
	const keys = ['--vrf-key', vrfKey, '--kes-key', kesKey, '--certificate', certificate];
	const urls = ['--kupo-url', cardano.url, '--cardano-stakes-url', cardano.stakesUrl];
	const started = await group.start('producer', [
		...['node', 'run', '--data-dir', file('data'), '--genesis', genesis, ...keys],
		...['--checkpoint-key', checkpointKey, ...urls],
	]);
	await group.ready<ControlFile>(started, file('data/control.json'));
	const node = await connectControl(file('data'));

	const env = {
		PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`,
		DCLOUD_GENESIS: genesis,
		DCLOUD_NODE: file('data'),
		pool,
	};
	const carryOut = async (block = ''): Promise<string> =>
		(await run('sh', ['-ec', block], {cwd: folder, env})).stdout;
	const [join, leave] = await blocks();
	t.regex(await carryOut(join), /of 1 bound/);

	const told = await poolThat(node, pool, ({cardanoStake}) => cardanoStake !== null);
	t.is(told.cardanoStake?.stake, String(ada(3_000)));
	const committee = await committeeWith(node, toHex(checkpointVk), ada(1_299));
	// Its own 1,000 ADA without some fees, and 300 ADA; nothing is added to the other's.
	t.true((committee.get(toHex(checkpointVk)) ?? 0n) <= ada(1_300));
	t.is(committee.get(toHex(other.verificationKey)), ada(100));
	const leading = await poolThat(node, pool, ({cardanoWeight}) => cardanoWeight !== '0');
	t.is(leading.cardanoWeight, String(WEIGHT));
	t.regex(leading.setShare, new RegExp(`^${BigInt(leading.stake.set) + WEIGHT}/`));

	await carryOut(leave);
	const left = await poolThat(
		node,
		pool,
		({cardanoPools, cardanoWeight}) => cardanoPools.length === 0 && cardanoWeight === '0',
	);
	t.is(left.setShare.split('/')[0], left.stake.set);
	await group.stop();
});
