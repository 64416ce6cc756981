import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {accountOf, agreementOf, payerOf, payoutProof, providerOf} from '#ledger/queries';
import {LedgerChain, type Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceIdOf,
	pieceOf,
	registerProviders,
	repairer,
	runEpoch,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const total = (chain: LedgerChain): Lovelace =>
	Lovelace(creditsInCirculation(chain.state) + withdrawnTotal(chain.state));

const balance = (chain: LedgerChain, {account}: Party): bigint =>
	accountOf(chain.state, account)?.balance ?? 0n;

/** What an agreement of `openingOf` pays an epoch: 16 MiB at 1 ADA a GiB. */
const REVENUE = 15_625n;

const start = (providers: readonly TestProvider[], genesis = testGenesis()): LedgerChain => {
	const chain = new LedgerChain(genesis);
	registerProviders(chain, alice, providers);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	return chain;
};

test('a provider that proves is paid from the payer, less the protocol fee', t => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = start([east, west]);
	const before = total(chain);
	storeWith(chain, bob, east, [pieceOf('a', 5000), pieceOf('b', 1)]);
	storeWith(chain, bob, west, [pieceOf('c', 100_000)]);
	runEpoch(chain, 1, {committing: [east, west], proving: [east, west]});
	const fee = REVENUE / 20n;
	t.deepEqual(
		chain.eventsOf('storage-paid').map(({amount, fee: taken}) => [amount, taken]),
		[
			[Lovelace(REVENUE), Lovelace(fee)],
			[Lovelace(REVENUE), Lovelace(fee)],
		],
	);
	t.is(balance(chain, east.payout), REVENUE - fee);
	t.is(balance(chain, west.payout), REVENUE - fee);
	t.is(payerOf(chain.env, chain.state, bob.account)?.funds, Lovelace(ada(10) - 2n * REVENUE));
	t.is(providerOf(chain.state, east.id)?.provenEpochs, 1);
	t.deepEqual(chain.eventsOf('missed'), []);
	t.is(total(chain), before);
});

test('a provider that does not commit is judged at the commit deadline and its agreements are vacated', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	const before = total(chain);
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(chain.slotAt(1, 1));
	const [missed] = chain.eventsOf('missed');
	t.like(missed, {
		reason: 'no-commitment',
		misses: 1,
		slashed: Lovelace(REVENUE),
		toBounties: Lovelace(REVENUE / 2n),
		toTreasury: Lovelace(REVENUE - REVENUE / 2n),
		vacated: true,
	});
	const agreement = agreementOf(chain.state, agreementId);
	t.is(agreement?.bounty, Lovelace(REVENUE / 2n));
	t.deepEqual(agreement?.vacancy, {
		epoch: missed?.epoch ?? t.fail(),
		bountyTotal: Lovelace(REVENUE / 2n),
		unrepairedLeaves: 16_384,
	} as never);
	const provider = providerOf(chain.state, east.id);
	t.is(provider?.status, 'closed');
	t.is(provider?.bond, Lovelace(ada(100) - REVENUE));
	t.is(provider?.collateral, Lovelace(0n));
	t.is(provider?.penalties.length, 1);
	t.like(provider?.penalties[0], {reason: 'no-commitment', slashed: Lovelace(REVENUE), vacated: true});
	t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(0n));
	chain.advanceTo(chain.slotAt(1, 9));
	t.deepEqual(chain.eventsOf('storage-paid'), []);
	t.is(total(chain), before);
});

test('lost pieces come back through successors and their bounty is paid piece by piece', t => {
	const [east, west, north] = ['east', 'west', 'north'].map(name => new TestProvider(name)) as [
		TestProvider,
		TestProvider,
		TestProvider,
	];
	const chain = start([east, west, north]);
	const before = total(chain);
	const [first, second] = [pieceOf('a', 5000), pieceOf('b', 3000)];
	const vacated = storeWith(chain, bob, east, [first, second]);
	chain.advanceTo(chain.slotAt(1, 1));
	chain.send(alice, {kind: 'transfer', to: repairer.account, amount: ada(1)});
	const successors = [
		{provider: west, piece: first},
		{provider: north, piece: second},
	].map(({provider, piece}) => {
		const change = {repairOf: vacated, capacityLeaves: 8192};
		chain.send(repairer, openingOf(provider, change), {with: [provider.operator]});
		const {agreementId: successor} = chain.eventsOf('agreement-opened').at(-1) ?? t.fail();
		provider.store(chain, repairer, successor, [piece]);
		return {provider, piece, successor};
	});
	t.is(agreementOf(chain.state, vacated)?.vacancy?.unrepairedLeaves, 0);
	chain.advanceTo(chain.slotAt(2, -1));
	chain.next(west.commit(chain, 2), north.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 4));
	chain.next(west.prove(chain, 2), north.prove(chain, 2));
	// Nobody had proven the lost pieces yet: somebody shows what both had signed.
	chain.send(alice, {kind: 'revision-post', revision: east.newest(vacated)});
	for (const {provider, piece, successor} of successors) {
		const pieceId = pieceIdOf(piece);
		chain.send(repairer, {
			kind: 'repair-claim',
			vacated,
			successor,
			pieceId,
			pieceLeaves: Math.ceil(piece.length / 1024),
			vacatedProof: east.pieceProof(vacated, pieceId),
			successorProof: provider.forestPieceProof(chain, 2, successor, pieceId),
			epoch: Epoch(2),
		});
	}
	const bounty = REVENUE / 2n;
	t.deepEqual(
		chain.eventsOf('bounty-paid').map(({amount}) => amount),
		[Lovelace((bounty * 5n) / 8n), Lovelace((bounty * 3n) / 8n)],
	);
	chain.advanceTo(chain.slotAt(2, 9));
	t.is(chain.eventsOf('storage-paid').length, 2);
	t.is(total(chain), before);
	chain.advanceTo(chain.slotAt(21), 5);
	t.is(agreementOf(chain.state, vacated), undefined);
	t.is(chain.state.repairs.size, 0);
	t.is(total(chain), before);
});

test('a committed provider without a proof misses at settlement, and is not paid', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	runEpoch(chain, 1, {committing: [east], proving: []});
	t.like(chain.eventsOf('missed')[0], {reason: 'no-proof', slashed: Lovelace(REVENUE)});
	t.deepEqual(chain.eventsOf('storage-paid'), []);
});

test('the ladder of misses takes one, three and ten epochs of revenue, and vacates at the third', t => {
	const {parameters, ...rest} = testGenesis();
	const public3 = {...parameters, missesToVacate: 3, collateralEpochs: 30, lockEpochs: 30};
	const east = new TestProvider('east');
	const chain = start([east], {...rest, parameters: public3});
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [], proving: []});
	runEpoch(chain, 3, {committing: [east], proving: [east]});
	t.is(agreementOf(chain.state, agreementId)?.vacancy, null);
	runEpoch(chain, 4, {committing: [], proving: []});
	t.deepEqual(
		chain.eventsOf('missed').map(({misses, slashed, vacated}) => [misses, slashed, vacated]),
		[
			[1, Lovelace(REVENUE), false],
			[2, Lovelace(3n * REVENUE), false],
			[3, Lovelace(10n * REVENUE), true],
		],
	);
	t.is(
		agreementOf(chain.state, agreementId)?.vacancy?.bountyTotal,
		Lovelace(REVENUE / 2n + (3n * REVENUE) / 2n + 5n * REVENUE),
	);
});

test('misses that are older than the window do not count', t => {
	const {parameters, ...rest} = testGenesis();
	const short = {...parameters, missesToVacate: 3, missWindowEpochs: 2};
	const east = new TestProvider('east');
	const chain = start([east], {...rest, parameters: short});
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	runEpoch(chain, 1, {committing: [], proving: []});
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	runEpoch(chain, 3, {committing: [], proving: []});
	runEpoch(chain, 4, {committing: [], proving: []});
	t.deepEqual(
		chain.eventsOf('missed').map(({misses}) => misses),
		[1, 1, 2],
	);
});

test('nobody misses a commit window with fewer than k blocks', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(Slot(chain.slotAt(1, -1) - 1));
	for (const after of [1, 5, 8, 15]) chain.block(Slot(chain.slotAt(1, -1) + after));
	chain.block(chain.slotAt(1, 1));
	chain.advanceTo(chain.slotAt(1, 9));
	t.deepEqual(chain.eventsOf('missed'), []);
	t.like(chain.eventsOf('miss-excused')[0], {reason: 'no-commitment', blocks: 4});
});

test('nobody misses a proof window with fewer than k blocks', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	chain.advanceTo(Slot(chain.slotAt(1, 4) - 1));
	for (const after of [0, 10, 20, 49]) chain.block(Slot(chain.slotAt(1, 4) + after));
	chain.block(chain.slotAt(1, 9));
	t.deepEqual(chain.eventsOf('missed'), []);
	t.like(chain.eventsOf('miss-excused')[0], {reason: 'no-proof', blocks: 4});
	t.deepEqual(chain.eventsOf('storage-paid'), []);
});

test('k blocks in a window are enough to be judged', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(Slot(chain.slotAt(1, -1) - 1));
	for (const after of [0, 5, 8, 15, 19]) chain.block(Slot(chain.slotAt(1, -1) + after));
	chain.block(chain.slotAt(1, 1));
	t.is(chain.eventsOf('missed').length, 1);
});

test('a commitment to nothing needs no proof', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, []);
	runEpoch(chain, 1, {committing: [east], proving: []});
	t.is(chain.eventsOf('storage-paid').length, 1);
});

test('an agreement opened while commitments are taken counts from the epoch after', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	chain.advanceTo(chain.slotAt(1, -1));
	storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	t.is(chain.eventsOf('agreement-opened')[0]?.startEpoch, 2 as never);
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	t.deepEqual(
		chain.eventsOf('storage-paid').map(({epoch}) => epoch as number),
		[2],
	);
});

test('a payer that cannot pay an epoch pays what it has, and the agreement ends', t => {
	const east = new TestProvider('east');
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({...rest, parameters: {...parameters, lockEpochs: 1}});
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: Lovelace(REVENUE + 7n)});
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	t.deepEqual(
		chain.eventsOf('storage-paid').map(({amount}) => amount),
		[Lovelace(REVENUE), Lovelace(7n)],
	);
	t.deepEqual(chain.eventsOf('agreement-closed'), [
		{kind: 'agreement-closed', agreementId, reason: 'unfunded'},
	]);
	const provider = providerOf(chain.state, east.id);
	t.is(provider?.collateral, Lovelace(0n));
	t.is(provider?.usedLeaves, 0);
});

test('an agreement ends by itself, and a leaving provider gets its bond in equal parts, the last when no agreement is left', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	storeWith(chain, bob, east, [pieceOf('a', 5000)], {endEpoch: 3 as never});
	const agreementCollateral = providerOf(chain.state, east.id)?.collateral ?? 0n;
	t.true(agreementCollateral > 0n);
	chain.send(alice, {kind: 'provider-exit', provider: east.id}, {with: [east.operator]});
	t.is(providerOf(chain.state, east.id)?.status, 'exiting');
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	runEpoch(chain, 2, {committing: [east], proving: [east]});
	chain.advanceTo(chain.slotAt(3));
	t.is(chain.eventsOf('agreement-closed')[0]?.reason, 'ended');
	// What no agreement holds goes back in three equal parts, the collateral with the last one.
	const free = ada(100) - agreementCollateral;
	const parts = chain.eventsOf('bond-released').map(({released}) => released);
	t.deepEqual(parts, [Lovelace(free / 3n), Lovelace((free - free / 3n) / 2n)]);
	const [exited] = chain.eventsOf('provider-exited');
	t.is(
		parts.reduce((sum, part) => sum + part, exited?.released ?? 0n),
		ada(100),
	);
	t.is(providerOf(chain.state, east.id), undefined);
});

test('what a provider withdraws is a leaf of the next payout, which the state root of the period covers', t => {
	const east = new TestProvider('east');
	const chain = start([east]);
	const before = total(chain);
	storeWith(chain, bob, east, [pieceOf('a', 500_000)], {capacityLeaves: 2 ** 20});
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	chain.send(east.payout, {kind: 'withdraw', claimId: east.id, amount: Lovelace(500_000n)});
	chain.advanceTo(chain.slotAt(2));
	const proof = payoutProof(chain.env, chain.state, 1, east.id);
	const [closed] = chain.eventsOf('period-closed');
	t.is(proof?.leaf.cumulative, Lovelace(500_000n));
	t.deepEqual(proof?.root, closed?.payoutRoot);
	t.is(total(chain), before);
});
