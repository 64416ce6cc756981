/** The stake pools of a simulated network: their keys are made from their numbers, by whichever crypto is used. */
import {certificateSignable, type OperationalCertificate} from '#consensus/opcert/operational-certificate';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {evolveKesKey, generateKesKey, kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {concat, u32be} from '#kernel/bytes';
import type {AccountId, Hash32, PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {encodeUtf8} from '#kernel/utf8';
import type {Genesis} from '#ledger/genesis/genesis';
import type {ForgingKeys, KesSigner} from '#node/ports/forging-keys';
import {testGenesis} from '../support/ledger-genesis.ts';

type AllCrypto = Crypto & SecretCrypto;

export type SimulatedParty = {
	readonly seed: Uint8Array;
	readonly verificationKey: Uint8Array;
	readonly account: AccountId;
};

export type SimulatedPool = {
	readonly index: number;
	/** Relative to the other pools. */
	readonly stake: number;
	readonly coldSeed: Uint8Array;
	readonly issuerVk: Uint8Array;
	readonly poolId: PoolId;
	readonly vrfSeed: Uint8Array;
	readonly vrfVk: Uint8Array;
	readonly vrfKeyHash: Hash32;
	readonly kesSeed: Uint8Array;
	readonly operationalCertificate: OperationalCertificate;
	readonly delegator: SimulatedParty;
	readonly checkpoint: SimulatedParty;
};

/** The smallest unit of stake in ADA: a pool's delegator has this times `stake`. */
const ADA_OF_STAKE = 10_000n;

export const seedOf = (crypto: AllCrypto, use: string, number: number): Uint8Array =>
	crypto.blake2b256(encodeUtf8(`simulated ${use}`), u32be(number));

export const partyOf = (crypto: AllCrypto, use: string, number: number): SimulatedParty => {
	const seed = seedOf(crypto, use, number);
	const verificationKey = crypto.ed25519VerificationKey(seed);
	return {seed, verificationKey, account: crypto.blake2b224(verificationKey)};
};

/** Any certificate of a cold key, rightly signed. */
export const certificateOf = (
	crypto: AllCrypto,
	{coldSeed, kesSeed}: Pick<SimulatedPool, 'coldSeed' | 'kesSeed'>,
	{counter = 0n, startPeriod = 0n}: {readonly counter?: bigint; readonly startPeriod?: bigint} = {},
): OperationalCertificate => {
	const hotVk = kesVerificationKey(crypto, generateKesKey(crypto, kesSeed));
	const unsigned = {hotVk, counter, startPeriod};
	return {...unsigned, signature: crypto.signEd25519(coldSeed, certificateSignable(unsigned))};
};

export const simulatedPool = (crypto: AllCrypto, index: number, stake: number): SimulatedPool => {
	const [coldSeed, vrfSeed, kesSeed] = ['cold', 'vrf', 'kes'].map(use => seedOf(crypto, use, index)) as [
		Uint8Array,
		Uint8Array,
		Uint8Array,
	];
	const issuerVk = crypto.ed25519VerificationKey(coldSeed);
	const vrfVk = crypto.ed25519VerificationKey(vrfSeed);
	return {
		index,
		stake,
		coldSeed,
		issuerVk,
		poolId: crypto.blake2b224(issuerVk),
		vrfSeed,
		vrfVk,
		vrfKeyHash: crypto.blake2b256(vrfVk),
		kesSeed,
		operationalCertificate: certificateOf(crypto, {coldSeed, kesSeed}),
		delegator: partyOf(crypto, 'delegator', index),
		checkpoint: partyOf(crypto, 'checkpoint key', index),
	};
};

/** A KES key in memory. */
const kesSignerOf = (crypto: AllCrypto, seed: Uint8Array): KesSigner => {
	let key = generateKesKey(crypto, seed);
	return {
		get evolution() {
			return key.period;
		},
		evolveTo: async evolution => {
			while (key.period < evolution) {
				const evolved = evolveKesKey(crypto, key);
				if (!evolved.ok) return false;
				key = evolved.value;
			}
			return key.period === evolution;
		},
		sign: message => signKes(crypto, key, message),
		discard: () => undefined,
	};
};

/** What a producer forges with: a KES key from its first period on. */
export const forgingKeysOf = (crypto: AllCrypto, pool: SimulatedPool): ForgingKeys => {
	const {issuerVk, vrfSeed, vrfVk, operationalCertificate} = pool;
	return {issuerVk, vrfSeed, vrfVk, operationalCertificate, kes: kesSignerOf(crypto, pool.kesSeed)};
};

/** A network of these pools. Somebody else has as much again that nobody forges with nothing. */
export const simulatedGenesis = (pools: readonly SimulatedPool[], change: Partial<Genesis> = {}): Genesis => {
	const base = testGenesis(change);
	const {k, f} = base;
	return {
		...base,
		epochLength: change.epochLength ?? Math.ceil((10 * k * Number(f.denominator)) / Number(f.numerator)),
		accounts: pools.map(({delegator, poolId, stake}) => ({
			account: delegator.account,
			balance: Lovelace(BigInt(Math.round(stake * 1000)) * ADA_OF_STAKE * 1000n),
			pool: poolId,
		})),
		pools: pools.map(({issuerVk, vrfKeyHash, checkpoint, delegator}) => ({
			coldVk: issuerVk,
			vrfKeyHash,
			checkpointVk: checkpoint.verificationKey,
			rewardAccount: delegator.account,
			cost: Lovelace(1000n),
			margin: Ratio(1n, 20n),
		})),
		...change,
	};
};

/** 32 bytes of a name. */
export const namedBytes = (crypto: AllCrypto, name: string): Hash32 =>
	crypto.blake2b256(concat(encodeUtf8('named '), encodeUtf8(name)));
