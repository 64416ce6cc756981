import test from 'ava';
import {checkpointMessage, committeeHash} from '#crypto/checkpoint-message';
import {EMPTY_ROOT, leafHash, rootOfPath} from '#crypto/merkle-tree';
import {assert, defined} from '#kernel/assert';
import {compareBytes, equalBytes, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {BlockNo, Slot} from '#kernel/slot';
import {EMPTY_PAYER} from '#ledger/agreements/payer';
import {openBlockDraft} from '#ledger/block/build-body';
import {committeeOf} from '#ledger/main-chain/committee';
import {withdrawnTotal} from '#ledger/money';
import type {SnapshotPool} from '#ledger/pools/snapshot';
import {checkpointsOf, claimOf, payoutProof} from '#ledger/queries';
import {keyOf, numberKey} from '#ledger/state/keys';
import {single} from '#ledger/state/reader';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, dave, poolIds, poolKeys, testGenesis} from '../../support/ledger-genesis.ts';
import {TestProvider} from '../../support/ledger-storage.ts';

const east = new TestProvider('east');

/** The first period is closed; bob has withdrawn 3 ADA in it. */
const closedChain = (): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	chain.report(east.claimOpened);
	chain.send(bob, {kind: 'withdraw', claimId: east.id, amount: ada(3)});
	chain.advanceTo(chain.slotAt(2));
	return chain;
};

const signature = (
	chain: LedgerChain,
	period: number,
	{seed, verificationKey}: Party,
): ActionOf<'checkpoint-sign'> => {
	const {pending} = checkpointsOf(chain.env, chain.state);
	const {message} = defined(
		pending.find(each => each.period === period),
		'pending',
	);
	return {
		kind: 'checkpoint-sign',
		period,
		memberVk: verificationKey,
		signature: crypto.signEd25519(seed, message),
	};
};

const members = poolKeys.map(({checkpoint}) => checkpoint);

test('a period closes at its boundary with its last block, its payouts and the next committee', t => {
	const chain = closedChain();
	const {pending, confirmed} = checkpointsOf(chain.env, chain.state);
	const [period] = pending;
	t.is(pending.length, 1);
	t.is(confirmed.period, 0);
	// The block at the boundary is the first of the new period.
	t.like(period, {
		period: 1,
		blockNo: chain.blocks.length - 2,
		blockHash: chain.hashAt(chain.blocks.length - 2),
		signatures: [],
		complete: false,
	} as never);
	t.deepEqual(
		period?.nextCommittee.map(({verificationKey}) => verificationKey),
		members.map(({verificationKey}) => verificationKey).sort(compareBytes),
	);
	const {genesis, genesisHash} = chain.env;
	if (period === undefined) return t.fail();
	t.deepEqual(
		period.message,
		checkpointMessage(crypto, {
			genesisHash,
			cardanoNetworkMagic: genesis.cardano.networkMagic,
			checkpointScriptHash: genesis.cardano.checkpointScriptHash,
			period: 1,
			blockHash: period.blockHash,
			stateRoot: period.stateRoot,
			payoutRoot: period.payoutRoot,
			nextCommitteeHash: committeeHash(crypto, period.nextCommittee),
		}),
	);
});

test('the treasury’s share is burnt when it becomes a payout leaf', t => {
	const chain = closedChain();
	const credited = chain.eventsOf('treasury-credited').reduce((sum, {amount}) => sum + amount, 0n);
	t.true(credited > 0n);
	const {treasuryClaimId} = chain.env.genesis.cardano;
	const proof = payoutProof(chain.env, chain.state, 1, treasuryClaimId);
	t.is(proof?.leaf.cumulative, Lovelace(credited));
	t.is(
		single(openBlockDraft(chain.env, chain.state, chain.contextAt(chain.slot)), 'pots').treasury,
		Lovelace(0n),
	);
	t.is(withdrawnTotal(chain.state), Lovelace(ada(3) + credited));
});

test('a payout leaf is proven to the payout root as the validator on Cardano checks it', t => {
	const chain = closedChain();
	const proof = payoutProof(chain.env, chain.state, 1, east.id);
	if (proof === undefined) return t.fail();
	const leaf = leafHash(crypto, Uint8Array.of(0), east.id, u64be(ada(3)));
	t.deepEqual(rootOfPath(crypto, leaf, proof.index, proof.path), proof.root);
	t.deepEqual(proof.root, checkpointsOf(chain.env, chain.state).pending[0]?.payoutRoot);
	t.is(payoutProof(chain.env, chain.state, 1, hashOf('none')), undefined);
	t.is(payoutProof(chain.env, chain.state, 2, east.id), undefined);
});

test('what is withdrawn after the boundary waits for the next period', t => {
	const chain = closedChain();
	chain.send(bob, {kind: 'withdraw', claimId: east.id, amount: ada(1)});
	t.is(claimOf(chain.state, east.id)?.withdrawn, ada(4));
	t.is(payoutProof(chain.env, chain.state, 1, east.id)?.leaf.cumulative, ada(3));
	chain.advanceTo(chain.slotAt(4));
	t.is(payoutProof(chain.env, chain.state, 2, east.id)?.leaf.cumulative, ada(4));
	t.deepEqual(
		checkpointsOf(chain.env, chain.state).pending.map(({period}) => period),
		[1, 2],
	);
});

test('a period without withdrawals has the root of no leaves', t => {
	const chain = new LedgerChain(testGenesis());
	chain.advanceTo(chain.slotAt(2));
	t.deepEqual(checkpointsOf(chain.env, chain.state).pending[0]?.payoutRoot, EMPTY_ROOT);
});

test('periods that a silent chain crosses all close at its next block', t => {
	const chain = new LedgerChain(testGenesis());
	chain.advanceTo(Slot(50));
	chain.block(chain.slotAt(5));
	t.deepEqual(
		chain.eventsOf('period-closed').map(({period}) => period),
		[1, 2],
	);
	t.deepEqual(
		chain.eventsOf('epoch-started').map(({epoch}) => epoch as number),
		[1, 2, 3, 4, 5],
	);
});

test('members of the committee sign a pending period, each once, until two thirds are there', t => {
	const chain = closedChain();
	const [first, second] = members as [Party, Party];
	const refusal = (action: ActionOf<'checkpoint-sign'>, signers: readonly Party[] = []): unknown =>
		chain.refusal(chain.feeFree(action, signers));
	const good = signature(chain, 1, first);
	chain.sendFree(good, []);
	t.deepEqual(refusal(good), {
		code: 'CHECKPOINT_ALREADY_SIGNED',
		period: 1,
		memberVk: first.verificationKey,
	});
	t.deepEqual(refusal({...signature(chain, 1, second), period: 2}), {
		code: 'CHECKPOINT_NOT_PENDING',
		period: 2,
	});
	t.deepEqual(refusal({...good, memberVk: second.verificationKey}), {
		code: 'CHECKPOINT_SIGNATURE_INVALID',
		period: 1,
		memberVk: second.verificationKey,
	});
	t.deepEqual(refusal(signature(chain, 1, alice)), {
		code: 'CHECKPOINT_MEMBER_UNKNOWN',
		memberVk: alice.verificationKey,
	});
	t.deepEqual(refusal(signature(chain, 1, second), [second]), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: second.verificationKey,
	});
	t.false(checkpointsOf(chain.env, chain.state).pending[0]?.complete);
	chain.sendFree(signature(chain, 1, second), []);
	t.false(checkpointsOf(chain.env, chain.state).pending[0]?.complete, 'exactly two thirds are too few');
	chain.sendFree(signature(chain, 1, members[2] as Party), []);
	t.true(checkpointsOf(chain.env, chain.state).pending[0]?.complete);
});

test('a confirmed checkpoint hands over to its committee, and later signatures of members stay', t => {
	const chain = new LedgerChain(testGenesis());
	chain.send(alice, {kind: 'delegate', pool: null});
	chain.advanceTo(chain.slotAt(2));
	chain.advanceTo(chain.slotAt(4));
	const [first, second, third] = members as [Party, Party, Party];
	for (const member of [first, second, third]) chain.sendFree(signature(chain, 2, member), []);
	const {pending} = checkpointsOf(chain.env, chain.state);
	const blockHash = pending[0]?.blockHash ?? t.fail();
	if (typeof blockHash === 'boolean') return;
	const mcRef = {slot: 100, hash: hashOf('later')};
	const conflict = {kind: 'checkpoint-confirmed', period: 1, blockHash: hashOf('another')} as const;
	t.deepEqual(chain.tryBlock(Slot(chain.slot + 1), [], {mcRef, events: [conflict]}), {
		ok: false,
		error: {
			code: 'MC_CHECKPOINT_CONFLICT',
			index: 0,
			period: 1,
			blockHash: hashOf('another'),
			expected: blockHash,
		},
	});
	chain.report({kind: 'checkpoint-confirmed', period: 1, blockHash});
	const after = checkpointsOf(chain.env, chain.state);
	t.like(after.confirmed, {period: 1, blockHash});
	// The first pool has no stake any more, so its member is not in the committee.
	t.is(after.confirmed.committee.length, 2);
	t.deepEqual(
		after.pending.map(({period, signatures}) => [period, signatures.length]),
		[[2, 2]],
	);
	t.true(after.pending[0]?.complete);
	t.false(chain.state.payouts.has(numberKey(0)));
	t.true(chain.state.payouts.has(numberKey(1)));
});

test('confirming a later period drops the earlier ones', t => {
	const chain = new LedgerChain(testGenesis());
	chain.advanceTo(chain.slotAt(4));
	const second = checkpointsOf(chain.env, chain.state).pending[1] ?? t.fail();
	if (typeof second === 'boolean') return;
	chain.report({kind: 'checkpoint-confirmed', period: 2, blockHash: second.blockHash});
	t.deepEqual(checkpointsOf(chain.env, chain.state).pending, []);
	t.deepEqual([...chain.state.payouts.keys()], [numberKey(2)]);
});

/** Two periods are closed; the second ended without the first pool's stake, so with another committee. */
const twoClosed = (): {readonly chain: LedgerChain; readonly living: Hash32} => {
	const chain = new LedgerChain(testGenesis());
	chain.advanceTo(chain.slotAt(2));
	chain.send(alice, {kind: 'delegate', pool: null});
	chain.advanceTo(chain.slotAt(4));
	const [first, second] = checkpointsOf(chain.env, chain.state).pending;
	const hashOfNext = (pending: typeof first): Hash32 =>
		committeeHash(crypto, defined(pending, 'two are closed').nextCommittee);
	assert(!equalBytes(hashOfNext(first), hashOfNext(second)), 'the committee changes');
	return {chain, living: hashOfNext(second)};
};

test('governance replaces a dead committee by one that a closed period ended with, which then signs', t => {
	const {chain, living} = twoClosed();
	const [first, second] = members as [Party, Party, Party];
	for (const member of [first, second]) chain.sendFree(signature(chain, 1, member), []);
	const recovered = {kind: 'committee-recovered', period: 0, committeeHash: living} as const;
	t.deepEqual(chain.report(recovered).at(0), {...recovered, isKnown: true});
	const after = checkpointsOf(chain.env, chain.state);
	t.deepEqual(committeeHash(crypto, after.confirmed.committee), living);
	t.is(after.confirmed.period, 0);
	t.deepEqual(
		after.pending.map(({period, signatures}) => [period, signatures.length]),
		[
			[1, 1],
			[2, 0],
		],
		'what the living have signed stays',
	);
	t.like(chain.refusal(chain.feeFree(signature(chain, 2, first), [])), {code: 'CHECKPOINT_MEMBER_UNKNOWN'});
});

test('a committee that no closed period ended with is noted, and nobody signs', t => {
	const {chain} = twoClosed();
	const recovered = {kind: 'committee-recovered', period: 0, committeeHash: hashOf('unknown')} as const;
	const before = checkpointsOf(chain.env, chain.state).confirmed;
	t.deepEqual(chain.report(recovered).at(0), {...recovered, isKnown: false});
	t.deepEqual(checkpointsOf(chain.env, chain.state).confirmed, before);
});

test('rejects another committee for a checkpoint that is not the confirmed one', t => {
	const {chain, living} = twoClosed();
	const mcRef = {slot: 100, hash: hashOf('later')};
	const misplaced = {kind: 'committee-recovered', period: 1, committeeHash: living} as const;
	t.deepEqual(chain.tryBlock(Slot(chain.slot + 1), [], {mcRef, events: [misplaced]}), {
		ok: false,
		error: {code: 'MC_RECOVERY_MISPLACED', index: 0, period: 1, confirmed: 0},
	});
});

test('the state root depends on every table and on the Praos state', t => {
	const rootAfter = (change: (chain: LedgerChain) => void): string => {
		const chain = new LedgerChain(testGenesis());
		change(chain);
		chain.block(Slot(199));
		chain.block(chain.slotAt(2));
		return Buffer.from(defined(chain.eventsOf('period-closed')[0], 'closed').stateRoot).toString('hex');
	};
	const nothing = rootAfter(() => {});
	t.is(
		rootAfter(() => {}),
		nothing,
	);
	const roots = [
		nothing,
		rootAfter(chain => chain.block(Slot(1))),
		rootAfter(chain => chain.state.accounts.set('00'.repeat(28), {balance: ada(1), sequence: 0, pool: null})),
		rootAfter(chain => chain.state.slashes.set('00'.repeat(32), {cumulative: ada(1)})),
		rootAfter(chain => chain.state.payers.set('00'.repeat(28), {...EMPTY_PAYER, funds: ada(1)})),
		rootAfter(chain => chain.state.repairs.set('00'.repeat(64), {amount: ada(1)})),
		rootAfter(chain => chain.state.withdrawals.set('00'.repeat(32), {cumulative: ada(1)})),
		rootAfter(chain => chain.state.payouts.set(numberKey(0), [])),
		rootAfter(chain =>
			chain.state.checkpointSignatures.set(numberKey(7) + '00'.repeat(32), {signature: new Uint8Array(64)}),
		),
		rootAfter(chain =>
			chain.state.pendingCheckpoints.set(numberKey(7), {
				blockHash: hashOf('block'),
				blockNo: BlockNo(1),
				stateRoot: hashOf('state'),
				payoutRoot: hashOf('payout'),
				nextCommittee: [],
			}),
		),
		rootAfter(chain => {
			const [row] = chain.state.confirmedCheckpoint.values();
			chain.state.confirmedCheckpoint.set('', {...defined(row, 'a row'), blockHash: hashOf('other')});
		}),
	];
	t.is(new Set(roots).size, roots.length);
});

test('a committee is the hundred pools with the most stake, one seat for a key', t => {
	const pool = (number: number, stake: bigint, key = `member ${number}`): SnapshotPool => ({
		pool: crypto.blake2b224(hashOf(`pool ${number}`)),
		vrfKeyHash: hashOf('vrf'),
		checkpointVk: party(key).verificationKey,
		rewardAccount: dave.account,
		cost: Lovelace(0n),
		margin: {numerator: 0n, denominator: 1n},
		stake: Lovelace(stake),
		delegators: [],
	});
	const pools = Array.from({length: 120}, (_, index) => pool(index, BigInt(index)));
	const committee = committeeOf({totalStake: Lovelace(0n), pools});
	t.is(committee.length, 100);
	t.true(committee.every(({weight}) => weight >= 20n));
	const shared = committeeOf({totalStake: Lovelace(0n), pools: [pool(1, 5n, 'same'), pool(2, 6n, 'same')]});
	t.deepEqual(shared, [{verificationKey: party('same').verificationKey, weight: 11n}]);
	t.deepEqual(committeeOf({totalStake: Lovelace(0n), pools: [pool(1, 0n)]}), []);
});

test('when nobody has stake the committee stays', t => {
	const chain = new LedgerChain(testGenesis());
	for (const id of poolIds) t.true(chain.state.pools.has(keyOf(id)));
	for (const [key, account] of chain.state.accounts) chain.state.accounts.set(key, {...account, pool: null});
	chain.advanceTo(chain.slotAt(2));
	t.is(checkpointsOf(chain.env, chain.state).pending[0]?.nextCommittee.length, 3);
});
