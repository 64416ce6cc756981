import test from 'ava';
import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {toHex} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import {allocationProof, allocationRoot} from '#onchain/allocation';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {type PotDatum, potDatum, TOKEN_SUPPLY, tokenClaimRedeemer} from '#onchain/data/token-data';
import {claimTokensPlan, foundGovernancePlan, potOutput, tokenUnit} from '#onchain/plans/token-plans';
import {
	ADA,
	changeOutput,
	longer,
	otherConstructor,
	refOf,
	SEED,
	walletAddress,
	walletUtxo,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {accepts, type Change, type Make, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	ALLOCATED,
	ALLOCATIONS,
	CLAIM_UNTIL_MS,
	type GovernanceWorld,
	person,
	potState,
	SETTINGS,
	TOKENS,
} from '../../support/governance-world.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {hashOf} from '../../support/side-chain.ts';

const found = (world: GovernanceWorld, change: Change = plan => plan): JudgedTransaction => {
	const plan = foundGovernancePlan(world.deployment, {
		seed: SEED,
		allocationRoot: allocationRoot(crypto, ALLOCATIONS),
		allocated: ALLOCATED,
		settings: SETTINGS,
	});
	return {plan: change(plan, world), utxos: [walletUtxo(SEED), walletUtxo(refOf(61))]};
};

test('the supply is minted into the pot, with the governor beside it', async t => {
	await accepts(t, world => found(world));
	t.is(DEFAULT_SETTINGS.quorum * 20n, TOKEN_SUPPLY);
});

const withPot =
	(change: Partial<PotDatum>): Change =>
	(plan, {deployment}) =>
		changeOutput(plan, 0, {
			datum: potDatum.toData({
				allocationRoot: allocationRoot(crypto, ALLOCATIONS),
				unclaimed: ALLOCATED,
				governance: deployment.governance.hash,
				...change,
			}),
		});

const minting =
	(quantity: bigint): Change =>
	plan => ({
		...plan,
		mint: plan.mint.map((entry, index) => (index === 0 ? {...entry, quantity} : entry)),
	});

const MINT_BAD: readonly (readonly [string, Change, string | undefined])[] = [
	[
		'without the output that it was compiled for',
		plan => ({...plan, spend: [{ref: refOf(61)}]}),
		'mint-seed',
	],
	['one more than the supply', minting(TOKEN_SUPPLY + 1n), 'mint-supply'],
	['and burnt', minting(-1n), 'mint-supply'],
	[
		'and others beside them',
		(plan, {deployment}) => ({
			...plan,
			mint: [
				...plan.mint,
				{unit: `${toHex(deployment.token.hash)}00`, quantity: 1n, redeemer: dataConstructor(0)},
			],
		}),
		'mint-names',
	],
	[
		'partly to a wallet',
		(plan, {deployment}) =>
			changeOutput(plan, 0, {assets: new Map([[tokenUnit(deployment), TOKEN_SUPPLY - 1n]])}),
		'mint-value',
	],
	['into a pot with junk', plan => changeOutput(plan, 0, withJunk(plan.outputs[0])), 'mint-value'],
	[
		'into a pot with a script on it',
		(plan, {treasury}) => changeOutput(plan, 0, {script: treasury}),
		'mint-script',
	],
	['for no governance', withPot({governance: new Uint8Array(27) as Hash28}), 'mint-governance'],
	['for another list', withPot({allocationRoot: hashOf(1)}), 'mint-datum'],
	['with less kept for claims', withPot({unclaimed: ALLOCATED - 1n}), 'mint-datum'],
	[
		'with a datum field more',
		plan => changeOutput(plan, 0, {datum: longer(plan.outputs[0]?.datum)}),
		'mint-datum',
	],
	[
		'at an address with a stake part',
		plan => changeOutput(plan, 0, {address: withStake(plan.outputs[0]?.address ?? new Uint8Array(0))}),
		undefined,
	],
];

for (const [how, change, trace] of MINT_BAD)
	test(`no tokens are minted ${how}`, t => refuses(t, world => found(world, change), trace));

const SWEPT: Partial<PotDatum> = {allocationRoot: EMPTY_ROOT, unclaimed: 0n};
const NOBODY: ReadonlySet<number> = new Set();
const HOLDER = person(3);

const claim = (
	world: GovernanceWorld,
	change: Change = plan => plan,
	claimed = NOBODY,
	holder = HOLDER,
): JudgedTransaction => {
	const proof = allocationProof(crypto, ALLOCATIONS, NOBODY, holder);
	if (proof === undefined) throw new TypeError('no allocation');
	const left = [...claimed].reduce((sum, index) => sum - (ALLOCATIONS[index]?.amount ?? 0n), 0n);
	const pot = potState(world, {
		tokens: TOKEN_SUPPLY + left,
		datum: {allocationRoot: allocationRoot(crypto, ALLOCATIONS, claimed), unclaimed: ALLOCATED + left},
	});
	const now = allocationProof(crypto, ALLOCATIONS, claimed, holder) ?? proof;
	const plan = claimTokensPlan(crypto, world.deployment, {
		pot: pot.plan,
		proof: now,
		recipient: walletAddress,
	});
	return {plan: change(plan, world), utxos: [pot.utxo, ...publishedUtxos(world)]};
};

test('each key of the list takes its tokens, in any order', async t => {
	await accepts(t, world => claim(world));
	await accepts(t, world => claim(world, plan => plan, new Set([0, 4])));
	await accepts(t, world => claim(world, plan => plan, new Set([0, 1, 2, 3]), person(5)));
});

const redeeming =
	(change: {keyHash?: Hash28; amount?: bigint; index?: number}): Change =>
	plan => {
		const proof = allocationProof(crypto, ALLOCATIONS, NOBODY, HOLDER);
		if (proof === undefined) return plan;
		const {allocation, index, path} = proof;
		const redeemer = tokenClaimRedeemer.toData({...allocation, index, proof: path, ...change});
		return {...plan, spend: plan.spend.map(spend => ({...spend, redeemer}))};
	};

/** Another pot, all of whose tokens are the attacker's, beside the real one. */
const secondPot: Make = world => {
	const transaction = claim(world);
	const second = potState(world, {number: 20});
	const [spend] = transaction.plan.spend;
	return {
		plan: {
			...transaction.plan,
			spend: [
				...transaction.plan.spend,
				{ref: second.plan.ref, ...(spend?.redeemer ? {redeemer: spend.redeemer} : {})},
			],
		},
		utxos: [...transaction.utxos, second.utxo],
	};
};

/** The pot keeps one millionth less than the leaf gives: the rest would be the treasury's. */
const overdrawing: Make = world => {
	const unclaimed = 3_000_000n * TOKENS - 1n;
	const {utxo} = potState(world, {datum: {unclaimed}});
	const {plan, utxos} = claim(world);
	return {plan, utxos: [utxo, ...utxos.slice(1)]};
};

/** With a proof that was good before. */
const claimingSwept: Make = world => {
	const {utxo} = potState(world, {datum: SWEPT});
	const {plan, utxos} = claim(world);
	return {plan, utxos: [utxo, ...utxos.slice(1)]};
};

const CLAIM_BAD: readonly (readonly [string, Make, string | undefined])[] = [
	['by another key', world => claim(world, plan => ({...plan, signers: [person(4)]})), 'claim-signer'],
	[
		'by a key that is not listed',
		world => claim(world, (plan, w) => redeeming({keyHash: person(9)})({...plan, signers: [person(9)]}, w)),
		'claim-proof',
	],
	[
		'by a key of another length',
		world =>
			claim(world, (plan, w) => {
				const keyHash = new Uint8Array(27).fill(3) as Hash28;
				return redeeming({keyHash})({...plan, signers: [keyHash]}, w);
			}),
		'claim-width',
	],
	['for more than is listed', world => claim(world, redeeming({amount: 4_000_000n * TOKENS})), 'claim-proof'],
	['under an index beyond the tree', world => claim(world, redeeming({index: 2 + 8})), undefined],
	['twice', world => claim(world, plan => plan, new Set([2])), 'claim-proof'],
	['of the treasury, by a list that adds up to more than it says', overdrawing, 'claim-allocated'],
	['after what was unclaimed became the treasury’s', claimingSwept, 'claim-proof'],
	[
		'so that more leaves the pot',
		world =>
			claim(world, (plan, {deployment}) =>
				changeOutput(plan, 0, {
					assets: new Map([[tokenUnit(deployment), TOKEN_SUPPLY - 3_000_000n * TOKENS - 1n]]),
				}),
			),
		'claim-tokens',
	],
	[
		'so that the leaf stays',
		world =>
			claim(world, (plan, {deployment}) => {
				const {plan: pot} = potState(world);
				const {datum} = potOutput(deployment, {
					...pot,
					datum: {...pot.datum, unclaimed: ALLOCATED - 3_000_000n * TOKENS},
				});
				return changeOutput(plan, 0, datum === undefined ? {} : {datum});
			}),
		'claim-datum',
	],
	[
		'with another constructor',
		world => claim(world, plan => changeOutput(plan, 0, {datum: otherConstructor(plan.outputs[0]?.datum)})),
		'claim-datum',
	],
	[
		'with ADA of the pot',
		world => claim(world, plan => changeOutput(plan, 0, {lovelace: 3n * ADA - 1n})),
		'pot-ada',
	],
	[
		'so that the pot holds junk',
		world => claim(world, plan => changeOutput(plan, 0, withJunk(plan.outputs[0]))),
		'pot-assets',
	],
	[
		'so that the pot bears a script',
		world => claim(world, (plan, {treasury}) => changeOutput(plan, 0, {script: treasury})),
		'pot-script',
	],
	[
		'so that the pot gets a stake part',
		world =>
			claim(world, plan =>
				changeOutput(plan, 0, {address: withStake(plan.outputs[0]?.address ?? new Uint8Array(0))}),
			),
		undefined,
	],
	['out of two pots at once', secondPot, 'pot-one'],
];

for (const [how, make, trace] of CLAIM_BAD)
	test(`no tokens are claimed ${how}`, t => refuses(t, make, trace));

test('who is late can still claim until then', async t => {
	const late: Change = plan => ({...plan, validFromMs: CLAIM_UNTIL_MS + 1_000});
	await accepts(t, world => claim(world, late));
});
