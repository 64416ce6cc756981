/** Grants for tests: an owner, some audiences, terms that can be narrowed. */
import {giveGrant, passGrant} from '#access/give-grant';
import type {GrantChain, GrantTerms, RootBody} from '#access/grant';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {crypto} from '../support/crypto.ts';
import {hashOf, type Party, party} from '../support/ledger-chain.ts';

export const genesisHash: GenesisHash = hashOf('genesis');
export const owner: Party = party('owner');
export const people: readonly Party[] = Array.from({length: 10}, (_, index) => party(`holder ${index}`));
export const bucket: Hash32 = hashOf('bucket');
export const tag = (name: string): Uint8Array => hashOf(`tag ${name}`).slice(0, 16);

export const holder = (index: number): Party => people[index] as Party;

export const terms = (change: Partial<GrantTerms> = {}): GrantTerms => ({
	audience: holder(0).verificationKey,
	rights: ['read', 'list'],
	scope: {bucket, path: [tag('docs')]},
	notBefore: Slot(10),
	notAfter: Slot(100),
	sizeMax: 1000,
	...change,
});

export const rootOf = (change: Partial<Omit<RootBody, 'kind' | 'owner'>> = {}): GrantChain =>
	giveGrant(
		crypto,
		{genesisHash, seed: owner.seed},
		{series: hashOf('series'), epochs: {account: 0, series: 0}, terms: terms(), ...change},
	);

/** Passes a chain on from its last holder to the next one. */
export const passed = (chain: GrantChain, change: Partial<GrantTerms> = {}): GrantChain => {
	const index = chain.links.length;
	const next = terms({audience: holder(index + 1).verificationKey, ...change});
	const made = passGrant(crypto, {genesisHash, seed: holder(index).seed}, chain, next);
	if (!made.ok) throw new RangeError(made.error.code);
	return made.value;
};
