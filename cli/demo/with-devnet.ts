import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {layoutOf} from '../devnet/layout.ts';
import {type DevnetShape, devnetShape} from '../devnet/shape.ts';
import {createAccount} from './account.ts';
import {createProcessGroup} from './processes.ts';
import type {Ground} from './stage.ts';

const dataFolder = async (data: string | undefined): Promise<string> => {
	if (data === undefined) return mkdtemp(path.join(tmpdir(), 'dcloud-devnet-'));
	const folder = path.resolve(data);
	const made = await mkdir(folder, {recursive: true, mode: 0o700}).catch(cause => {
		throw new NodeError(
			{code: 'DATA_FOLDER_UNUSABLE', message: `${folder} cannot be made.`, folder},
			{cause},
		);
	});
	// Keys and chains of an earlier run would be of another network.
	const old = await mkdir(path.join(folder, 'keys'), {mode: 0o700}).then(
		() => undefined,
		cause => cause as unknown,
	);
	if (old === undefined || made !== undefined) return folder;
	throw new NodeError(
		{
			code: 'DATA_FOLDER_NOT_EMPTY',
			message: `${folder} holds an earlier devnet: remove it, or give another folder with --data.`,
			folder,
		},
		{cause: old},
	);
};

/**
 * Gives `work` a folder, an account to print on and a group of processes; afterwards stops every process, whatever
 * happened, and removes the folder after a good run unless it was asked for. Ctrl-C and SIGTERM abort the signal.
 */
export const withDevnet = async (
	{
		data,
		json,
		shape = devnetShape(),
	}: {readonly data: string | undefined; readonly json: boolean; readonly shape?: DevnetShape},
	work: (ground: Omit<Ground, 'options'>) => Promise<void>,
): Promise<void> => {
	const controller = new AbortController();
	const {signal} = controller;
	const stop = (): void =>
		controller.abort(new NodeError({code: 'INTERRUPTED', message: 'Stopped: every process was ended.'}));
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
	const root = await dataFolder(data);
	const layout = layoutOf(root);
	const account = createAccount({
		json,
		nowMs: () => performance.now(),
		write: text => void process.stdout.write(text),
	});
	account.tell('data', `state and logs live in ${root}`, {folder: root});
	// For scripts that end it: what they started may be a shell or npx around this process.
	await writeFileAtomically(path.join(root, 'devnet.pid'), `${process.pid}\n`);
	const group = createProcessGroup(layout.logs, signal);
	try {
		await work({account, shape, layout, crypto: await createNativeCrypto(), group, signal});
		controller.abort();
		await group.stop();
		if (data === undefined) await rm(root, {recursive: true, force: true});
	} catch (error) {
		account.print(`\nstopped; what there is to look at is in ${root}`);
		throw signal.aborted ? signal.reason : error;
	} finally {
		controller.abort();
		await group.stop();
		process.off('SIGINT', stop);
		process.off('SIGTERM', stop);
	}
};
