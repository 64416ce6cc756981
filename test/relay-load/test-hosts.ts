/** Hosts of their own on this machine: network namespaces with lines between them that `tc` makes bad. Linux, as root. */
import {execFile} from 'node:child_process';
import {readdirSync} from 'node:fs';
import process from 'node:process';
import {promisify} from 'node:util';
import {NodeError} from '#kernel/node-error';
import {clearLine, delayAndLose, loseOnly} from './line-commands.ts';

const run = promisify(execFile);
const PREFIX = 'dcloud-load-';

/** How bad a line is, in each direction. */
export type Line = {readonly delayMs: number; readonly lossPercent: number};

export type TestHosts = {
	/** What to put before a command that is to run on a host. */
	readonly within: (host: string) => readonly string[];
	/** The address of `host` on its line to `other`. */
	readonly addressOf: (host: string, other: string) => string;
	/** Makes both directions of a line that bad; says whether the kernel delays, too: without netem it only loses. */
	readonly worsen: (line: readonly [string, string], how: Line) => Promise<{readonly delayed: boolean}>;
	readonly remove: () => Promise<void>;
};

const command = async (...words: readonly string[]): Promise<void> => {
	const [program = '', ...rest] = words;
	try {
		await run(program, rest);
	} catch (cause) {
		const said = String((cause as {stderr?: unknown}).stderr ?? '').trim();
		throw new NodeError({code: 'HOSTS_COMMAND_FAILED', message: `${words.join(' ')}: ${said}`}, {cause});
	}
};

const succeeds = (...words: readonly string[]): Promise<boolean> =>
	command(...words).then(
		() => true,
		() => false,
	);

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

const namespaces = (): readonly string[] => {
	try {
		return readdirSync('/run/netns').filter(name => name.startsWith(PREFIX));
	} catch {
		return [];
	}
};

/** What a run left that was killed. */
const removeStale = async (): Promise<void> => {
	for (const name of namespaces()) {
		const pid = Number(/-(\d+)-\w+$/.exec(name)?.[1] ?? 0);
		if (!isAlive(pid)) await succeeds('ip', 'netns', 'del', name);
	}
};

/** Why there can be no hosts here; undefined: there can. */
export const whyNoHosts = async (): Promise<string | undefined> => {
	if (process.platform !== 'linux') return 'network namespaces are Linux’s';
	if (process.getuid?.() !== 0) return 'network namespaces are made by root';
	for (const program of ['ip', 'tc'])
		if (!(await succeeds(program, '-V'))) return `the program ${program} is not installed`;
	const probe = `${PREFIX}${process.pid}-probe`;
	if (!(await succeeds('ip', 'netns', 'add', probe)))
		return 'this kernel or container makes no network namespaces';
	const hasLines = await succeeds(
		'ip',
		'-n',
		probe,
		'link',
		'add',
		'left',
		'type',
		'veth',
		'peer',
		'name',
		'right',
	);
	await succeeds('ip', 'netns', 'del', probe);
	return hasLines ? undefined : 'this kernel or container makes no pairs of devices';
};

/** One direction: what `host` sends on `device`. */
const worsenEgress = async (host: string, device: string, how: Line): Promise<boolean> => {
	const tc = ['ip', 'netns', 'exec', host, 'tc'];
	for (const words of clearLine(device)) await succeeds(...tc, ...words);
	if (await succeeds(...tc, ...delayAndLose(device, how))) return true;
	for (const words of loseOnly(device, how)) await command(...tc, ...words);
	return false;
};

/** Makes hosts and a line for each pair. Throws HOSTS_COMMAND_FAILED; nothing is left then. */
export const createTestHosts = async (
	hosts: readonly string[],
	lines: readonly (readonly [string, string])[],
): Promise<TestHosts> => {
	const nameOf = (host: string): string => `${PREFIX}${process.pid}-${host}`;
	const addressOf = (host: string, other: string): string => {
		const index = lines.findIndex(line => line.includes(host) && line.includes(other));
		return `10.77.${index + 1}.${lines[index]?.[0] === host ? 1 : 2}`;
	};
	const remove = async (): Promise<void> => {
		for (const host of hosts) await succeeds('ip', 'netns', 'del', nameOf(host));
	};
	const connect = async (left: string, right: string): Promise<void> => {
		const [near, far] = [nameOf(left), nameOf(right)];
		const pair = ['type', 'veth', 'peer', 'name', `to-${left}`, 'netns', far];
		await command('ip', 'link', 'add', `to-${right}`, 'netns', near, ...pair);
		for (const [host, other] of [
			[left, right],
			[right, left],
		] as const) {
			const device = `to-${other}`;
			await command('ip', '-n', nameOf(host), 'addr', 'add', `${addressOf(host, other)}/24`, 'dev', device);
			await command('ip', '-n', nameOf(host), 'link', 'set', device, 'up');
		}
	};
	await removeStale();
	try {
		for (const host of hosts) {
			await command('ip', 'netns', 'add', nameOf(host));
			await command('ip', '-n', nameOf(host), 'link', 'set', 'lo', 'up');
		}
		for (const [left, right] of lines) await connect(left, right);
	} catch (error) {
		await remove();
		throw error;
	}
	return {
		within: host => ['ip', 'netns', 'exec', nameOf(host)],
		addressOf,
		worsen: async ([left, right], how) => {
			const there = await worsenEgress(nameOf(left), `to-${right}`, how);
			const back = await worsenEgress(nameOf(right), `to-${left}`, how);
			return {delayed: there && back};
		},
		remove,
	};
};
