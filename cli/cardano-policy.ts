/** Files that say which keys pay together: native scripts in cardano-cli's JSON. */
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {readBoundedFile} from '#node/adapters/private-file';
import {type NativeScript, parseNativeScript} from '#onchain/cardano/native-script';
import {type Options, optionalText} from './answer.ts';

const BYTES_MAX = 64 * 1024;

/** Whose claim it is, where that is not the wallet's key. */
export const withOwners = (command: Command): Command =>
	command.option(
		'--owner <file>',
		'policy file of the keys that own the claim together; --wallet then only pays the fee',
	);

const jsonOf = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

const POLICY_TYPES: readonly unknown[] = ['sig', 'all', 'any', 'atLeast', 'before', 'after'];

/** The policy of a file; undefined for anything else. Throws NATIVE_SCRIPT_…. */
export const findPolicy = async (file: string): Promise<NativeScript | undefined> => {
	const json = jsonOf(await readBoundedFile(file, {bytesMax: BYTES_MAX}).catch(() => ''));
	const isPolicy = typeof json === 'object' && json !== null && 'type' in json;
	if (!isPolicy || !POLICY_TYPES.includes(json.type)) return undefined;
	const parsed = parseNativeScript(json);
	if (parsed.ok) return parsed.value;
	throw new NodeError({
		...parsed.error,
		message: `${file} says in a way that is not taken who signs: ${parsed.error.code}.`,
		file,
	});
};

export const readPolicy = async (file: string): Promise<NativeScript> => {
	const policy = await findPolicy(file);
	if (policy !== undefined) return policy;
	await readBoundedFile(file, {bytesMax: BYTES_MAX});
	throw new NodeError({
		code: 'NATIVE_SCRIPT_MALFORMED',
		message: `${file} is no policy file: "dcloud cardano policy" writes one, and cardano-cli's native scripts are some.`,
		place: 'script',
		file,
	});
};

/** What --owner names. */
export const ownersOf = async (options: Options): Promise<NativeScript | undefined> => {
	const file = optionalText(options, 'owner');
	return file === undefined ? undefined : readPolicy(file);
};
