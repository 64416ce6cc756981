import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {
	type Genesis,
	genesisHashOf,
	genesisToJson,
	parseGenesisJson,
	periodMsOf,
} from '#ledger/genesis/genesis';
import {parametersForm} from '#ledger/genesis/parameters';
import {type GenesisProfile, genesisProfiles} from '#ledger/genesis/profiles';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Answer, answers, type Options, optionalText} from '../answer.ts';
import {operatorWallet, WALLET_ACCOUNT} from '../cardano-access.ts';
import {writeDraft} from '../cardano-file.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {genesisCommittee, NOWHERE, readCardanoNetwork, readTerms} from '../genesis-place.ts';
import {toJson} from '../json.ts';
import {textOption} from '../sending.ts';
import {facts} from '../table.ts';
import {parseAmount} from '../wallet.ts';

const listOption = (options: Options, name: string): readonly string[] => {
	const value = options[name];
	if (Array.isArray(value)) return value as readonly string[];
	return typeof value === 'string' ? [value] : [];
};

/** `ID=AMOUNT` or `ID=AMOUNT@POOL`, as the JSON form of a genesis has it. */
const accountLine = (text: string): {account: string; balance: string; pool: string | null} => {
	const match = /^([0-9a-f]{56})=([^@]+)(?:@([0-9a-f]{56}))?$/i.exec(text);
	if (match?.[1] === undefined || match[2] === undefined)
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--account wants ID=AMOUNT or ID=AMOUNT@POOL, not "${text}".`,
		});
	return {
		account: match[1].toLowerCase(),
		balance: parseAmount(match[2]).toString(),
		pool: match[3]?.toLowerCase() ?? null,
	};
};

/** `FOLDER` or `FOLDER=REWARD_ACCOUNT`: the public keys of a pool. */
const poolLine = async (text: string): Promise<object> => {
	const [folder = '', reward] = text.split('=');
	const crypto = await createNativeCrypto();
	const [coldVk, vrfVk, checkpointVk] = await Promise.all([
		readKeyFile(path.join(folder, 'cold.vkey'), 'StakePoolVerificationKey_ed25519'),
		readKeyFile(path.join(folder, 'vrf.vkey'), 'VrfVerificationKey_PraosVRF'),
		readKeyFile(path.join(folder, 'checkpoint.vkey'), 'DCloudCheckpointVerificationKey_ed25519'),
	]);
	return {
		coldVk: toHex(coldVk),
		vrfKeyHash: toHex(crypto.blake2b256(vrfVk)),
		checkpointVk: toHex(checkpointVk),
		rewardAccount: reward ?? toHex(crypto.blake2b224(coldVk)),
		cost: '0',
		margin: '0/1',
	};
};

const startOf = (text: string): number => {
	const after = /^\+(\d{1,9})$/.exec(text);
	const time = after === null ? Date.parse(text) : Date.now() + Number(after[1]) * 1000;
	if (Number.isNaN(time))
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--start wants a time such as 2027-01-01T00:00:00Z or +60 (seconds from now), not "${text}".`,
		});
	return time;
};

const profileOf = (name: string): GenesisProfile => {
	if (Object.hasOwn(genesisProfiles, name)) return genesisProfiles[name as keyof typeof genesisProfiles];
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--profile is one of ${Object.keys(genesisProfiles).join(', ')}, not "${name}".`,
	});
};

/** The checked genesis of a JSON text; says which field is wrong. */
export const checkedGenesis = (text: string, where: string): Genesis => {
	const parsed = parseGenesisJson(text);
	if (parsed.ok) return parsed.value;
	const field = 'field' in parsed.error ? ` at ${parsed.error.field}` : '';
	const problem = 'problem' in parsed.error ? `: it ${parsed.error.problem}` : '';
	throw new NodeError({...parsed.error, message: `${where} is no genesis${field}${problem}.`});
};

const readJsonFile = async (file: string): Promise<object> => {
	try {
		return JSON.parse(await readFile(file, 'utf8')) as object;
	} catch (cause) {
		throw new NodeError({code: 'FILE_NOT_JSON', message: `${file} cannot be read as JSON.`, file}, {cause});
	}
};

const genesisText = async (options: Options, cardano: object): Promise<string> => {
	const {stableDepth, parameters, f, ...profile} = profileOf(textOption(options, 'profile'));
	const slotMs = countOption(options, 'slotMs') ?? profile.slotMs;
	const given = options['parameters'];
	const changed = typeof given === 'string' ? await readJsonFile(given) : {};
	const skeleton = {
		networkMagic: countOption(options, 'networkMagic'),
		systemStartMs: startOf(textOption(options, 'start')),
		...profile,
		slotMs,
		f: `${f.numerator}/${f.denominator}`,
		accounts: listOption(options, 'account').map(accountLine),
		pools: await Promise.all(listOption(options, 'pool').map(poolLine)),
		cardano: {stableDepth, ...cardano},
		parameters: {...(parametersForm.toJson(parameters) as object), ...changed},
	};
	return JSON.stringify(skeleton);
};

/** Bytes in hexadecimal, as the JSON form of a genesis has them. */
const inHex = (section: object): object => JSON.parse(toJson(section)) as object;

/** The contracts' hashes: from a file, or compiled now for the committee that the other options give. */
const placeOf = async (options: Options): Promise<object> => {
	if (typeof options['cardano'] === 'string') return readJsonFile(options['cardano']);
	const ready = await readCardanoNetwork(textOption(options, 'cardanoNetwork'));
	const crypto = await createNativeCrypto();
	const operator = await operatorWallet(options, networkIdOf(ready.networkMagic));
	const draft = checkedGenesis(await genesisText(options, inHex(NOWHERE)), 'What the options say');
	const {prepareContracts} = await import('../devnet/cardano-side.ts');
	const splitOut = optionalText(options, 'splitOut');
	const {section} = await prepareContracts({crypto, ready, operator}, genesisCommittee(crypto, draft), {
		deliver: splitOut === undefined ? undefined : writeDraft(splitOut),
		systemStartMs: draft.systemStartMs,
		periodMs: periodMsOf(draft),
		governance: await readTerms(optionalText(options, 'governance'), draft),
	});
	return inHex(section);
};

/** Writes the file that names a network. */
export const createGenesis = async (_words: readonly string[], options: Options): Promise<Answer> => {
	// The contracts know when the chain starts: "+60" is read once.
	const fixed = {...options, start: new Date(startOf(textOption(options, 'start'))).toISOString()};
	const genesis = checkedGenesis(await genesisText(fixed, await placeOf(fixed)), 'What the options say');
	const crypto = await createNativeCrypto();
	const out = textOption(options, 'out');
	await writeFile(out, genesisToJson(genesis), {flag: options['force'] === true ? 'w' : 'wx'}).catch(
		cause => {
			throw new NodeError(
				{
					code: 'FILE_UNWRITABLE',
					message: `${out} cannot be written, or exists already (--force replaces it).`,
				},
				{cause},
			);
		},
	);
	return {
		data: {genesisHash: genesisHashOf(crypto, genesis), file: out},
		text: describe(genesis, toHex(genesisHashOf(crypto, genesis))),
	};
};

const describe = (genesis: Genesis, hash: string): string =>
	facts([
		['genesis hash', hash],
		[
			'profile',
			`${genesis.profile}: slots of ${genesis.slotMs} ms, epochs of ${genesis.epochLength} slots, k = ${genesis.k}`,
		],
		['starts', new Date(genesis.systemStartMs).toISOString()],
		['pools', String(genesis.pools.length)],
		['accounts', String(genesis.accounts.length)],
		['credits', ada(genesis.accounts.reduce((sum: bigint, {balance}) => sum + balance, 0n))],
	]);

const show = async ([file = '']: readonly string[]): Promise<Answer> => {
	const text = await readFile(file, 'utf8').catch(cause => {
		throw new NodeError({code: 'FILE_UNREADABLE', message: `${file} cannot be read.`}, {cause});
	});
	const genesis = checkedGenesis(text, file);
	const hash = genesisHashOf(await createNativeCrypto(), genesis);
	return {data: {genesisHash: hash, genesis}, text: describe(genesis, toHex(hash))};
};

export const register = (noun: Command): void => {
	answers(
		noun
			.command('create')
			.description('the file that names a network; prints its hash')
			.requiredOption('--out <file>', 'where it goes')
			.option('--cardano <file>', 'JSON of contracts that are there already')
			.option('--cardano-network <file>', 'or: compile new ones for this Cardano network (cardano.json)')
			.option(
				'--wallet <file>',
				'with --cardano-network: key, words or address of the Cardano wallet that will deploy them',
			)
			.option('--wallet-account <n>', WALLET_ACCOUNT)
			.option(
				'--governance <file>',
				'with --cardano-network: what governance begins with (docs/ONCHAIN.md); without it nobody governs',
			)
			.option(
				'--split-out <file>',
				'with --governance, for a wallet of one output whose key is elsewhere: write the transaction that splits it there',
			)
			.option(
				'--parameters <file>',
				"JSON with those of the ledger's parameters that differ from the profile's",
			)
			.option('--profile <name>', 'public, devnet (k is small: one machine only) or test', 'devnet')
			.option('--network-magic <n>', 'tells networks apart', '1094')
			.option('--start <time>', 'of slot 0: ISO time or +SECONDS', '+30')
			.option('--slot-ms <n>', 'length of a slot')
			.option('--pool <folder...>', 'key folder of a pool (FOLDER or FOLDER=REWARD_ACCOUNT)')
			.option('--account <line...>', 'ID=AMOUNT or ID=AMOUNT@POOL')
			.option('--force', 'replace the file'),
		createGenesis,
	);
	answers(
		noun
			.command('show')
			.description('a genesis file, checked, and its hash')
			.argument('<file>', 'genesis file'),
		show,
	);
};
