/** Other implementations, where they are installed: what is asked of each, and what it has to say. */
import {execFile} from 'node:child_process';
import {access, constants} from 'node:fs/promises';
import path from 'node:path';

/** Where one of our relays listens while the others are tried. */
export type Target = {
	readonly host: string;
	readonly port: number;
	readonly magic: number;
	/** Its UNIX socket. */
	readonly socket: string;
};

export type Program = {
	readonly name: string;
	/** What it is tried with. */
	readonly trial: string;
	readonly words: (target: Target) => readonly string[];
	readonly isGood: (output: string) => boolean;
};

const statusOk = (output: string): boolean => {
	try {
		return (JSON.parse(output) as {status?: unknown}).status === 'ok';
	} catch {
		return false;
	}
};

export const programs: readonly Program[] = [
	{
		name: 'cncli',
		trial: 'handshake (pallas)',
		words: ({host, port, magic}) => [
			...['ping', '--host', host, '--port', String(port), '--network-magic', String(magic)],
		],
		isGood: statusOk,
	},
	{
		name: 'cardano-cli',
		trial: 'handshake and keep-alive (ouroboros-network)',
		words: ({host, port, magic}) => [
			...['ping', '--count', '2', '--host', host, '--port', String(port), '--magic', String(magic), '--json'],
		],
		isGood: output => output.includes('"cookie"') || output.includes('"pongs"'),
	},
	{
		name: 'cardano-cli',
		trial: 'query of versions (ouroboros-network)',
		words: ({host, port, magic}) => [
			...['ping', '--query-versions', '--host', host, '--port', String(port), '--magic', String(magic)],
		],
		isGood: output => /\b1[45]\b/.test(output),
	},
	{
		name: 'cardano-cli',
		trial: 'tip over node-to-client (cardano-api)',
		words: ({socket, magic}) => [
			...['query', 'tip', '--socket-path', socket, '--testnet-magic', String(magic)],
		],
		isGood: output => output.includes('"era": "Babbage"') && output.includes('"epoch": 68'),
	},
	{
		name: 'cardano-cli',
		trial: 'era history over node-to-client (cardano-api)',
		words: ({socket, magic}) => [
			...['query', 'era-history', '--socket-path', socket, '--testnet-magic', String(magic)],
		],
		isGood: output => output.includes('EraHistory') && output.includes('cborHex'),
	},
];

export type Outcome =
	| {readonly kind: 'missing'}
	| {readonly kind: 'good'}
	| {readonly kind: 'differs'; readonly output: string};

const TRIAL_MS_MAX = 30_000;
const OUTPUT_SHOWN = 2_000;

/** The program's file in one of the folders of a search path. */
export const findProgram = async (name: string, searchPath: string): Promise<string | undefined> => {
	for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
		const file = path.join(folder, name);
		const isThere = await access(file, constants.X_OK).then(
			() => true,
			() => false,
		);
		if (isThere) return file;
	}
	return undefined;
};

export const tryProgram = async (program: Program, target: Target, searchPath: string): Promise<Outcome> => {
	const file = await findProgram(program.name, searchPath);
	if (file === undefined) return {kind: 'missing'};
	const output = await new Promise<string>(resolve => {
		execFile(file, [...program.words(target)], {timeout: TRIAL_MS_MAX}, (_error, stdout, stderr) =>
			resolve(stdout.trim() === '' ? stderr : stdout),
		);
	});
	return program.isGood(output) ? {kind: 'good'} : {kind: 'differs', output: output.slice(0, OUTPUT_SHOWN)};
};
