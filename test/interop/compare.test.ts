/** The suite of other implementations needs none of them: how trials are judged is tried with trials that are made up here. */
import {chmod, copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {defined} from '#kernel/assert';
import {realBlocks} from '../support/cardano-relay.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {compareTrials, dialExpectations, factsOf, KNOWN} from './expected.ts';
import {buildPeer, peers, runTrials, startServer} from './peers.ts';

const pallas = defined(
	peers.find(({name}) => name === 'pallas'),
	'it is one of them',
);

test('a trial agrees, differs as is known, or differs; what nobody expected counts when it failed', t => {
	const at = {peer: 'pallas', part: 'node-to-node'};
	const expectations = {handshake: {version: 14}, 'peer-sharing': {addresses: ['127.0.0.1']}, other: {}};
	const trials = [
		{trial: 'handshake', found: {version: 13}},
		{trial: 'handshake', found: {version: 14}},
		{trial: 'peer-sharing', found: defined(KNOWN['pallas peer-sharing'], 'known')},
		{trial: 'progress', found: {blocks: 1}},
		{trial: 'the end', failure: 'not reached'},
	];
	t.deepEqual(compareTrials(at, expectations, trials), [
		{...at, trial: 'handshake', outcome: 'agrees'},
		{
			...at,
			trial: 'peer-sharing',
			outcome: 'known',
			expected: {addresses: ['127.0.0.1']},
			found: {addresses: ['1.0.0.127']},
		},
		{...at, trial: 'other', outcome: 'differs', expected: {}, found: 'nothing'},
		{...at, trial: 'the end', outcome: 'differs', found: 'not reached'},
	]);
	const failed = [{trial: 'handshake', failure: 'refused'}];
	t.like(compareTrials(at, {handshake: {version: 14}}, failed), [{outcome: 'differs', found: 'refused'}]);
});

test('what is expected is worked out from the blocks', async t => {
	const folder = await temporaryFolder(t);
	await copyFile('test/vectors/cardano/preprod-01285.chunk', path.join(folder, '01285.chunk'));
	const facts = await factsOf(folder);
	const last = defined(realBlocks.at(-1), 'blocks').tip;
	t.like(facts, {blocks: realBlocks.length + 1, number: last.blockNo + 1});
	const {bytes, hashDigest} = facts;
	t.true(bytes > 1_000_000);
	t.regex(hashDigest, /^[0-9a-f]{64}$/);
	t.like(dialExpectations(pallas, facts, 1, []), {
		'chain-sync': {blocks: 864, digest: hashDigest},
		'block-fetch of one block': {point: facts.tip},
	});
});

test('a peer whose compiler or packages are not here is missing, one that does not compile is broken', async t => {
	const folder = await temporaryFolder(t);
	t.like(await buildPeer(pallas, folder, folder), {kind: 'missing', why: 'there is no cargo here'});
	const compiler = path.join(folder, 'cargo');
	const script = async (text: string): Promise<void> => {
		await writeFile(compiler, `#!/bin/sh\n${text}\n`);
		await chmod(compiler, 0o755);
	};
	await script('echo no network >&2; exit 1');
	t.like(await buildPeer(pallas, folder, folder), {
		kind: 'missing',
		why: 'its packages cannot be had: no network',
	});
	await script('[ "$1" = fetch ] && exit 0; echo broken >&2; exit 1');
	t.deepEqual(await buildPeer(pallas, folder, folder), {kind: 'broken', why: 'broken'});
	await script('exit 0');
	t.deepEqual(await buildPeer(pallas, folder, folder), {
		kind: 'built',
		executable: path.join(folder, 'pallas', 'debug', 'pallas-peer'),
	});
});

test('trials are read line by line, and a program that fails or says something else is not passed over', async t => {
	const folder = await temporaryFolder(t);
	const program = path.join(folder, 'peer');
	const script = async (text: string): Promise<void> => {
		await writeFile(program, `#!/bin/sh\n${text}\n`);
		await chmod(program, 0o755);
	};
	await script(`echo '{"trial": "handshake", "found": {"version": 14}}'; echo panic; echo why >&2; exit 3`);
	t.deepEqual(await runTrials(program, []), [
		{trial: 'handshake', found: {version: 14}},
		{trial: 'the output', failure: 'panic'},
		{trial: 'the end', failure: 'why'},
	]);
	await script(`echo '{"trial": "listening", "found": {"port": 5}}'; cat`);
	const server = defined(await startServer(program, 'chunk', 1), 'it listens');
	t.is(server.port, 5);
	await server.stop();
	await script('exit 1');
	t.is(await startServer(program, 'chunk', 1), undefined);
	await mkdir(path.join(folder, 'none'));
	t.is(await startServer(path.join(folder, 'none', 'peer'), 'chunk', 1), undefined);
});

test('the versions of the peers are those that their lock files pin', async t => {
	const [gouroboros] = peers;
	const lock = await readFile(path.join(pallas.folder, 'Cargo.lock'), 'utf8');
	t.true(lock.includes(`name = "pallas-network"\nversion = "${pallas.version}"`));
	const modules = await readFile(path.join(defined(gouroboros, 'one').folder, 'go.mod'), 'utf8');
	t.true(modules.includes(`github.com/blinklabs-io/gouroboros v${gouroboros?.version}\n`));
});
