/**
 * `node dist/test/interop/main.js`: other implementations that this machine has, or can build, against relays of ours, with the 864
 * real blocks. Exits with 1 when one of them does not agree.
 */
import {copyFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {startText} from '../support/cardano-relay.ts';
import {suiteOptions} from '../support/suite-options.ts';
import {
	type ChunkFacts,
	compareTrials,
	dialExpectations,
	type Finding,
	factsOf,
	localExpectations,
	serveExpectations,
} from './expected.ts';
import {buildPeer, type Peer, peers, runTrials, startServer} from './peers.ts';
import {programs, tryProgram} from './programs.ts';
import {MAGIC, startRelay, type TriedRelay, untilBlock} from './relays.ts';

const CHUNK = 'test/vectors/cardano/preprod-01285.chunk';
const FOLLOW_MS_MAX = 120_000;

type Skipped = {readonly peer: string; readonly why: string};

const options = suiteOptions({
	code: 'INTEROP',
	usage: 'node dist/test/interop/main.js [--only NAME] [--build FOLDER] [--json]',
	help: `--only: gouroboros, pallas or programs. --build: where peers are built, and kept; else a temporary folder.`,
	texts: ['only', 'build'],
	flags: ['json'],
});
const only = options.text('only');
const isTried = (name: string): boolean => only === undefined || only === name;
if (!['programs', ...peers.map(({name}) => name)].some(isTried))
	options.invalid('--only is gouroboros, pallas or programs');

const searchPath = process.env['PATH'] ?? '';
const findings: Finding[] = [];
const skipped: Skipped[] = [];
const say = (line: string): void => {
	if (!options.flag('json')) process.stdout.write(`${line}\n`);
};
const note = (found: readonly Finding[]): void => {
	for (const one of found) {
		findings.push(one);
		const detail =
			one.outcome === 'agrees' ? '' : `: ${JSON.stringify(one.found)}, not ${JSON.stringify(one.expected)}`;
		say(`${one.peer}, ${one.part}, ${one.trial}: ${one.outcome}${detail}`);
	}
};
const skip = (peer: string, why: string): void => {
	skipped.push({peer, why});
	say(`${peer}: skipped, ${why}`);
};

const addressOf = ({relay: {address}}: TriedRelay): string => `${address.host}:${address.port}`;

/** Our relay follows the peer, and the peer reads from it what it has served. */
const tryAsServer = async (
	peer: Peer,
	executable: string,
	folder: string,
	facts: ChunkFacts,
): Promise<void> => {
	const part = 'as a server';
	const server = await startServer(executable, CHUNK, MAGIC);
	if (server === undefined) {
		note([{peer: peer.name, part, trial: 'listening', outcome: 'differs', found: 'it has ended'}]);
		return;
	}
	const relay = await startRelay(folder, `follows-${peer.name}`, {peerPort: server.port});
	await untilBlock(relay, facts.number, FOLLOW_MS_MAX);
	note(
		compareTrials({peer: peer.name, part}, serveExpectations(peer, facts, MAGIC, startText), server.trials),
	);
	const trials = await runTrials(executable, ['dial', addressOf(relay), String(MAGIC), startText]);
	const expected = dialExpectations(peer, facts, MAGIC, ['127.0.0.1']);
	note(compareTrials({peer: peer.name, part: 'of what it has served'}, expected, trials));
	await relay.relay.stop();
	await server.stop();
};

const tryPeer = async (peer: Peer, relay: TriedRelay, folder: string, facts: ChunkFacts): Promise<void> => {
	say(`${peer.name} ${peer.version}: building`);
	const built = await buildPeer(peer, options.text('build') ?? path.join(folder, 'build'), searchPath);
	if (built.kind === 'missing') {
		skip(peer.name, built.why);
		return;
	}
	if (built.kind === 'broken') {
		note([{peer: peer.name, part: 'building', trial: 'building', outcome: 'differs', found: built.why}]);
		return;
	}
	const {executable} = built;
	const client = {peer: peer.name, part: 'node-to-node'};
	const dialled = await runTrials(executable, ['dial', addressOf(relay), String(MAGIC), startText]);
	note(compareTrials(client, dialExpectations(peer, facts, MAGIC, []), dialled));
	const asked = await runTrials(executable, ['local', relay.socketPath, String(MAGIC), startText]);
	note(
		compareTrials({peer: peer.name, part: 'node-to-client'}, localExpectations(peer, facts, MAGIC), asked),
	);
	await tryAsServer(peer, executable, folder, facts);
};

const tryPrograms = async ({relay, socketPath}: TriedRelay): Promise<void> => {
	for (const program of programs) {
		const target = {...relay.address, magic: MAGIC, socket: socketPath};
		const outcome = await tryProgram(program, target, searchPath);
		const {name: peer, trial} = program;
		if (outcome.kind === 'missing') skip(peer, `not installed (${trial})`);
		else if (outcome.kind === 'good') note([{peer, part: 'program', trial, outcome: 'agrees'}]);
		else note([{peer, part: 'program', trial, outcome: 'differs', found: outcome.output}]);
	}
};

const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-'));
try {
	const immutableDb = path.join(folder, 'immutable');
	await mkdir(immutableDb);
	await mkdir(path.join(folder, 'build'));
	await copyFile(CHUNK, path.join(immutableDb, path.basename(CHUNK).replace('preprod-', '')));
	const facts = await factsOf(immutableDb);
	const relay = await startRelay(folder, 'serves', {immutableDb});
	for (const peer of peers) if (isTried(peer.name)) await tryPeer(peer, relay, folder, facts);
	if (isTried('programs')) await tryPrograms(relay);
	await relay.relay.stop();
} finally {
	await rm(folder, {recursive: true, force: true});
}
const count = (outcome: Finding['outcome']): number =>
	findings.filter(finding => finding.outcome === outcome).length;
if (options.flag('json')) process.stdout.write(`${JSON.stringify({findings, skipped}, undefined, '\t')}\n`);
say(`${count('agrees')} agree, ${count('known')} differ as docs/interop.md says, ${count('differs')} differ`);
if (count('differs') > 0) process.exitCode = 1;
