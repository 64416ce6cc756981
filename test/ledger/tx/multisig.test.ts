import test from 'ava';
import fc from 'fast-check';
import {type AccountPolicy, accountOfPolicy} from '#crypto/account-policy';
import {compareBytes} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {accountOf} from '#ledger/queries';
import type {Action} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import type {Transaction} from '#ledger/tx/transaction';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';

const members = Array.from({length: 6}, (_, index) => party(`member ${index}`)).sort((a, b) =>
	compareBytes(a.verificationKey, b.verificationKey),
);
const [one, two, three] = members as [Party, Party, Party];

const policyOf = (threshold: number, parties: readonly Party[]): AccountPolicy => ({
	threshold,
	keys: parties.map(({verificationKey}) => verificationKey),
});
const twoOfThree = policyOf(2, [one, two, three]);

/** Any parties sign for the account of a policy. */
const signed = (
	chain: LedgerChain,
	policy: AccountPolicy,
	action: Action,
	signers: readonly Party[],
): Transaction => {
	const sender = accountOfPolicy(crypto, policy);
	const sequence = accountOf(chain.state, sender)?.sequence ?? 0;
	const plain = {sender, sequence, validFrom: null, validUntil: null, action};
	const fee = feeOfBody(chain.env.genesis.parameters, plain, signers.length);
	return chain.sign({...plain, fee}, signers);
};

const payBob: Action = {kind: 'transfer', to: bob.account, amount: ada(1)};

/** A registered account of that policy with 100 ADA. */
const funded = (policy: AccountPolicy): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	chain.send(alice, {kind: 'transfer', to: accountOfPolicy(crypto, policy), amount: ada(100)});
	chain.send(alice, {kind: 'multisig-register', policy});
	return chain;
};

test('two of three keys spend what their account holds, whichever two', t => {
	const account = accountOfPolicy(crypto, twoOfThree);
	for (const pair of [
		[one, two],
		[one, three],
		[two, three],
	]) {
		const chain = funded(twoOfThree);
		t.deepEqual(chain.eventsOf('multisig-registered'), [
			{kind: 'multisig-registered', account, threshold: 2, keys: 3},
		]);
		const events = chain.next(signed(chain, twoOfThree, payBob, pair));
		t.like(events.at(-1), {kind: 'transferred', from: account, to: bob.account});
		t.is(accountOf(chain.state, account)?.sequence, 1);
	}
});

test('one key is too few, three are too many, and a stranger is nobody', t => {
	const chain = funded(twoOfThree);
	const account = accountOfPolicy(crypto, twoOfThree);
	t.deepEqual(chain.refusal(signed(chain, twoOfThree, payBob, [one])), {
		code: 'TX_SIGNATURE_MISSING',
		signer: account,
	});
	t.deepEqual(chain.refusal(signed(chain, twoOfThree, payBob, [one, two, three])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: three.verificationKey,
	});
	t.deepEqual(chain.refusal(signed(chain, twoOfThree, payBob, [one, alice])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: alice.verificationKey,
	});
	const good = signed(chain, twoOfThree, payBob, [one, two]);
	const other = signed(chain, twoOfThree, {...payBob, amount: ada(2)} as Action, [one, two]);
	t.like(chain.refusal({...good, witnesses: other.witnesses}) as object, {code: 'TX_SIGNATURE_INVALID'});
});

test('before it is registered an account receives and cannot send', t => {
	const chain = new LedgerChain(testGenesis());
	const account = accountOfPolicy(crypto, twoOfThree);
	chain.send(alice, {kind: 'transfer', to: account, amount: ada(5)});
	t.deepEqual(chain.refusal(signed(chain, twoOfThree, payBob, [one, two])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: one.verificationKey,
	});
	t.is(accountOf(chain.state, account)?.balance, ada(5));
});

test('a policy has ascending keys, two of them at least, and a threshold that they can reach', t => {
	const chain = new LedgerChain(testGenesis());
	const problem = (policy: AccountPolicy): unknown =>
		chain.refusal(chain.transaction(alice, {kind: 'multisig-register', policy}));
	const bad = (of: string) => ({code: 'MULTISIG_POLICY_BAD', problem: of});
	t.deepEqual(problem(policyOf(1, [one])), bad('keys-too-few'));
	t.deepEqual(problem(policyOf(1, [two, one])), bad('keys-unsorted'));
	t.deepEqual(problem(policyOf(1, [one, one])), bad('keys-unsorted'));
	t.deepEqual(problem(policyOf(0, [one, two])), bad('threshold'));
	t.deepEqual(problem(policyOf(3, [one, two])), bad('threshold'));
	chain.send(alice, {kind: 'multisig-register', policy: twoOfThree});
	t.deepEqual(problem(twoOfThree), {
		code: 'MULTISIG_EXISTS',
		account: accountOfPolicy(crypto, twoOfThree),
	});
});

test('whatever takes an account takes one of several keys', t => {
	const chain = funded(twoOfThree);
	const account = accountOfPolicy(crypto, twoOfThree);
	const send = (action: Action): void => void chain.next(signed(chain, twoOfThree, action, [one, three]));
	send({kind: 'payer-deposit', amount: ada(20)});
	send({kind: 'payer-withdraw', amount: ada(5)});
	send({kind: 'delegate', pool: chain.issuer});
	send({
		kind: 'channel-open',
		payerVk: two.verificationKey,
		payee: bob.account,
		lane: 0,
		expiry: chain.slotAt(5),
		deposit: ada(1),
	});
	send({
		kind: 'head-set',
		owner: account,
		bucket: hashOf('bucket'),
		version: 1,
		seen: null,
		root: hashOf('root'),
		writer: null,
		writers: null,
	});
	send({kind: 'access-revoke', series: null, epoch: 1, until: null});
	send(payBob);
	t.is(accountOf(chain.state, account)?.sequence, 7);
	t.deepEqual(chain.eventsOf('channel-opened')[0]?.funder, account);
});

test('a member that must sign for something else counts once for both', t => {
	const chain = funded(twoOfThree);
	const account = accountOfPolicy(crypto, twoOfThree);
	const head = {
		kind: 'head-set',
		owner: account,
		bucket: hashOf('bucket'),
		root: hashOf('root'),
		writer: null,
	} as const;
	const writers = [crypto.blake2b224(three.verificationKey)];
	chain.next(signed(chain, twoOfThree, {...head, version: 1, seen: null, writers}, [one, two]));
	const again = {
		...head,
		version: 2,
		seen: hashOf('root'),
		writer: three.verificationKey,
		writers: null,
	};
	t.like(chain.refusal(signed(chain, twoOfThree, again, [one, two])) as object, {
		code: 'TX_SIGNATURE_MISSING',
	});
	t.deepEqual(chain.refusal(signed(chain, twoOfThree, again, [one, two, three])), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: two.verificationKey,
	});
	chain.next(signed(chain, twoOfThree, again, [one, three]));
	t.is(chain.eventsOf('head-set').length, 2);
});

test('of any account exactly the sets of threshold members spend, and no other set of keys', t => {
	const subsets = fc.subarray(members, {minLength: 2});
	fc.assert(
		fc.property(subsets, fc.nat(), fc.subarray([...members, alice]), (owners, seed, signers) => {
			const policy = policyOf(1 + (seed % owners.length), owners);
			const chain = funded(policy);
			const isRight = signers.length === policy.threshold && signers.every(signer => owners.includes(signer));
			const refused = chain.refusal(signed(chain, policy, payBob, signers));
			t.is(refused === undefined, isRight);
			const total = [...chain.state.accounts.values()].reduce((sum, {balance}) => sum + balance, 0n);
			t.true(Lovelace(total) > 0n);
		}),
		{numRuns: 60},
	);
});

test('the id of an account says all of its policy', t => {
	const ids = [twoOfThree, policyOf(1, [one, two, three]), policyOf(2, [one, two])].map(policy =>
		Buffer.from(accountOfPolicy(crypto, policy)).toString('hex'),
	);
	t.is(new Set(ids).size, 3);
});
