import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {accountOf} from '#ledger/queries';
import type {Action} from '#ledger/tx/action';
import {minimumFee} from '#ledger/tx/fee';
import {hashOf, LedgerChain, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';

const pay: Action = {kind: 'transfer', to: bob.account, amount: ada(1)};
const chainOf = (): LedgerChain => new LedgerChain(testGenesis());

test('a transaction with the least fee, the next sequence number and one signature is good', t => {
	const chain = chainOf();
	const transaction = chain.transaction(alice, pay);
	t.is(chain.refusal(transaction), undefined);
	t.is(transaction.body.fee, minimumFee(chain.env.genesis.parameters, transaction.size));
	t.is(transaction.body.fee, Lovelace(10_000n + BigInt(transaction.size)));
});

test('the fee is taken and the sequence number goes up even when sender and receiver are the same', t => {
	const chain = chainOf();
	const transaction = chain.transaction(alice, {...pay, to: alice.account});
	chain.next(transaction);
	t.like(accountOf(chain.state, alice.account), {
		balance: Lovelace(ada(1_000_000) - transaction.body.fee),
		sequence: 1,
	});
	t.is(chain.state.pots.get('')?.fees, transaction.body.fee);
});

test('rejects a transaction that was there before', t => {
	const chain = chainOf();
	const transaction = chain.transaction(alice, pay);
	chain.next(transaction);
	t.deepEqual(chain.refusal(transaction), {code: 'TX_SEQUENCE_WRONG', sequence: 0, expected: 1});
});

test('rejects a sequence number with a gap', t => {
	const chain = chainOf();
	t.deepEqual(chain.refusal(chain.transaction(alice, pay, {change: {sequence: 1}})), {
		code: 'TX_SEQUENCE_WRONG',
		sequence: 1,
		expected: 0,
	});
});

test('rejects a fee of one lovelace less', t => {
	const chain = chainOf();
	const good = chain.transaction(alice, pay);
	const fee = Lovelace(good.body.fee - 1n);
	t.deepEqual(chain.refusal(chain.transaction(alice, pay, {change: {fee}})), {
		code: 'TX_FEE_TOO_SMALL',
		fee,
		feeMin: good.body.fee,
	});
});

test('rejects a sender that the chain does not know', t => {
	const chain = chainOf();
	const stranger = party('stranger');
	t.deepEqual(chain.refusal(chain.transaction(stranger, pay)), {
		code: 'TX_SENDER_UNKNOWN',
		sender: stranger.account,
	});
});

test('rejects an action with a fee and without a sender', t => {
	const chain = chainOf();
	t.deepEqual(chain.refusal(chain.feeFree(pay, [alice])), {code: 'TX_SENDER_MISSING', action: 'transfer'});
});

test('rejects a fee, a sender or a sequence number where the action is free of charge', t => {
	const chain = chainOf();
	const action: Action = {
		kind: 'commit',
		provider: hashOf('p'),
		epoch: 0 as never,
		root: hashOf('r'),
		totalLeaves: 1,
	};
	const free = {sender: null, sequence: 0, fee: Lovelace(0n)};
	for (const change of [{sender: alice.account}, {sequence: 1}, {fee: Lovelace(1n)}])
		t.deepEqual(chain.refusal(chain.transaction(alice, action, {change: {...free, ...change}})), {
			code: 'TX_SENDER_SURPLUS',
			action: 'commit',
		});
});

test('is valid from the first slot of its interval until before the last', t => {
	const chain = chainOf();
	const change = {validFrom: Slot(10), validUntil: Slot(12)};
	const transaction = chain.transaction(alice, pay, {change});
	t.deepEqual(chain.refusal(transaction, Slot(9)), {
		code: 'TX_NOT_YET_VALID',
		validFrom: Slot(10),
		slot: Slot(9),
	});
	t.is(chain.refusal(transaction, Slot(10)), undefined);
	t.is(chain.refusal(transaction, Slot(11)), undefined);
	t.deepEqual(chain.refusal(transaction, Slot(12)), {
		code: 'TX_EXPIRED',
		validUntil: Slot(12),
		slot: Slot(12),
	});
});

test('rejects a fee that the sender cannot pay', t => {
	const chain = chainOf();
	const pauper = party('pauper');
	chain.send(alice, {kind: 'transfer', to: pauper.account, amount: Lovelace(10n)});
	const transaction = chain.transaction(pauper, pay);
	t.deepEqual(chain.refusal(transaction), {
		code: 'TX_OVERSPENDS',
		account: pauper.account,
		balance: Lovelace(10n),
		needed: transaction.body.fee,
	});
});

test('rejects a transfer of one lovelace more than there is after the fee', t => {
	const chain = chainOf();
	const {fee} = chain.transaction(alice, {...pay, amount: ada(999_999)}).body;
	const left = Lovelace(ada(1_000_000) - fee);
	t.is(chain.refusal(chain.transaction(alice, {...pay, amount: left})), undefined);
	const amount = Lovelace(left + 1n);
	t.deepEqual(chain.refusal(chain.transaction(alice, {...pay, amount})), {
		code: 'TX_OVERSPENDS',
		account: alice.account,
		balance: left,
		needed: amount,
	});
});

test('rejects a transfer of nothing', t => {
	const chain = chainOf();
	t.deepEqual(chain.refusal(chain.transaction(alice, {...pay, amount: Lovelace(0n)})), {
		code: 'TX_AMOUNT_ZERO',
		action: 'transfer',
	});
});

test('rejects a signature by another key, a missing one, a surplus one and a forged one', t => {
	const chain = chainOf();
	const {body} = chain.transaction(alice, pay);
	t.deepEqual(chain.refusal(chain.sign(body, [])), {code: 'TX_SIGNATURE_MISSING', signer: alice.account});
	t.deepEqual(chain.refusal(chain.sign(body, [carol])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: carol.verificationKey,
	});
	const wealthy = {...body, fee: ada(1)};
	t.deepEqual(chain.refusal(chain.sign(wealthy, [alice, carol])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: carol.verificationKey,
	});
	const good = chain.sign(body, [alice]);
	const [witness] = good.witnesses;
	if (witness === undefined) return t.fail();
	const signature = witness.signature.slice();
	signature[3] = (signature[3] as number) ^ 1;
	t.deepEqual(chain.refusal({...good, witnesses: [{...witness, signature}]}), {
		code: 'TX_SIGNATURE_INVALID',
		verificationKey: alice.verificationKey,
	});
});

test('rejects a signature over another network’s transaction', t => {
	const chain = chainOf();
	const other = new LedgerChain(testGenesis({networkMagic: 43}));
	t.deepEqual(chain.refusal(other.transaction(alice, pay)), {
		code: 'TX_SIGNATURE_INVALID',
		verificationKey: alice.verificationKey,
	});
});

test('rejects a missing signature of whom the action asks for', t => {
	const chain = chainOf();
	const coldVk = party('new cold').verificationKey;
	const [pool] = chain.env.genesis.pools;
	if (pool === undefined) return t.fail();
	const transaction = chain.transaction(alice, {kind: 'pool-register', pool: {...pool, coldVk}});
	t.deepEqual(chain.refusal(transaction), {code: 'TX_SIGNATURE_MISSING', signer: coldVk});
});

test('rejects a transaction of more than 16 KiB that is not a proof', t => {
	const chain = chainOf();
	const transaction = chain.transaction(alice, {
		kind: 'repair-claim',
		vacated: hashOf('v'),
		successor: hashOf('s'),
		pieceId: hashOf('p'),
		pieceLeaves: 1,
		vacatedProof: new Uint8Array(16_000),
		successorProof: new Uint8Array(200),
		epoch: Epoch(1),
	});
	t.deepEqual(chain.refusal(transaction), {
		code: 'TX_TOO_LONG',
		length: transaction.size,
		lengthMax: 16_384,
	});
});
