/** The word of an account: of its key, or of as many of its keys as its policy asks for. Needs no look at the chain. */
import {
	type AccountPolicy,
	accountOfPolicy,
	POLICY_KEYS_MAX,
	POLICY_THRESHOLD_MAX,
	policyCodec,
	policyProblem,
} from '#crypto/account-policy';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {bytes, type Codec, list, record, uint, variant} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';

export type AccountSignature =
	| {readonly kind: 'key'; readonly verificationKey: Uint8Array; readonly signature: Uint8Array}
	| {
			readonly kind: 'policy';
			readonly policy: AccountPolicy;
			/** `threshold` of them, by the place of their keys in the policy, ascending. */
			readonly signatures: readonly {readonly key: number; readonly signature: Uint8Array}[];
	  };

export const accountSignatureCodec: Codec<AccountSignature> = variant({
	key: [0, {verificationKey: bytes(32), signature: bytes(64)}],
	policy: [
		1,
		{
			policy: policyCodec,
			signatures: list(record({key: uint(POLICY_KEYS_MAX - 1), signature: bytes(64)}), POLICY_THRESHOLD_MAX),
		},
	],
});

export const signForAccount = (
	crypto: SecretCrypto,
	seed: Uint8Array,
	message: Hash32,
): AccountSignature => ({
	kind: 'key',
	verificationKey: crypto.ed25519VerificationKey(seed),
	signature: crypto.signEd25519(seed, message),
});

/** The word of a policy's account, from the seeds of its members. Needs exactly as many as the policy asks for. */
export const signForPolicy = (
	crypto: SecretCrypto,
	policy: AccountPolicy,
	seeds: readonly Uint8Array[],
	message: Hash32,
): AccountSignature => {
	const signatures = seeds
		.map(seed => {
			const vk = crypto.ed25519VerificationKey(seed);
			const key = policy.keys.findIndex(each => equalBytes(each, vk));
			return {key, signature: crypto.signEd25519(seed, message)};
		})
		.sort((a, b) => a.key - b.key);
	assert(
		signatures.length === policy.threshold && signatures.every(({key}) => key >= 0),
		'as many members sign as the policy asks for',
	);
	return {kind: 'policy', policy, signatures};
};

/** Whether that is the account's word for `message`. */
export const isSignedByAccount = (
	crypto: Pick<Crypto, 'verifyEd25519' | 'blake2b224'>,
	account: AccountId,
	message: Hash32,
	signature: AccountSignature,
): boolean => {
	if (signature.kind === 'key') {
		const {verificationKey, signature: own} = signature;
		return (
			equalBytes(crypto.blake2b224(verificationKey), account) &&
			crypto.verifyEd25519(own, message, verificationKey)
		);
	}
	const {policy, signatures} = signature;
	const isPolicy =
		policyProblem(policy) === undefined && equalBytes(accountOfPolicy(crypto, policy), account);
	if (!isPolicy || signatures.length !== policy.threshold) return false;
	return signatures.every(({key, signature: own}, at) => {
		const before = signatures[at - 1]?.key ?? -1;
		const vk = policy.keys[key];
		return vk !== undefined && key > before && crypto.verifyEd25519(own, message, vk);
	});
};
