/** Merged staking: cold keys of Cardano pools bind, the committee tells their stake, and it weighs. */
import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import type {Hash28, PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {StakeList} from '#ledger/pools/cardano-stake';
import {
	cardanoPoolMessage,
	cardanoStakeMessage,
	isOrdered,
	stakeListHash,
} from '#ledger/pools/cardano-stake-message';
import {ATTESTED_EPOCHS_MAX, weighStake} from '#ledger/pools/cardano-weights';
import {stakeQuestionOf} from '#ledger/pools/stake-question';
import {checkpointsOf, mcRefOf, poolsOf} from '#ledger/queries';
import {SINGLE} from '#ledger/state/singles';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, dave, poolIds, poolKeys, testGenesis} from '../../support/ledger-genesis.ts';

const [first, second] = poolIds as [PoolId, PoolId];
const cold = poolKeys.map(keys => keys.cold) as [Party, Party];
const members = poolKeys.map(({checkpoint}) => checkpoint) as [Party, Party, Party];
/** Pools of Cardano. */
const east = party('cardano pool east');
const west = party('cardano pool west');
const idOf = ({verificationKey}: Party): Hash28 => crypto.blake2b224(verificationKey);

const chainWith = (cardanoStakeWeight: Ratio = Ratio(1n, 10n)): LedgerChain => {
	const genesis = testGenesis();
	return new LedgerChain({...genesis, parameters: {...genesis.parameters, cardanoStakeWeight}});
};

const binding = (
	{env: {genesisHash}}: LedgerChain,
	{seed, verificationKey: cardanoVk}: Party,
	pool: PoolId | null,
	counter = 1,
): ActionOf<'cardano-pool-bind'> => {
	const message = cardanoPoolMessage(crypto, {genesisHash, cardanoVk, pool, counter});
	return {kind: 'cardano-pool-bind', cardanoVk, pool, counter, signature: crypto.signEd25519(seed, message)};
};

const stakesOf = (...entries: readonly (readonly [Party, number])[]): StakeList =>
	entries
		.map(([pool, amount]) => ({cardanoPool: idOf(pool), stake: ada(amount)}))
		.sort((a, b) => compareBytes(a.cardanoPool, b.cardanoPool));

const signing = (
	chain: LedgerChain,
	{seed, verificationKey: memberVk}: Party,
	stakes: StakeList,
	change: Partial<ActionOf<'cardano-stake-sign'>> = {},
): ActionOf<'cardano-stake-sign'> => {
	const question = defined(stakeQuestionOf(chain.state), 'something is asked');
	const answer = stakeListHash(crypto, stakes);
	return {
		kind: 'cardano-stake-sign',
		epoch: question.epoch,
		answer,
		stakes: question.isKnown(answer) ? null : stakes,
		memberVk,
		signature: crypto.signEd25519(seed, cardanoStakeMessage(chain.env, question, answer)),
		...change,
	};
};

/** East counts for the first pool; epoch 1 has begun, so the committee is asked. */
const askedChain = (weight?: Ratio): LedgerChain => {
	const chain = chainWith(weight);
	chain.send(dave, binding(chain, east, first), {with: [cold[0]]});
	chain.advanceTo(chain.slotAt(1));
	return chain;
};

/** All members tell the same. */
const attest = (chain: LedgerChain, stakes: StakeList): void => {
	for (const member of members) chain.sendFree(signing(chain, member, stakes), []);
};

test('the cold key of a Cardano pool says which pool its stake counts for, and the pool agrees', t => {
	const chain = chainWith();
	t.deepEqual(chain.send(dave, binding(chain, east, first), {with: [cold[0]]}).at(-1), {
		kind: 'cardano-pool-bound',
		cardanoPool: idOf(east),
		pool: first,
	});
	const row = poolsOf(chain.env, chain.state).find(({cardanoPools}) => cardanoPools.length > 0);
	t.deepEqual(row?.pool, first);
	t.deepEqual(row?.cardanoPools, [idOf(east)]);
	chain.send(dave, binding(chain, east, null, 2));
	t.true(poolsOf(chain.env, chain.state).every(({cardanoPools}) => cardanoPools.length === 0));
});

test('rejects a statement of another key, for another pool or chain, without the pool, and one that is old', t => {
	const chain = chainWith();
	const good = binding(chain, east, first);
	const refusal = (action: ActionOf<'cardano-pool-bind'>, with_: readonly Party[] = [cold[0]]) =>
		chain.refusal(chain.transaction(dave, action, {with: with_}));
	const invalid = {code: 'CARDANO_POOL_SIGNATURE_INVALID', cardanoPool: idOf(east)};
	t.deepEqual(refusal({...good, signature: binding(chain, west, first).signature}), invalid);
	t.deepEqual(refusal({...good, pool: second}, [cold[1]]), invalid);
	t.deepEqual(refusal({...good, counter: 2}), invalid);
	const other = new LedgerChain(testGenesis({networkMagic: 43}));
	t.deepEqual(refusal(binding(other, east, first)), invalid);
	t.like(refusal(good, []), {code: 'TX_SIGNATURE_MISSING'});
	const nowhere = crypto.blake2b224(Uint8Array.of(1));
	t.deepEqual(refusal({...good, pool: nowhere}), {code: 'POOL_UNKNOWN', pool: nowhere});
	t.like(refusal({...good, counter: 0}), {code: 'CARDANO_POOL_COUNTER_OLD', counter: 0, last: 0});
	chain.send(dave, good, {with: [cold[0]]});
	chain.send(dave, binding(chain, east, null, 2));
	t.deepEqual(refusal(good), {
		code: 'CARDANO_POOL_COUNTER_OLD',
		cardanoPool: idOf(east),
		counter: 1,
		last: 2,
	});
});

test('nobody is asked while no Cardano pool is bound; then every epoch asks of the Cardano block that the chain refers to', t => {
	const chain = chainWith();
	chain.advanceTo(chain.slotAt(1));
	t.is(stakeQuestionOf(chain.state), undefined);
	chain.send(dave, binding(chain, east, first), {with: [cold[0]]});
	chain.report();
	const seen = mcRefOf(chain.state);
	chain.advanceTo(chain.slotAt(2));
	t.like(stakeQuestionOf(chain.state), {
		epoch: 2 as never,
		mcRef: seen,
		cardanoPools: [idOf(east)],
		votes: [],
	});
	chain.send(dave, binding(chain, east, null, 2));
	chain.advanceTo(chain.slotAt(3));
	t.is(stakeQuestionOf(chain.state), undefined);
});

test('what more than two thirds of the committee tell is known; two of three equal members are not enough', t => {
	const chain = askedChain();
	const stakes = stakesOf([east, 500_000]);
	const [one, two, three] = members;
	chain.sendFree(signing(chain, one, stakes), []);
	t.is(signing(chain, two, stakes).stakes, null, 'the list comes once');
	chain.sendFree(signing(chain, two, stakes), []);
	t.is(chain.state.attestedStake.get(SINGLE), undefined);
	const events = chain.sendFree(signing(chain, three, stakes), []);
	t.deepEqual(events.at(-1), {kind: 'cardano-stake-attested', epoch: chain.epoch, pools: 1});
	t.like(chain.state.attestedStake.get(SINGLE), {epoch: 1 as never, stakes});
	t.is(stakeQuestionOf(chain.state), undefined);
	t.is(chain.state.stakeVotes.size + chain.state.stakeAnswers.size, 0);
});

test('members that tell different things certify nothing, and the next epoch asks anew', t => {
	const chain = askedChain();
	const [one, two, three] = members;
	chain.sendFree(signing(chain, one, stakesOf([east, 1])), []);
	chain.sendFree(signing(chain, two, stakesOf([east, 1])), []);
	chain.sendFree(signing(chain, three, stakesOf([east, 2])), []);
	t.is(chain.state.attestedStake.get(SINGLE), undefined);
	chain.advanceTo(chain.slotAt(2));
	t.like(stakeQuestionOf(chain.state), {epoch: 2 as never, votes: []});
	t.is(chain.state.stakeVotes.size + chain.state.stakeAnswers.size, 0);
});

test('rejects answers of strangers, twice, to nothing that was asked, with wrong lists and wrong signatures', t => {
	const chain = askedChain();
	const stakes = stakesOf([east, 5]);
	const answer = stakeListHash(crypto, stakes);
	const [one, two] = members;
	const refusal = (action: ActionOf<'cardano-stake-sign'>) => chain.refusal(chain.feeFree(action, []));
	const stranger = party('stranger');
	t.deepEqual(refusal(signing(chain, stranger, stakes)), {
		code: 'CHECKPOINT_MEMBER_UNKNOWN',
		memberVk: stranger.verificationKey,
	});
	t.deepEqual(refusal(signing(chain, one, stakes, {epoch: 2 as never})), {
		code: 'CARDANO_STAKE_NOT_ASKED',
		epoch: 2,
	});
	t.deepEqual(refusal(signing(chain, one, stakes, {stakes: null})), {
		code: 'CARDANO_STAKE_LIST_UNKNOWN',
		answer,
	});
	t.deepEqual(refusal(signing(chain, one, stakes, {stakes: stakesOf([east, 6])})), {
		code: 'CARDANO_STAKE_LIST_WRONG',
		answer,
	});
	for (const wrong of [stakesOf([west, 5]), stakesOf([east, 0]), stakesOf([east, 5], [east, 5])])
		t.like(refusal(signing(chain, one, wrong)), {code: 'CARDANO_STAKE_LIST_WRONG'});
	t.like(refusal(signing(chain, one, stakes, {signature: signing(chain, two, stakes).signature})), {
		code: 'CARDANO_STAKE_SIGNATURE_INVALID',
		memberVk: one.verificationKey,
	});
	chain.sendFree(signing(chain, one, stakes), []);
	t.deepEqual(refusal(signing(chain, two, stakes, {stakes})), {code: 'CARDANO_STAKE_LIST_KNOWN', answer});
	t.like(refusal(signing(chain, one, stakes)), {code: 'CARDANO_STAKE_ALREADY_SIGNED', epoch: 1});
});

const shareAt = (chain: LedgerChain, epoch: number, pool: PoolId) =>
	ledgerViewAt(chain.env, chain.state, chain.slotAt(epoch)).pool(pool)?.stake;

test('attested stake weighs in the next snapshot, elects leaders an epoch later and joins the next committee', t => {
	const chain = askedChain();
	attest(chain, stakesOf([east, 5_000_000]));
	chain.advanceTo(chain.slotAt(2));
	const before = defined(shareAt(chain, 2, first), 'the pool');
	chain.advanceTo(chain.slotAt(3));
	const after = defined(shareAt(chain, 3, first), 'the pool');
	t.true(before.numerator * 2n < before.denominator, 'a third');
	// 5,000,000 ADA weigh 500,000 beside the three millions of the side-chain.
	const wanted = Number(after.numerator) / Number(after.denominator);
	t.true(Math.abs(wanted - 1.5 / 3.5) < 0.001, String(wanted));
	const pending = checkpointsOf(chain.env, chain.state).pending[0];
	const weights = pending?.nextCommittee.map(({weight}) => weight / 1_000_000n).sort() ?? [];
	t.true(
		weights.some(weight => weight > 1_499_000n && weight < 1_501_000n),
		String(weights),
	);
	const view = poolsOf(chain.env, chain.state).find(({cardanoPools}) => cardanoPools.length > 0);
	t.is(view?.cardanoWeight, ada(500_000));
	t.deepEqual(view?.cardanoStake, {stake: ada(5_000_000), epoch: 1});
});

test('with weight 0, and for pools that have left or gone, Cardano adds nothing', t => {
	const none = askedChain(Ratio(0n, 1n));
	attest(none, stakesOf([east, 5_000_000]));
	none.advanceTo(none.slotAt(3));
	t.is(none.state.cardanoWeights.size, 0);

	const left = askedChain();
	attest(left, stakesOf([east, 5_000_000]));
	left.send(dave, binding(left, east, null, 2));
	left.advanceTo(left.slotAt(3));
	t.is(left.state.cardanoWeights.size, 0);
});

test('what the committee told counts for a month of Cardano’s, and then nothing does until it tells again', t => {
	const chain = askedChain();
	attest(chain, stakesOf([east, 5_000_000]));
	chain.advanceTo(chain.slotAt(1 + ATTESTED_EPOCHS_MAX), 20);
	t.true(chain.state.cardanoWeights.size > 0);
	chain.advanceTo(chain.slotAt(1 + ATTESTED_EPOCHS_MAX + 3), 20);
	t.is(chain.state.cardanoWeights.size, 0);
});

const amount = fc.bigInt({min: 0n, max: 45_000_000_000_000_000n});
const weight = fc
	.tuple(fc.bigInt({min: 0n, max: 1000n}), fc.bigInt({min: 1n, max: 1000n}))
	.map(([part, whole]) => Ratio(part < whole ? part : whole, whole));

test('whatever is staked on Cardano, it weighs less than half of the side-chain’s stake, and more stake weighs no less', t => {
	fc.assert(
		fc.property(fc.array(amount, {maxLength: 20}), amount, weight, (staked, ownStake, ratio) => {
			const weighed = weighStake(new Map(staked.entries()), {ownStake, weight: ratio});
			const sum = [...weighed.values()].reduce((total, each) => total + each, 0n);
			t.true(ownStake === 0n ? sum === 0n : 2n * sum < ownStake);
			// So more than two thirds can be found without it, and it is not more than a third.
			t.true(sum === 0n || 3n * ownStake > 2n * (ownStake + sum));
			for (const [index, stake] of staked.entries()) {
				const own = weighed.get(index) ?? 0n;
				t.true(own <= (stake * ratio.numerator) / ratio.denominator);
				for (const [other, less] of staked.entries())
					if (less <= stake) t.true((weighed.get(other) ?? 0n) <= own);
			}
		}),
		{numRuns: 60},
	);
});

test('a list has one hash, and only in the order of its pools', t => {
	const stakes = stakesOf([east, 1], [west, 2]);
	t.true(isOrdered(stakes));
	t.false(isOrdered(stakes.toReversed()));
	t.notDeepEqual(stakeListHash(crypto, stakes), stakeListHash(crypto, stakes.toReversed()));
	t.notDeepEqual(
		stakeListHash(crypto, stakes),
		stakeListHash(
			crypto,
			stakes.map(each => ({...each, stake: Lovelace(each.stake + 1n)})),
		),
	);
});
