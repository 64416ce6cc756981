/** The file that `--config` names: options by their own names, or cardano-node's configuration; JSON or YAML. */
import {parse} from 'yaml';
import {NodeError} from '#kernel/node-error';
import type {ListenerOptions} from '#relay/listener';
import type {CardanoNodeConfig} from './adapters/cardano-node-config/cardano-node-config.ts';
import {isCardanoNodeConfig} from './adapters/cardano-node-config/known-fields.ts';
import {parseCardanoNodeConfig} from './adapters/cardano-node-config/parse-cardano-node-config.ts';
import {readBoundedFile} from './adapters/private-file.ts';
import type {Given} from './option-set.ts';
import type {Log} from './ports/log.ts';

/** cardano-node's configuration, and where it stands: it names other files from there. */
export type CardanoNodeFile = CardanoNodeConfig & {readonly path: string};

export type OptionFile = {
	/** Options by their own names. */
	readonly options: Given;
	/** Undefined: the file is one of ours. */
	readonly cardanoNode: CardanoNodeFile | undefined;
};

const BYTES_MAX = 1_000_000;

const readText = async (file: string): Promise<string> => {
	try {
		return await readBoundedFile(file, {bytesMax: BYTES_MAX});
	} catch (cause) {
		const message = `Cannot read ${file}: ${cause instanceof Error ? cause.message : ''}`;
		throw new NodeError({code: 'CONFIG_UNREADABLE', file, message}, {cause});
	}
};

/** What has the shape of JSON is read as that: YAML would take more of it than JSON does. */
const parseText = (text: string): unknown => {
	try {
		return /^\s*\{/.test(text) ? JSON.parse(text) : parse(text);
	} catch {
		return undefined;
	}
};

/** Throws CONFIG_UNREADABLE, CONFIG_NOT_JSON and CARDANO_CONFIG_FIELD_WRONG. */
export const readOptionFile = async (file: string | undefined): Promise<OptionFile> => {
	if (file === undefined) return {options: {}, cardanoNode: undefined};
	const whole = parseText(await readText(file));
	if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
		throw new NodeError({code: 'CONFIG_NOT_JSON', file, message: `${file} is not a JSON object of options.`});
	if (!isCardanoNodeConfig(whole as Given)) return {options: whole as Given, cardanoNode: undefined};
	const parsed = parseCardanoNodeConfig(whole as Given);
	if (parsed.ok) return {options: {}, cardanoNode: {...parsed.value, path: file}};
	const {field, expected} = parsed.error;
	throw new NodeError({
		...parsed.error,
		file,
		message: `${file} is not a configuration of cardano-node: ${field} wants ${expected}.`,
	});
};

/** Who is let in, for a listener: what it has by default where the file says nothing. */
export const inboundOf = (
	config: CardanoNodeFile | undefined,
): Pick<ListenerOptions, 'inboundMax' | 'inboundSoftMax' | 'inboundDelayMsMax'> =>
	config?.inbound === undefined
		? {}
		: {
				inboundMax: config.inbound.hardMax,
				inboundSoftMax: config.inbound.softMax,
				inboundDelayMsMax: config.inbound.delayMsMax,
			};

/** Once, when the node starts: what of the file it goes by, and what not. */
export const tellCardanoNodeFile = (log: Log, config: CardanoNodeFile | undefined): void => {
	if (config === undefined) return;
	const {path: file, idle, unmet, unknown} = config;
	log.info('configuration of cardano-node read; these fields mean nothing here', {
		file,
		fields: idle.join(' '),
	});
	if (unmet.length > 0)
		log.warn('cardano-node does more by these fields than this node', {file, fields: unmet.join(' ')});
	if (unknown.length > 0)
		log.warn('fields that neither this node nor cardano-node knows', {file, fields: unknown.join(' ')});
};
