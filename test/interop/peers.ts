/** Peers on the libraries of others, written for this suite: how each is built and run. */
import {execFile, spawn} from 'node:child_process';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {findProgram} from './programs.ts';

export type Peer = {
	readonly name: string;
	/** The library, as its lock file pins it. */
	readonly version: string;
	/** Of the versions that both sides know, the highest. */
	readonly nodeToNode: number;
	readonly nodeToClient: number;
	/** Where the peer's own sources are. */
	readonly folder: string;
	readonly compiler: string;
	/** Brings what the lock file names: fails without a network, unless it is here already. */
	readonly fetch: readonly string[];
	readonly build: (target: string) => readonly string[];
	/** What comes of it. */
	readonly executable: (target: string) => string;
};

export const peers: readonly Peer[] = [
	{
		name: 'gouroboros',
		version: '0.146.0',
		nodeToNode: 15,
		nodeToClient: 20,
		folder: 'test/interop/peers/gouroboros',
		compiler: 'go',
		fetch: ['mod', 'download'],
		build: target => ['build', '-o', path.join(target, 'gouroboros'), '.'],
		executable: target => path.join(target, 'gouroboros'),
	},
	{
		name: 'pallas',
		version: '1.4.0',
		nodeToNode: 14,
		nodeToClient: 23,
		folder: 'test/interop/peers/pallas',
		compiler: 'cargo',
		fetch: ['fetch', '--locked'],
		build: target => ['build', '--locked', '--target-dir', path.join(target, 'pallas')],
		executable: target => path.join(target, 'pallas', 'debug', 'pallas-peer'),
	},
];

/** One trial of a peer: what it found, or why it found nothing. */
export type Trial = {
	readonly trial: string;
	readonly found?: Readonly<Record<string, unknown>>;
	readonly failure?: string;
};

export type Built =
	| {readonly kind: 'built'; readonly executable: string}
	/** There is no compiler, or its packages cannot be had. */
	| {readonly kind: 'missing'; readonly why: string}
	| {readonly kind: 'broken'; readonly why: string};

const BUILD_MS_MAX = 900_000;
const TRIALS_MS_MAX = 90_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const SHOWN = 600;

type Ran = {readonly ok: boolean; readonly stdout: string; readonly stderr: string};

const run = (file: string, words: readonly string[], timeout: number, cwd?: string): Promise<Ran> =>
	new Promise(resolve => {
		execFile(
			file,
			[...words],
			{timeout, maxBuffer: OUTPUT_BYTES_MAX, ...(cwd === undefined ? {} : {cwd})},
			(error, stdout, stderr) => resolve({ok: error === null, stdout, stderr}),
		);
	});

/** Builds a peer into `target`. What was built there before is made use of. */
export const buildPeer = async (peer: Peer, target: string, searchPath: string): Promise<Built> => {
	const compiler = await findProgram(peer.compiler, searchPath);
	if (compiler === undefined) return {kind: 'missing', why: `there is no ${peer.compiler} here`};
	const fetched = await run(compiler, peer.fetch, BUILD_MS_MAX, peer.folder);
	if (!fetched.ok)
		return {kind: 'missing', why: `its packages cannot be had: ${fetched.stderr.trim().slice(-SHOWN)}`};
	const built = await run(compiler, peer.build(path.resolve(target)), BUILD_MS_MAX, peer.folder);
	if (!built.ok) return {kind: 'broken', why: built.stderr.trim().slice(-SHOWN)};
	return {kind: 'built', executable: peer.executable(path.resolve(target))};
};

const parseTrial = (line: string): Trial => {
	try {
		const value = JSON.parse(line) as Partial<Trial>;
		if (typeof value.trial === 'string') return value as Trial;
	} catch {
		// Said below.
	}
	return {trial: 'the output', failure: line.slice(0, SHOWN)};
};

/** All trials that a peer makes as a client. */
export const runTrials = async (executable: string, words: readonly string[]): Promise<readonly Trial[]> => {
	const {ok, stdout, stderr} = await run(executable, words, TRIALS_MS_MAX);
	const trials = stdout
		.split('\n')
		.filter(line => line !== '')
		.map(parseTrial);
	return ok ? trials : [...trials, {trial: 'the end', failure: stderr.trim().slice(-SHOWN)}];
};

export type Server = {
	readonly port: number;
	/** What it has told so far. */
	readonly trials: readonly Trial[];
	/** Resolves when it has ended. */
	readonly stop: () => Promise<void>;
};

const STOP_MS_MAX = 10_000;

/** A peer as a server of a chunk of blocks; undefined when it ends before it listens. */
export const startServer = (executable: string, chunk: string, magic: number): Promise<Server | undefined> =>
	new Promise(resolve => {
		const child = spawn(executable, ['serve', chunk, String(magic)], {stdio: ['pipe', 'pipe', 'inherit']});
		const gone = new Promise<void>(ended => child.once('close', () => ended()));
		child.once('error', () => resolve(undefined));
		const trials: Trial[] = [];
		// It goes on until its standard input is closed.
		const stop = async (): Promise<void> => {
			child.stdin.end();
			const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
			await gone;
			clearTimeout(late);
		};
		createInterface({input: child.stdout}).on('line', line => {
			const trial = parseTrial(line);
			trials.push(trial);
			const port = trial.found?.['port'];
			if (trial.trial === 'listening' && typeof port === 'number') resolve({port, trials, stop});
		});
		void gone.then(() => resolve(undefined));
	});
