import type {Hasher, SecretCrypto} from '#crypto/crypto';
import type {GenesisHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {signForAccount} from './account-signature.ts';
import {
	GRANTS_MAX,
	type GrantChain,
	type GrantTerms,
	grantMessage,
	type LinkBody,
	lastGrant,
	type RootBody,
} from './grant.ts';
import {type GrantRefused, wideningOf} from './verify-chain.ts';

type Giver = {readonly genesisHash: GenesisHash /** Of the giver, 32 bytes. */; readonly seed: Uint8Array};

/** A grant by the account of a key. */
export const giveGrant = (
	crypto: Hasher & SecretCrypto,
	{genesisHash, seed}: Giver,
	body: Omit<RootBody, 'kind' | 'owner'>,
): GrantChain => {
	const owner = crypto.blake2b224(crypto.ed25519VerificationKey(seed));
	const root: RootBody = {kind: 'root', owner, ...body};
	return {
		root: {body: root, signature: signForAccount(crypto, seed, grantMessage(crypto, genesisHash, root))},
		links: [],
	};
};

/** Passes a grant on, by the key that it was given to. Refuses what nobody would take. */
export const passGrant = (
	crypto: Hasher & SecretCrypto,
	{genesisHash, seed}: Giver,
	chain: GrantChain,
	terms: GrantTerms,
): Result<GrantChain, GrantRefused> => {
	const before = lastGrant(chain);
	const grant = chain.links.length + 1;
	if (grant >= GRANTS_MAX)
		return err({code: 'GRANT_CHAIN_TOO_LONG', grants: grant + 1, grantsMax: GRANTS_MAX});
	const by = wideningOf(terms, before.terms);
	if (by !== undefined) return err({code: 'GRANT_WIDENED', grant, by});
	const body: LinkBody = {kind: 'link', parent: grantMessage(crypto, genesisHash, before), terms};
	const signature = crypto.signEd25519(seed, grantMessage(crypto, genesisHash, body));
	return ok({root: chain.root, links: [...chain.links, {body, signature}]});
};
