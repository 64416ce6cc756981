/**
 * Does what ops/docker/Dockerfile says, without Docker: its COPY, RUN and ENV lines in an empty folder that stands for both stages, from the files
 * that git knows here and .dockerignore lets through. Then starts what the image starts, and asks as its health check does until the answer is good.
 * Takes minutes: it installs all dependencies. Exits 1 when a step fails.
 */
import {spawn, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const HEALTH_TRIES = 60;

const say = text => process.stdout.write(`--- ${text}\n`);

const must = (command, args, options) => {
	const {status} = spawnSync(command, args, {stdio: ['ignore', 'inherit', 'inherit'], ...options});
	if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
};

/** Instructions with their words, continued lines joined; stages begin with FROM. */
const instructions = readFileSync(path.join(root, 'ops/docker/Dockerfile'), 'utf8')
	.replace(/^#.*\n/gm, '')
	.replace(/\\\n\s*/g, '')
	.split('\n')
	.filter(line => line !== '')
	.map(line => {
		const [name = '', ...words] = line.split(' ');
		return {name, text: words.join(' '), words};
	});

/** What the build is given. */
const contextFiles = () => {
	const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
	const {stdout} = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 1 << 28,
	});
	return stdout
		.split('\n')
		.filter(file => file !== '' && existsSync(path.join(root, file)))
		.filter(file => !ignored.some(name => file === name || file.startsWith(`${name}/`)));
};

const copyFromContext = (names, app) => {
	for (const file of contextFiles())
		if (names.includes('.') || names.includes(file)) cpSync(path.join(root, file), path.join(app, file));
};

const copyFromBuild = (from, app, words) => {
	const [source = '', target = ''] = words.slice(-2).map(word => path.basename(word));
	cpSync(path.join(from, source), path.join(app, target === '.' ? source : target), {
		recursive: true,
		verbatimSymlinks: true,
	});
};

/** The image's paths are folders of ours; files stay with whoever runs this. */
const placed = (text, place) =>
	text
		.replace(/ && chown \S+ \S+/g, '')
		.replaceAll('/usr/local/bin/', `${place}/bin/`)
		.replace(/(^|[\s=])\/(app|data)\b/g, `$1${place}/$2`);

/** What an instruction does to the build; `at.app` is the folder of the stage. */
const steps = {
	FROM: (at, {words}) => {
		at.app = path.join(at.place, words[1] === 'AS' ? words[2] : 'app');
		mkdirSync(at.app, {recursive: true});
	},
	COPY: (at, {words}) => {
		if (words[0] === '--from=build') copyFromBuild(path.join(at.place, 'build'), at.app, words);
		else copyFromContext(words.slice(0, -1), at.app);
	},
	RUN: (at, {text}) => must('sh', ['-c', placed(text, at.place)], {cwd: at.app}),
	ENV: (at, {words}) => {
		for (const word of words) {
			const [variable, value] = word.split('=');
			at.image.environment[variable] = placed(value, at.place);
		}
	},
	ENTRYPOINT: (at, {text}) => {
		at.image.entry = JSON.parse(text);
	},
	CMD: (at, {text}) => {
		at.image.command = JSON.parse(text);
	},
	HEALTHCHECK: (at, {text}) => {
		at.image.health = JSON.parse(text.slice(text.indexOf('[')));
	},
	WORKDIR: () => undefined,
	USER: () => undefined,
	VOLUME: () => undefined,
	ARG: () => undefined,
	EXPOSE: () => undefined,
};

/** Runs both stages; returns what the image would start and ask, and in which environment. */
const build = place => {
	const at = {place, app: place, image: {environment: {}, entry: [], command: [], health: []}};
	for (const instruction of instructions) {
		say(`${instruction.name} ${instruction.text}`);
		const step = steps[instruction.name];
		if (step === undefined) throw new Error(`this script does not know ${instruction.name}`);
		step(at, instruction);
	}
	return at.image;
};

/** A network of one pool, whose contracts are nowhere. */
const makeGenesis = (cwd, env) => {
	const hash = (byte, length) => byte.repeat(length);
	const cardano = {
		networkMagic: 42,
		checkpointScriptHash: hash('01', 28),
		bridgeScriptHash: hash('02', 28),
		treasuryScriptHash: hash('03', 28),
		registryPolicy: hash('04', 28),
		treasuryClaimId: hash('05', 32),
		governanceScriptHash: null,
		start: {slot: 0, hash: hash('06', 32)},
	};
	writeFileSync(path.join(cwd, 'cardano.json'), JSON.stringify(cardano));
	const answer = (...words) =>
		JSON.parse(spawnSync('dcloud', [...words, '--json'], {cwd, env, encoding: 'utf8'}).stdout);
	const {poolId} = answer('keys', 'pool', '--out', 'pool', '--kes-period', '0');
	const {account} = answer('account', 'create', '--out', 'owner');
	const lines = ['--pool', 'pool', '--account', `${account}=1000ADA@${poolId}`];
	answer('genesis', 'create', '--out', 'genesis.json', '--cardano', 'cardano.json', ...lines);
	return path.join(cwd, 'genesis.json');
};

/** What the image starts with a network of its own, until its health check answers. */
const isHealthy = async (place, {environment, entry, command, health}) => {
	const env = {PATH: `${place}/bin${path.delimiter}${process.env.PATH}`, HOME: place};
	const genesis = makeGenesis(place, env);
	const node = spawn(entry[0], [...entry.slice(1), ...command], {
		cwd: place,
		// Ports that are free, on this machine alone.
		env: {
			...env,
			...environment,
			DCLOUD_GENESIS: genesis,
			DCLOUD_HOST: '127.0.0.1',
			DCLOUD_PORT: '0',
			DCLOUD_METRICS_PORT: '0',
		},
		stdio: ['ignore', 'inherit', 'inherit'],
	});
	const gone = new Promise(resolve => node.once('exit', resolve));
	try {
		for (let tries = 0; tries < HEALTH_TRIES && node.exitCode === null; tries++) {
			const [program, ...words] = health.map(word => placed(word, place));
			const {status, stdout} = spawnSync(program, words, {env: {...env, ...environment}, encoding: 'utf8'});
			if (status === 0) {
				say(`healthy: ${stdout.trim().slice(0, 200)}`);
				return true;
			}
			await wait(1_000);
		}
		return false;
	} finally {
		node.kill('SIGTERM');
		await gone;
	}
};

const place = mkdtempSync(path.join(tmpdir(), 'dcloud-image-'));
mkdirSync(path.join(place, 'bin'));
try {
	const image = build(place);
	const healthy = await isHealthy(place, image);
	say(healthy ? 'the image’s steps work' : 'FAILED: the health check never answered');
	process.exitCode = healthy ? 0 : 1;
} finally {
	rmSync(place, {recursive: true, force: true});
}
