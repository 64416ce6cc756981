import test from 'ava';
import fc from 'fast-check';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {Revision, SignedRevision} from '#ledger/agreements/revision';
import {omissionDeposit} from '#ledger/disputes/omission';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {accountOf, agreementOf, providerOf} from '#ledger/queries';
import type {LedgerState} from '#ledger/state/state';
import type {ActionOf} from '#ledger/tx/action';
import type {Transaction} from '#ledger/tx/transaction';
import {encodeForestInclusion, proveInclusion} from '#storage-proofs/forest-piece';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	runEpoch,
	signTogether,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const deposit = omissionDeposit(testGenesis().parameters);
const penalty = 3n * epochRevenue(openingOf(new TestProvider('east')));

/** With what the treasury was paid on Cardano. */
const creditsEver = (state: LedgerState): bigint => creditsInCirculation(state) + withdrawnTotal(state);

/** East keeps two agreements of bob, and proves epoch 1 with those in `committed` only. */
const start = (committed: 'both' | 'first') => {
	const east = new TestProvider('east');
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	const first = storeWith(chain, bob, east, [pieceOf('a', 50_000)]);
	const second = storeWith(chain, bob, east, [pieceOf('b', 50_000)], {nonce: 1});
	const forest = () => east.forestOf(committed === 'both' ? [first, second] : [first]);
	const leaves = east
		.forestLeaves(chain, 1)
		.filter(({agreementId}) => committed === 'both' || Buffer.compare(agreementId, first) === 0);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1, forest()));
	chain.advanceTo(chain.slotAt(1, 4));
	chain.next(east.prove(chain, 1, east.proof(chain, 1, forest())));
	const circulating = creditsEver(chain.state);
	const claim = (sender: Party = carol, change: Partial<ActionOf<'omission-claim'>> = {}): Transaction =>
		chain.transaction(sender, {
			kind: 'omission-claim',
			epoch: Epoch(1),
			revision: east.newest(second),
			...change,
		});
	const inclusion = (agreementId: Hash32 = second): Uint8Array => {
		const found = proveInclusion(crypto, leaves, agreementId);
		return found === undefined ? new Uint8Array(0) : encodeForestInclusion(found);
	};
	const answer = (change: Partial<ActionOf<'omission-answer'>> = {}, signer = east.operator): Transaction =>
		chain.feeFree(
			{
				kind: 'omission-answer',
				agreementId: second,
				epoch: Epoch(1),
				inclusion: inclusion(),
				revision: null,
				...change,
			},
			[signer],
		);
	return {chain, east, first, second, claim, answer, inclusion, circulating};
};

test('a provider that left out an agreement loses its collateral and the agreement; the deposit goes back', t => {
	const {chain, east, first, second, claim, circulating} = start('first');
	const balance = accountOf(chain.state, carol.account)?.balance ?? 0n;
	const transaction = claim();
	chain.next(transaction);
	t.like(chain.eventsOf('omission-claimed')[0], {
		agreementId: second,
		provider: east.id,
		epoch: 1,
		revisionNo: 1,
		deposit,
		answerBy: chain.slot + 100,
	} as never);
	t.is(creditsEver(chain.state), circulating);
	t.is(accountOf(chain.state, carol.account)?.balance, (balance - deposit - transaction.body.fee) as never);
	chain.advanceTo(chain.slotAt(2));
	// An epoch is not over yet.
	t.deepEqual(chain.eventsOf('omission-unanswered'), []);
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 4));
	chain.next(east.prove(chain, 2));
	chain.advanceTo(chain.slotAt(3));
	t.deepEqual(chain.eventsOf('omission-unanswered'), [
		{kind: 'omission-unanswered', agreementId: second, epoch: Epoch(1), claimant: carol.account, deposit},
	]);
	t.is(accountOf(chain.state, carol.account)?.balance, (balance - transaction.body.fee) as never);
	t.like(chain.eventsOf('fraud-punished')[0], {fraud: 'omission', by: 'provider', slashed: penalty} as never);
	t.not(agreementOf(chain.state, second)?.vacancy, null);
	t.is(agreementOf(chain.state, first)?.vacancy, null);
	t.like(providerOf(chain.state, east.id)?.penalties.at(-1), {reason: 'omission', slashed: penalty} as never);
	t.is(creditsEver(chain.state), circulating);
});

test('what a provider is paid for an agreement that it left out is less than what it loses', t => {
	const {chain, east, second, claim} = start('first');
	chain.next(claim());
	chain.advanceTo(chain.slotAt(2));
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 4));
	chain.next(east.prove(chain, 2));
	chain.advanceTo(chain.slotAt(3));
	const paid = chain
		.eventsOf('storage-paid')
		.filter(({agreementId}) => Buffer.compare(agreementId, second) === 0);
	t.is(paid.length, 2);
	const slashed = chain.eventsOf('fraud-punished').reduce((sum, each) => sum + each.slashed, 0n);
	t.true(slashed > paid.reduce((sum, {amount}) => sum + amount, 0n));
});

test('a provider that had the agreement answers, and keeps the deposit for its trouble', t => {
	const {chain, east, second, claim, answer, circulating} = start('both');
	chain.next(claim());
	const before = accountOf(chain.state, east.payout.account)?.balance ?? 0n;
	chain.next(answer());
	t.deepEqual(chain.eventsOf('omission-answered'), [
		{kind: 'omission-answered', agreementId: second, provider: east.id, epoch: Epoch(1), deposit},
	]);
	t.is((accountOf(chain.state, east.payout.account)?.balance ?? 0n) - before, deposit);
	t.deepEqual(chain.refusal(answer()), {code: 'OMISSION_UNKNOWN', agreementId: second, epoch: Epoch(1)});
	chain.advanceTo(chain.slotAt(2));
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(3));
	t.deepEqual(chain.eventsOf('omission-unanswered'), []);
	t.is(creditsEver(chain.state), circulating);
});

test('a commitment to a later revision answers a claim when it is shown with both signatures', t => {
	const {chain, east, second, claim, answer} = start('both');
	const newest = east.newest(second);
	const older = signTogether(chain, bob, east.operator, {...newest.revision, revisionNo: 0});
	t.is(chain.refusal(claim(carol, {revision: older})), undefined);
	chain.next(claim(carol, {revision: older}));
	const wrong = {code: 'OMISSION_REVISION_WRONG', agreementId: second, revisionNo: 1n, claimed: 0};
	t.deepEqual(chain.refusal(answer()), wrong);
	t.deepEqual(chain.refusal(answer({revision: older})), wrong);
	const other = signTogether(chain, bob, east.operator, {...newest.revision, root: hashOf('another')});
	t.deepEqual(chain.refusal(answer({revision: other})), wrong);
	const forged = {...newest, clientSignature: new Uint8Array(64)};
	t.like(chain.refusal(answer({revision: forged})) as object, {code: 'REVISION_SIGNATURE_INVALID'});
	t.is(chain.refusal(answer({revision: newest})), undefined);
});

test('rejects an answer that proves nothing, comes too late, or is signed by another', t => {
	const {chain, first, second, claim, answer, inclusion} = start('both');
	t.deepEqual(chain.refusal(answer()), {code: 'OMISSION_UNKNOWN', agreementId: second, epoch: Epoch(1)});
	chain.next(claim());
	const {answerBy} = chain.eventsOf('omission-claimed')[0] ?? t.fail();
	t.like(chain.refusal(answer({inclusion: Uint8Array.of(1)})) as object, {code: 'OMISSION_ANSWER_INVALID'});
	t.like(chain.refusal(answer({inclusion: inclusion(first)})) as object, {code: 'OMISSION_ANSWER_INVALID'});
	t.like(chain.refusal(answer({}, bob)) as object, {code: 'TX_SIGNATURE_SURPLUS'});
	chain.advanceTo(answerBy as never);
	t.deepEqual(chain.refusal(answer()), {
		code: 'OMISSION_ANSWER_LATE',
		agreementId: second,
		epoch: Epoch(1),
		answerBy,
		slot: chain.slot + 1,
	} as never);
});

test('rejects a claim that is not due, not proven, forged, made already, or without a deposit', t => {
	const {chain, east, second, claim} = start('first');
	const refusal = (change: Partial<ActionOf<'omission-claim'>>, sender = carol): unknown =>
		chain.refusal(claim(sender, change));
	t.is(refusal({}), undefined);
	t.deepEqual(refusal({epoch: Epoch(0)}), {
		code: 'OMISSION_NOT_DUE',
		agreementId: second,
		epoch: Epoch(0),
		validFrom: Epoch(1),
	});
	t.deepEqual(refusal({epoch: Epoch(2)}), {
		code: 'OMISSION_NOT_COMMITTED',
		provider: east.id,
		epoch: Epoch(2),
	});
	const signed = (change: Partial<Revision>, client = bob, operator = east.operator): SignedRevision =>
		signTogether(chain, client, operator, {...east.newest(second).revision, ...change});
	t.like(refusal({revision: signed({validFrom: Epoch(2)})}) as object, {code: 'OMISSION_NOT_DUE'});
	t.like(refusal({revision: signed({}, carol)}) as object, {code: 'REVISION_CLIENT_WRONG'});
	t.like(refusal({revision: signed({}, bob, carol)}) as object, {code: 'REVISION_SIGNATURE_INVALID'});
	t.deepEqual(refusal({revision: signed({agreementId: hashOf('none')})}), {
		code: 'AGREEMENT_UNKNOWN',
		agreementId: hashOf('none'),
	});
	chain.next(claim());
	t.deepEqual(refusal({}, bob), {code: 'OMISSION_CLAIMED', agreementId: second, epoch: Epoch(1)});
});

test('what was proven can be disputed for lockEpochs, and no longer', t => {
	const {chain, east, claim} = start('first');
	for (const epoch of [2, 3, 4]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.is(chain.refusal(claim()), undefined);
	chain.advanceTo(chain.slotAt(5, -1));
	chain.next(east.commit(chain, 5));
	chain.advanceTo(chain.slotAt(5));
	t.deepEqual(chain.refusal(claim()), {
		code: 'OMISSION_NOT_COMMITTED',
		provider: east.id,
		epoch: Epoch(1),
	});
});

test('an agreement with an open claim does not end before it is judged; what both closed costs nothing more', t => {
	const {chain, second, east, claim} = start('first');
	chain.send(bob, {kind: 'revision-post', revision: east.newest(second)});
	chain.send(bob, {kind: 'agreement-close', agreementId: second, mode: 'client'});
	t.is(agreementOf(chain.state, second)?.endEpoch, Epoch(2));
	chain.next(claim());
	chain.advanceTo(chain.slotAt(2));
	t.not(agreementOf(chain.state, second), undefined);
	chain.advanceTo(chain.slotAt(3));
	t.like(chain.eventsOf('fraud-punished').at(-1), {fraud: 'omission'});

	const other = start('first');
	other.chain.next(other.claim());
	const close = {kind: 'agreement-close', agreementId: other.second, mode: 'cooperative'} as const;
	other.chain.send(bob, close, {with: [other.east.operator]});
	other.chain.advanceTo(other.chain.slotAt(3));
	t.is(other.chain.eventsOf('omission-unanswered').length, 1);
	t.deepEqual(other.chain.eventsOf('fraud-punished'), []);
	t.is(creditsEver(other.chain.state), other.circulating);
});

test('whatever bytes an answer is made of, it is refused with a code', t => {
	const {chain, claim, answer, inclusion} = start('both');
	chain.next(claim());
	const good = inclusion();
	const mutated = fc
		.tuple(fc.nat(good.length - 1), fc.integer({min: 1, max: 255}))
		.map(([at, change]) => good.map((byte, index) => (index === at ? byte ^ change : byte)));
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 300}), mutated), bytes => {
			t.like(chain.refusal(answer({inclusion: bytes})) as object, {code: 'OMISSION_ANSWER_INVALID'});
		}),
		{numRuns: 60},
	);
});
