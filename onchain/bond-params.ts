import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {ContractName} from './contract-names.ts';

/** What a bond costs and how long things take. Amounts in lovelace. */
export type BondTerms = {
	readonly bond: Lovelace;
	/** What a dispute costs when it is answered. */
	readonly deposit: Lovelace;
	/** Of a slashed bond to whoever disputed, besides the deposit: covers fees, and is too little to live on. */
	readonly reward: Lovelace;
	/** How long the provider has to answer. */
	readonly answerMs: number;
	/** From the announcement of an exit to the exit: longer than what was proven stays open to dispute. */
	readonly exitMs: number;
};

const DAY_MS = 86_400_000;

/** What bonds are deployed with unless somebody says otherwise. */
export const BOND_TERMS: BondTerms = {
	bond: Lovelace(50_000_000n),
	deposit: Lovelace(20_000_000n),
	reward: Lovelace(5_000_000n),
	answerMs: 5 * DAY_MS,
	exitMs: 60 * DAY_MS,
};

/** What the bond script is compiled for. */
export type BondParams = BondTerms & {
	/** Policy of the checkpoint NFT, whose state says what was proven. */
	readonly checkpoint: Hash28;
	/** Policy of the claim NFTs, which say whose a provider is. */
	readonly registry: Hash28;
	/** Script hash of the treasury, which gets what is slashed. */
	readonly treasury: Hash28;
};

/** For contracts that are there already. */
export const bondParamsOf = (
	scripts: {readonly [Name in ContractName]: {readonly hash: Hash28}},
	terms: BondTerms,
): BondParams => ({
	...terms,
	checkpoint: scripts.checkpoint.hash,
	registry: scripts.registry.hash,
	treasury: scripts.treasury.hash,
});
