/** Who holds the governance token of a devnet, and rules under which a vote takes less than a minute. */
import type {Crypto} from '#crypto/crypto';
import {compareBytes} from '#kernel/bytes';
import {type Allocation, allocationRoot} from '#onchain/allocation';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import type {People, Person} from './people.ts';

/** Millionths of a token. */
export const TOKEN = 1_000_000n;
const MILLION = 1_000_000n * TOKEN;
/** Of the owners of the producers, in millions of tokens. */
const HOLDINGS = [4n, 3n, 2n] as const;
/** More than the quorum: whoever tries the network out can pass a proposal alone. */
const NEWCOMER_HOLDING = 6n;

/** The people of a devnet that hold tokens, and vote in the run. */
export const tokenHolders = ({
	producers,
}: People): readonly {readonly owner: Person; readonly amount: bigint}[] =>
	producers.map(({owner}, index) => ({owner, amount: (HOLDINGS[index] ?? 0n) * MILLION}));

export const devnetAllocations = (crypto: Crypto, people: People): readonly Allocation[] =>
	[...tokenHolders(people), {owner: people.newcomer, amount: NEWCOMER_HOLDING * MILLION}]
		.map(({owner: {verificationKey}, amount}) => ({keyHash: crypto.blake2b224(verificationKey), amount}))
		.sort((a, b) => compareBytes(a.keyHash, b.keyHash));

/** As on mainnet, but for the times. */
export const devnetTerms = (crypto: Crypto, people: People, systemStartMs: number): GovernanceTerms => {
	const allocations = devnetAllocations(crypto, people);
	return {
		allocationRoot: allocationRoot(crypto, allocations),
		allocated: allocations.reduce((sum, {amount}) => sum + amount, 0n),
		claimUntilMs: systemStartMs + CLAIM_TIME_MS.usual,
		settings: {
			...DEFAULT_SETTINGS,
			voteMs: 40_000n,
			timelockMs: 5_000n,
			expiryMs: 3_600_000n,
			capPeriodMs: 3_600_000n,
			recoveryVoteMs: 60_000n,
		},
	};
};
