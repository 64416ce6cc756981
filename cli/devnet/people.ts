/** The keys of a devnet's people, made once into its folder and read again when it exists. */
import {access, mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {fromHex} from '#kernel/bytes';
import type {AccountId, PoolId} from '#kernel/hash';
import {readKeyFile} from '#node/adapters/text-envelope';
import {makeKeyPair} from '../key-pair.ts';
import {makePoolKeys, type PoolKeys} from '../pool-keys.ts';
import {type Layout, PRODUCERS, providerNames} from './layout.ts';
import type {DevnetShape} from './shape.ts';

/** An Ed25519 account, on the side-chain and (with the same key) on Cardano. */
export type Person = {
	readonly name: string;
	readonly seed: Uint8Array;
	readonly verificationKey: Uint8Array;
	readonly account: AccountId;
	readonly keyFile: string;
};

export type Producer = {
	readonly name: string;
	readonly keys: PoolKeys;
	readonly pool: PoolId;
	readonly owner: Person;
};
export type ProviderPerson = {
	readonly name: string;
	readonly owner: Person;
	readonly operatorSeed: Uint8Array;
	readonly operatorVk: Uint8Array;
	readonly operatorKeyFile: string;
};

export type People = {
	/** Deploys the contracts, pays Cardano's fees, hands checkpoints in. */
	readonly operator: Person;
	readonly customer: Person;
	readonly repairer: Person;
	/** Does nothing by itself: a key with money on both chains, for whoever tries the network out. */
	readonly newcomer: Person;
	readonly producers: readonly Producer[];
	readonly providers: readonly ProviderPerson[];
};

const exists = (file: string): Promise<boolean> =>
	access(file).then(
		() => true,
		() => false,
	);

const person = async (crypto: Crypto & SecretCrypto, folder: string, name: string): Promise<Person> => {
	const prefix = path.join(folder, name);
	const keyFile = `${prefix}.skey`;
	if (!(await exists(keyFile))) await makeKeyPair(crypto, prefix, 'account');
	const seed = await readKeyFile(keyFile, 'PaymentSigningKeyShelley_ed25519');
	const verificationKey = crypto.ed25519VerificationKey(seed);
	return {name, seed, verificationKey, account: crypto.blake2b224(verificationKey), keyFile};
};

const producer = async (crypto: Crypto & SecretCrypto, layout: Layout, name: string): Promise<Producer> => {
	const folder = layout.keysOf(name);
	const keys = await makePoolKeys(crypto, folder);
	return {name, keys, pool: fromHex(keys.poolId) as PoolId, owner: await person(crypto, folder, 'owner')};
};

const provider = async (
	crypto: Crypto & SecretCrypto,
	layout: Layout,
	name: string,
): Promise<ProviderPerson> => {
	const folder = layout.keysOf(name);
	const prefix = path.join(folder, 'operator');
	const {seed, verificationKey} = await makeKeyPair(crypto, prefix, 'operator');
	return {
		name,
		owner: await person(crypto, folder, 'owner'),
		operatorSeed: seed,
		operatorVk: verificationKey,
		operatorKeyFile: `${prefix}.skey`,
	};
};

/** Makes every key of a new devnet. */
export const makePeople = async (
	crypto: Crypto & SecretCrypto,
	layout: Layout,
	{providers}: Pick<DevnetShape, 'providers'>,
): Promise<People> => {
	await mkdir(layout.keys, {recursive: true, mode: 0o700});
	const [operator, customer, repairer, newcomer] = await Promise.all(
		['operator', 'customer', 'repairer', 'newcomer'].map(name => person(crypto, layout.keys, name)),
	);
	return {
		operator: operator as Person,
		customer: customer as Person,
		repairer: repairer as Person,
		newcomer: newcomer as Person,
		producers: await Promise.all(PRODUCERS.map(name => producer(crypto, layout, name))),
		providers: await Promise.all(providerNames(providers).map(name => provider(crypto, layout, name))),
	};
};
