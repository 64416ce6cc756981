import type {Command} from 'commander';
import type {Options} from './answer.ts';
import {textOption} from './sending.ts';

/** Options of every command that works on the data folder of a node. */
export const withDatabase = (command: Command): Command =>
	command
		.requiredOption('--data-dir <folder>', "the node's data folder")
		.option('--genesis <file>', "the network's genesis file");

export const dataDirOf = (options: Options): string => textOption(options, 'dataDir');
export const genesisOf = (options: Options): string => textOption(options, 'genesis');
