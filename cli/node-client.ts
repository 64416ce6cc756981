import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {connectControl} from '#node/adapters/control-client';
import {environmentVariable} from '#node/config';
import type {ControlClient} from '#node/ports/control-api';
import type {Options} from './answer.ts';

/** Adds the option that says which node a command talks to. */
export const withNode = (command: Command): Command =>
	command.option('--node <folder>', 'data folder of the running node (or DCLOUD_NODE)');

/** The control client of the node that `--node` or DCLOUD_NODE names. Throws NODE_NOT_NAMED and CONTROL_…. */
export const openNode = async (options: Options): Promise<ControlClient> => {
	const folder = options['node'] ?? environmentVariable('DCLOUD_NODE');
	if (typeof folder !== 'string' || folder === '')
		throw new NodeError({
			code: 'NODE_NOT_NAMED',
			message: 'Say which node to ask: --node DATA_FOLDER, or set DCLOUD_NODE.',
		});
	return connectControl(folder);
};
