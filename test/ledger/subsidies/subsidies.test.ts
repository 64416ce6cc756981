import test from 'ava';
import fc from 'fast-check';
import {leafHash, rootOfPath} from '#crypto/merkle-tree';
import {u64be} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {checkpointsOf, payoutProof} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import {type Subsidised, shareSubsidy} from '#ledger/subsidies/share-subsidy';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

/** Pools get nothing of the fees. */
const NONE = Ratio(0n, 1n);

const amount = (max: bigint): fc.Arbitrary<bigint> => fc.bigInt({min: 0n, max});
const subsidised: fc.Arbitrary<Subsidised> = fc.record({
	fees: amount(10n ** 12n),
	bond: amount(10n ** 13n),
	bondNeeded: amount(10n ** 12n),
});

test('no more is paid than there is, and nobody gets more of its fees than what pools do not get', t => {
	const part = fc.tuple(amount(10n), amount(10n)).map(([a, b]) => Ratio(a, a + b + 1n));
	fc.assert(
		fc.property(
			amount(10n ** 14n),
			part,
			fc.array(subsidised, {maxLength: 20}),
			(pot, poolShare, providers) => {
				const shares = shareSubsidy(pot, poolShare, providers);
				t.true(shares.reduce((sum: bigint, share) => sum + share, 0n) <= pot);
				// Whoever makes agreements with itself pays these fees, and may own all pools: it cannot gain.
				const {numerator, denominator} = poolShare;
				for (const [index, {fees}] of providers.entries())
					t.true((shares[index] ?? -1n) * denominator + fees * numerator <= fees * denominator);
			},
		),
	);
});

test('more bond never means less, and raises a share by a half at most', t => {
	fc.assert(
		fc.property(
			amount(10n ** 9n),
			subsidised,
			amount(10n ** 13n),
			fc.array(subsidised, {maxLength: 5}),
			(pot, one, more, others) => {
				const [before = 0n] = shareSubsidy(pot, NONE, [one, ...others]);
				const [after = 0n] = shareSubsidy(pot, NONE, [{...one, bond: one.bond + more}, ...others]);
				t.true(after >= before);
				// Rounding costs less than two lovelace.
				t.true(2n * after <= 3n * (before + 2n));
				// Beyond twice of what is needed it does nothing.
				const full = {...one, bond: 2n * one.bondNeeded};
				t.deepEqual(
					shareSubsidy(pot, NONE, [{...full, bond: full.bond + more}, ...others]),
					shareSubsidy(pot, NONE, [full, ...others]),
				);
			},
		),
	);
});

test('a share goes by fees and bond', t => {
	const rich = {fees: 1000n, bond: 300n, bondNeeded: 100n};
	const plain = {fees: 1000n, bond: 100n, bondNeeded: 100n};
	t.deepEqual(shareSubsidy(500n, NONE, [rich, plain]), [Lovelace(300n), Lovelace(200n)]);
	t.deepEqual(shareSubsidy(5000n, NONE, [rich, plain]), [Lovelace(1000n), Lovelace(1000n)]);
	const fifth = [Lovelace(200n), Lovelace(200n)];
	t.deepEqual(shareSubsidy(5000n, Ratio(4n, 5n), [rich, plain]), fifth);
	t.deepEqual(shareSubsidy(500n, NONE, []), []);
	t.deepEqual(shareSubsidy(500n, NONE, [{fees: 0n, bond: 1n, bondNeeded: 0n}]), [Lovelace(0n)]);
});

const [east, west] = [new TestProvider('east'), new TestProvider('west')];
const claimId = hashOf('subsidy claim of east');

/** Two providers that are paid in epoch 1; periods are two epochs long. */
const paidChain = (subsidyPerPeriod: bigint): LedgerChain => {
	const genesis = testGenesis();
	const parameters = {...genesis.parameters, subsidyPerPeriod: Lovelace(subsidyPerPeriod)};
	const chain = new LedgerChain({...genesis, parameters});
	registerProviders(chain, alice, [east, west]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(100)});
	storeWith(chain, bob, east, [pieceOf('a', 2000)]);
	storeWith(chain, bob, west, [pieceOf('b', 2000)], {nonce: 1});
	runEpoch(chain, 1, {committing: [east, west], proving: [east, west]});
	return chain;
};

const naming = (provider: TestProvider, claim = claimId) =>
	({kind: 'provider-subsidy', provider: provider.id, claimId: claim}) as const;

test('a period’s subsidy becomes leaves of the payout tree, and no credit is made or lost', t => {
	const chain = paidChain(ada(1));
	chain.send(alice, naming(east), {with: [east.operator]});
	const fees = chain.eventsOf('storage-paid').map(({fee}) => fee);
	t.is(fees.length, 2);
	const before = creditsInCirculation(chain.state) + withdrawnTotal(chain.state);
	chain.advanceTo(chain.slotAt(2, 1));
	const [first, second] = chain.eventsOf('subsidised');
	t.true((first?.amount ?? 0n) > 0n && first?.amount === second?.amount);
	t.true(fees.every(fee => (first?.amount ?? 0n) <= fee));
	t.is(creditsInCirculation(chain.state) + withdrawnTotal(chain.state), before);
	const proof = payoutProof(chain.env, chain.state, 1, claimId, 1);
	if (proof === undefined || first === undefined) return t.fail();
	t.is(proof.leaf.cumulative, first.cumulative);
	const leaf = leafHash(crypto, Uint8Array.of(1), claimId, u64be(first.cumulative));
	t.deepEqual(rootOfPath(crypto, leaf, proof.index, proof.path), proof.root);
	t.deepEqual(proof.root, checkpointsOf(chain.env, chain.state).pending[0]?.payoutRoot);
	// West has named no claim: what it earned waits.
	t.like(chain.state.subsidies.get(keyOf(west.id)), {claimId: null, cumulative: first.amount, fees: 0n});
	chain.advanceTo(chain.slotAt(3, 0));
	t.is(chain.eventsOf('subsidised').length, 2);
});

test('nothing is paid as long as nothing is set aside', t => {
	const chain = paidChain(0n);
	chain.advanceTo(chain.slotAt(2, 1));
	t.deepEqual(chain.eventsOf('subsidised'), []);
	t.is(payoutProof(chain.env, chain.state, 1, claimId, 1), undefined);
});

test('a claim for subsidies is named once, by the operator, and is nobody else’s', t => {
	const chain = paidChain(0n);
	chain.send(alice, naming(east), {with: [east.operator]});
	const refusal = (action: ReturnType<typeof naming>, signer: TestProvider): unknown =>
		chain.refusal(chain.transaction(alice, action, {with: [signer.operator]}));
	t.deepEqual(refusal(naming(east, hashOf('another')), east), {code: 'SUBSIDY_CLAIM_NAMED', claimId});
	t.deepEqual(refusal(naming(west), west), {code: 'SUBSIDY_CLAIM_TAKEN', claimId});
	t.deepEqual(refusal(naming(west, west.id), west), {code: 'SUBSIDY_CLAIM_KIND_WRONG', claimId: west.id});
	const {treasuryClaimId} = chain.env.genesis.cardano;
	t.deepEqual(refusal(naming(west, treasuryClaimId), west), {
		code: 'SUBSIDY_CLAIM_KIND_WRONG',
		claimId: treasuryClaimId,
	});
	t.like(refusal(naming(west, hashOf('another')), east) as object, {code: 'TX_SIGNATURE_SURPLUS'});
	t.is(refusal(naming(west, hashOf('another')), west), undefined);
	const nobody = new TestProvider('nobody');
	t.deepEqual(refusal(naming(nobody), nobody), {code: 'PROVIDER_UNKNOWN', provider: nobody.id});
});
