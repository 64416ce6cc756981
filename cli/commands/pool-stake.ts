/** Merged staking: the cold key of a Cardano pool says, where it is kept, which pool its stake counts for. */
import {readFile} from 'node:fs/promises';
import type {Command} from 'commander';
import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {encodeBech32} from '#kernel/bech32';
import {equalBytes, parseHex, toHex} from '#kernel/bytes';
import {type GenesisHash, Hash28, type PoolId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {cardanoPoolMessage} from '#ledger/pools/cardano-stake-message';
import type {ActionOf} from '#ledger/tx/action';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import {readGenesis} from '#node/read-inputs';
import {answers, type Options, type Verb} from '../answer.ts';
import {send, textOption, withSender} from '../sending.ts';
import {accountIdOf, parseId} from '../wallet.ts';

const COLD_KEY = 'StakePoolSigningKey_ed25519';

type Binding = ActionOf<'cardano-pool-bind'>;

/** What the cold key has signed, as a file. */
type Statement = {
	readonly genesisHash: string;
	readonly cardanoVk: string;
	readonly pool: string | null;
	readonly counter: number;
	readonly signature: string;
};

/** Rises by itself from one statement to the next, on any machine. */
const counterNow = (): number => Math.floor(Date.now() / 1000);

const signStatement = async (
	crypto: Hasher & SecretCrypto,
	genesisHash: GenesisHash,
	keyFile: string,
	pool: PoolId | null,
): Promise<Binding> => {
	const seed = await readKeyFile(keyFile, COLD_KEY);
	const cardanoVk = crypto.ed25519VerificationKey(seed);
	const counter = counterNow();
	const message = cardanoPoolMessage(crypto, {genesisHash, cardanoVk, pool, counter});
	return {kind: 'cardano-pool-bind', cardanoVk, pool, counter, signature: crypto.signEd25519(seed, message)};
};

const poolOption = (options: Options): PoolId | null => {
	const text = textOption(options, 'pool');
	return text === 'none' ? null : parseId<PoolId>(text, 28, 'A pool id');
};

const sign: Verb = async (_words, options) => {
	const crypto = await createNativeCrypto();
	const {genesisHash} = await readGenesis(crypto, textOption(options, 'genesis'));
	const out = textOption(options, 'out');
	const pool = poolOption(options);
	const {cardanoVk, counter, signature} = await signStatement(
		crypto,
		genesisHash,
		textOption(options, 'cardanoKey'),
		pool,
	);
	const statement: Statement = {
		genesisHash: toHex(genesisHash),
		cardanoVk: toHex(cardanoVk),
		pool: pool === null ? null : toHex(pool),
		counter,
		signature: toHex(signature),
	};
	await writeFileAtomically(out, `${JSON.stringify(statement, null, '\t')}\n`, {mode: 0o644});
	const cardanoPool = encodeBech32('pool', crypto.blake2b224(cardanoVk));
	const what = pool === null ? 'counts for nobody any more' : `counts for pool ${toHex(pool)}`;
	return {
		data: {...statement, cardanoPool},
		text: `${out} says that the stake of ${cardanoPool} ${what}: "dcloud pool bind-stake --statement ${out}" sends it`,
	};
};

const badStatement = (file: string, problem: string): NodeError =>
	new NodeError({
		code: 'STAKE_STATEMENT_BAD',
		message: `${file} is no statement of a Cardano pool for this side-chain: ${problem}.`,
		file,
	});

const parsed = (text: string): Partial<Record<keyof Statement, unknown>> | undefined => {
	try {
		return (JSON.parse(text) as Partial<Record<keyof Statement, unknown>> | null) ?? {};
	} catch {
		return undefined;
	}
};

const statementIn = async (file: string, genesisHash: GenesisHash): Promise<Binding> => {
	const text = await readFile(file, 'utf8').catch(cause => {
		throw new NodeError({code: 'FILE_UNREADABLE', message: `${file} cannot be read.`, file}, {cause});
	});
	const given = parsed(text);
	if (given === undefined) throw badStatement(file, 'it is not JSON');
	const bytesIn = (name: keyof Statement, length: number): Uint8Array => {
		const value = given[name];
		const bytes = typeof value === 'string' ? parseHex(value) : undefined;
		if (bytes?.length !== length) throw badStatement(file, `${name} is not ${length} bytes in hexadecimal`);
		return bytes;
	};
	if (!equalBytes(bytesIn('genesisHash', 32), genesisHash))
		throw badStatement(file, 'its genesis is another');
	const {counter, pool} = given;
	if (!Number.isSafeInteger(counter) || (counter as number) < 1)
		throw badStatement(file, 'counter is not a whole number');
	return {
		kind: 'cardano-pool-bind',
		cardanoVk: bytesIn('cardanoVk', 32),
		pool: pool === null ? null : Hash28(bytesIn('pool', 28)),
		counter: counter as number,
		signature: bytesIn('signature', 64),
	};
};

const bind: Verb = (_words, options, signal) =>
	send(options, signal, async ({network: {genesisHash}}) => {
		const crypto = await createNativeCrypto();
		const cold =
			typeof options['coldKey'] === 'string' ? [await readKeyFile(options['coldKey'], COLD_KEY)] : [];
		const [own] = await Promise.all(cold.map(seed => accountIdOf(crypto, seed)));
		const action =
			typeof options['statement'] === 'string'
				? await statementIn(options['statement'], genesisHash)
				: await signStatement(
						crypto,
						genesisHash,
						textOption(options, 'cardanoKey'),
						own === undefined ? null : (own as Uint8Array as PoolId),
					);
		const cardanoPool = encodeBech32('pool', crypto.blake2b224(action.cardanoVk));
		return {
			action,
			cosigners: action.pool === null ? [] : cold,
			say:
				action.pool === null
					? `the stake of ${cardanoPool} counts for nobody any more`
					: `the stake of ${cardanoPool} counts for pool ${toHex(action.pool)} once the committee has told how much it is`,
		};
	});

export const registerStake = (noun: Command): void => {
	answers(
		noun
			.command('sign-stake')
			.description("let a Cardano pool's cold key say whom its stake counts for")
			.requiredOption('--genesis <file>', 'genesis file of the side-chain')
			.requiredOption(
				'--cardano-key <file>',
				"cold signing key of the Cardano pool (cardano-cli's cold.skey)",
			)
			.requiredOption('--pool <id>', 'pool of the side-chain, or "none"')
			.requiredOption('--out <file>', 'where the statement is written'),
		sign,
	);
	answers(
		withSender(noun.command('bind-stake').description('let stake on Cardano count for a pool'))
			.option('--cold-key <file>', 'cold signing key of the pool here; without it the Cardano pool leaves')
			.option('--cardano-key <file>', 'cold signing key of the Cardano pool')
			.option('--statement <file>', 'what that key has signed elsewhere (pool sign-stake)'),
		bind,
	);
};
