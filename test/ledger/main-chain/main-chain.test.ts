import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {Slot} from '#kernel/slot';
import {creditsInCirculation, depositedTotal} from '#ledger/money';
import {accountOf, claimOf, mcRefOf} from '#ledger/queries';
import {hashOf, LedgerChain, party} from '../../support/ledger-chain.ts';
import {ada, testGenesis} from '../../support/ledger-genesis.ts';
import {TestProvider} from '../../support/ledger-storage.ts';

const newcomer = party('newcomer');
const {claimOpened, id: claimId, operator} = new TestProvider('east');

const depositOf = (amount: Lovelace): MainChainEvent => ({
	kind: 'deposit',
	outRef: {txId: hashOf('deposit'), index: 3},
	account: newcomer.account,
	amount,
});

const judge = (chain: LedgerChain, mcRef: McRef, events: readonly MainChainEvent[] = []): unknown => {
	const tried = chain.tryBlock(Slot(chain.slot + 1), [], {mcRef, events});
	return tried.ok ? undefined : tried.error;
};

test('a deposit creates credits for an account that did not exist', t => {
	const chain = new LedgerChain(testGenesis());
	const before = creditsInCirculation(chain.state);
	const events = chain.report(depositOf(ada(5)), depositOf(ada(2)));
	t.deepEqual(events[0], {
		kind: 'deposited',
		account: newcomer.account,
		amount: ada(5),
		outRef: {txId: hashOf('deposit'), index: 3},
	});
	t.is(accountOf(chain.state, newcomer.account)?.balance, ada(7));
	t.is(depositedTotal(chain.state), ada(7));
	t.is(creditsInCirculation(chain.state), Lovelace(before + ada(7)));
	t.deepEqual(mcRefOf(chain.state), chain.mcRef);
});

test('a claim is known once Cardano reported it, and once only', t => {
	const chain = new LedgerChain(testGenesis());
	chain.report(claimOpened);
	t.like(claimOf(chain.state, claimId), {
		operatorVk: operator.verificationKey,
		withdrawn: Lovelace(0n),
	});
	t.deepEqual(judge(chain, {slot: 100, hash: hashOf('later')}, [claimOpened]), {
		code: 'MC_CLAIM_EXISTS',
		index: 0,
		claimId,
	});
});

test('repeating the parent’s reference is always good', t => {
	const chain = new LedgerChain(testGenesis());
	t.is(judge(chain, chain.mcRef), undefined);
	chain.report();
	t.is(judge(chain, chain.mcRef), undefined);
});

test('rejects a reference that goes back, that conflicts, or that reports without moving', t => {
	const chain = new LedgerChain(testGenesis());
	const parent = chain.mcRef;
	const back = {slot: parent.slot - 1, hash: parent.hash};
	t.deepEqual(judge(chain, back), {code: 'MC_REF_BACKWARDS', mcRef: back, parent});
	const other = {slot: parent.slot, hash: hashOf('another block')};
	t.deepEqual(judge(chain, other), {code: 'MC_REF_CONFLICT', mcRef: other, parent});
	t.deepEqual(judge(chain, parent, [depositOf(ada(1))]), {
		code: 'MC_EVENTS_SURPLUS',
		mcRef: parent,
		events: 1,
	});
});

test('rejects deposits of more than all ADA, however they are split', t => {
	const chain = new LedgerChain(testGenesis());
	const left = ada(45_000_000_000 - 4_000_000);
	const mcRef = {slot: 100, hash: hashOf('later')};
	t.is(judge(chain, mcRef, [depositOf(left)]), undefined);
	t.deepEqual(judge(chain, mcRef, [depositOf(left), depositOf(Lovelace(1n))]), {
		code: 'MC_DEPOSIT_TOO_LARGE',
		index: 1,
		amount: Lovelace(1n),
	});
	t.deepEqual(judge(chain, mcRef, [depositOf(Lovelace(2n ** 64n - 1n))]), {
		code: 'MC_DEPOSIT_TOO_LARGE',
		index: 0,
		amount: Lovelace(2n ** 64n - 1n),
	});
});

test('rejects a confirmation of a period that is not pending', t => {
	const chain = new LedgerChain(testGenesis());
	const confirmation = {kind: 'checkpoint-confirmed', period: 1, blockHash: hashOf('b')} as const;
	t.deepEqual(judge(chain, {slot: 100, hash: hashOf('later')}, [confirmation]), {
		code: 'MC_CHECKPOINT_NOT_PENDING',
		index: 0,
		period: 1,
	});
});
