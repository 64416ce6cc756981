import test from 'ava';
import {type AccountPolicy, accountOfPolicy} from '#crypto/account-policy';
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import {decodeOwn, encode} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {accountOf, agreementOf, agreementsOf, allowancesOf, payerOf} from '#ledger/queries';
import {stateCodec} from '#ledger/state/state';
import type {Action, ActionOf} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import type {Transaction} from '#ledger/tx/transaction';
import {crypto} from '../../support/crypto.ts';
import {LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	repairer,
	runEpoch,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

/** What an agreement of `openingOf` pays an epoch: 16 MiB at 1 ADA a GiB. */
const REVENUE = 15_625n;

const members = ['anna', 'ben', 'cleo']
	.map(name => party(name))
	.sort((a, b) => compareBytes(a.verificationKey, b.verificationKey)) as [Party, Party, Party];
const policy: AccountPolicy = {threshold: 2, keys: members.map(({verificationKey}) => verificationKey)};
const team: AccountId = accountOfPolicy(crypto, policy);

/** Two of three members sign for the team. */
const byTeam = (
	chain: LedgerChain,
	action: Action,
	signers: readonly Party[] = members.slice(0, 2),
): Transaction => {
	const plain = {
		sender: team,
		sequence: accountOf(chain.state, team)?.sequence ?? 0,
		validFrom: null,
		validUntil: null,
		action,
	};
	const fee = feeOfBody(chain.env.genesis.parameters, plain, signers.length);
	return chain.sign({...plain, fee}, signers);
};

const total = ({state}: LedgerChain): bigint => creditsInCirculation(state) + withdrawnTotal(state);

/** Two providers, a team that has 10 ADA set aside, and bob whose agreements it pays, two at a time, until epoch 20. */
const start = ({rateMax = 2n * REVENUE, until = 20, funds = ada(10)} = {}) => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east, west]);
	chain.send(alice, {kind: 'transfer', to: team, amount: ada(100)});
	chain.send(alice, {kind: 'multisig-register', policy});
	chain.next(byTeam(chain, {kind: 'payer-deposit', amount: funds}));
	const allow = (rate: bigint, to = until): Action => ({
		kind: 'payer-allow',
		client: bob.account,
		rateMax: Lovelace(rate),
		until: Epoch(to),
	});
	chain.next(byTeam(chain, allow(rateMax)));
	const open = (provider: TestProvider, change: Partial<ActionOf<'agreement-open'>> = {}): Hash32 =>
		storeWith(chain, bob, provider, [pieceOf(`of ${provider.name}`, 5000)], {payer: team, ...change});
	const refusal = (provider: TestProvider, change: Partial<ActionOf<'agreement-open'>>, by = bob): unknown =>
		chain.refusal(
			chain.transaction(by, openingOf(provider, {payer: team, nonce: 9, ...change}), {
				with: [provider.operator],
			}),
		);
	const payer = (account = team) => payerOf(chain.env, chain.state, account);
	return {chain, east, west, allow, open, refusal, payer};
};

test('two of three members let one key store, and the account of the three pays for it', t => {
	const {chain, east, open, payer} = start();
	const before = total(chain);
	const agreementId = open(east);
	t.like(chain.eventsOf('agreement-opened').at(-1), {client: bob.account, payer: team});
	t.like(agreementOf(chain.state, agreementId), {client: bob.account, payer: team});
	t.is(payer()?.lockRate, Lovelace(REVENUE));
	t.is(payer(bob.account), undefined);
	t.deepEqual(allowancesOf(chain.state, bob.account), [
		{
			payer: team,
			client: bob.account,
			rateMax: Lovelace(2n * REVENUE),
			until: Epoch(20),
			lockRate: Lovelace(REVENUE),
		},
	]);
	t.deepEqual(allowancesOf(chain.state, team), allowancesOf(chain.state, bob.account));
	t.is(agreementsOf(chain.state, {payer: team}).length, 1);
	t.is(agreementsOf(chain.state, {payer: bob.account}).length, 0);
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	const paid = chain.eventsOf('storage-paid').reduce((sum, {amount}) => sum + amount, 0n);
	t.is(paid, 2n * REVENUE);
	t.is(payer()?.funds, Lovelace(ada(10) - 2n * REVENUE));
	t.is(payer()?.owed, Lovelace(0n));
	t.is(total(chain), before);
});

test('one member alone allows nothing, and nobody allows anything to itself', t => {
	const {chain, allow} = start();
	t.deepEqual(chain.refusal(byTeam(chain, allow(ada(1)), members.slice(0, 1))), {
		code: 'TX_SIGNATURE_MISSING',
		signer: team,
	});
	const toItself = {kind: 'payer-allow', client: bob.account, rateMax: ada(1), until: Epoch(9)} as const;
	t.deepEqual(chain.refusal(chain.transaction(bob, toItself)), {
		code: 'PAYER_ALLOWS_ITSELF',
		account: bob.account,
	});
});

test('an account that allows nothing pays nothing, and there is nothing to withdraw', t => {
	const {chain, east, refusal} = start();
	const none = {code: 'PAYER_ALLOWANCE_NONE', payer: team, client: carol.account};
	t.deepEqual(refusal(east, {}, carol), none);
	t.deepEqual(refusal(east, {payer: alice.account}), {...none, payer: alice.account, client: bob.account});
	const withdrawal = {
		kind: 'payer-allow',
		client: carol.account,
		rateMax: Lovelace(0n),
		until: Epoch(0),
	} as const;
	t.deepEqual(chain.refusal(byTeam(chain, withdrawal)), none);
});

test('all agreements under an allowance together stay within its ceiling', t => {
	const {east, west, open, refusal} = start();
	open(east);
	const exceeded = {
		code: 'PAYER_ALLOWANCE_EXCEEDED',
		payer: team,
		client: bob.account,
		rate: 2n * REVENUE + 1n,
		rateMax: Lovelace(2n * REVENUE),
	};
	t.deepEqual(refusal(west, {capacityLeaves: 16_385}), exceeded);
	open(west);
	t.deepEqual(refusal(west, {capacityLeaves: 1}), exceeded);
});

test('no agreement under an allowance ends later than it', t => {
	const {east, open, refusal} = start({until: 12});
	t.deepEqual(refusal(east, {endEpoch: Epoch(13)}), {
		code: 'PAYER_ALLOWANCE_ENDS',
		payer: team,
		client: bob.account,
		endEpoch: Epoch(13),
		until: Epoch(12),
	});
	t.notThrows(() => open(east, {endEpoch: Epoch(12)}));
});

test('an allowance is no money: what is locked has to be there', t => {
	const {east, refusal} = start({funds: Lovelace(100n)});
	t.like(refusal(east, {}) as object, {code: 'PAYER_FUNDS_TOO_SMALL', funds: 100n});
});

test('what runs goes on to its end when an allowance is withdrawn, and nothing else begins', t => {
	const {chain, east, west, allow, open, refusal, payer} = start();
	const agreementId = open(east, {endEpoch: Epoch(3)});
	const withdrawal = byTeam(chain, allow(0n, 0));
	chain.next(withdrawal);
	t.like(refusal(west, {}) as object, {code: 'PAYER_ALLOWANCE_NONE'});
	const order = {rateMax: ada(1), until: Epoch(9)};
	chain.send(bob, {kind: 'agreement-standing', agreementId, order});
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.deepEqual(chain.eventsOf('renewal-failed'), [
		{kind: 'renewal-failed', agreementId, provider: east.id, reason: 'PAYER_ALLOWANCE_NONE'},
	]);
	chain.advanceTo(chain.slotAt(4));
	t.is(agreementOf(chain.state, agreementId), undefined);
	t.is(payer()?.lockRate, Lovelace(0n));
	// The row went with the last agreement under it.
	t.deepEqual(allowancesOf(chain.state, team), []);
	t.is(chain.state.payerAllowances.size, 0);
});

test('a standing order goes as far as the allowance', t => {
	const {chain, east, open} = start({until: 4});
	const agreementId = open(east, {endEpoch: Epoch(2)});
	const order = {rateMax: ada(1), until: Epoch(9)};
	chain.send(bob, {kind: 'agreement-standing', agreementId, order});
	const update = {storePrice: ada(1), minTermEpochs: 5, capacityLeaves: 2 ** 30, accepting: true};
	chain.send(
		alice,
		{kind: 'provider-update', provider: east.id, ...update, bondAdded: Lovelace(0n)},
		{with: [east.operator]},
	);
	for (const epoch of [1, 2, 3]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	t.like(chain.eventsOf('agreement-renewed'), [{agreementId, endEpoch: 4}]);
	t.like(chain.eventsOf('renewal-failed'), [{reason: 'PAYER_ALLOWANCE_ENDS'}]);
});

test('a renewal that both sides sign needs room under the ceiling', t => {
	const {chain, east, allow, open} = start();
	const agreementId = open(east);
	const renewal = (capacityLeaves: number, endEpoch = 20): Transaction =>
		chain.transaction(
			bob,
			{
				kind: 'agreement-renew',
				agreementId,
				capacityLeaves,
				rate: ada(1),
				endEpoch: Epoch(endEpoch),
				lockedUntil: Epoch(0),
			},
			{with: [east.operator]},
		);
	t.like(chain.refusal(renewal(2 * 16_384 + 1)) as object, {
		code: 'PAYER_ALLOWANCE_EXCEEDED',
		rate: 2n * REVENUE + 1n,
	});
	t.like(chain.refusal(renewal(16_384, 21)) as object, {code: 'PAYER_ALLOWANCE_ENDS'});
	chain.next(renewal(2 * 16_384));
	t.is(allowancesOf(chain.state, team)[0]?.lockRate, Lovelace(2n * REVENUE));
	// Lowered to less than what runs, it lets nothing grow or go on, and takes nothing away.
	chain.next(byTeam(chain, allow(REVENUE)));
	t.like(chain.refusal(renewal(2 * 16_384)) as object, {code: 'PAYER_ALLOWANCE_EXCEEDED'});
	t.is(agreementOf(chain.state, agreementId)?.capacityLeaves, 2 * 16_384);
});

/** East never proves and is vacated in epoch 1. */
const vacated = () => {
	const scene = start({rateMax: REVENUE});
	const agreementId = scene.open(scene.east);
	scene.chain.advanceTo(scene.chain.slotAt(3));
	const takeOver = (change: Partial<ActionOf<'agreement-open'>> = {}): Transaction =>
		scene.chain.transaction(
			carol,
			openingOf(scene.west, {repairOf: agreementId, nonce: 5, capacityLeaves: 8, ...change}),
			{with: [scene.west.operator, repairer]},
		);
	return {...scene, agreementId, takeOver};
};

test('whoever takes over pieces is paid by the same account, within the same ceiling', t => {
	const {chain, allow, agreementId, takeOver, payer} = vacated();
	t.not(agreementOf(chain.state, agreementId)?.vacancy, null);
	t.is(payer()?.lockRate, Lovelace(0n));
	t.deepEqual(chain.refusal(takeOver({payer: team})), {code: 'REPAIR_PAYER_SURPLUS', payer: team});
	chain.next(byTeam(chain, allow(0n)));
	t.like(chain.refusal(takeOver()) as object, {code: 'PAYER_ALLOWANCE_NONE'});
	chain.next(byTeam(chain, allow(1n)));
	t.like(chain.refusal(takeOver()) as object, {code: 'PAYER_ALLOWANCE_EXCEEDED'});
	// An allowance that ends sooner than the agreement lets repairs go on until the agreement's end.
	chain.next(byTeam(chain, allow(REVENUE, 0)));
	chain.next(takeOver());
	t.like(chain.eventsOf('agreement-opened').at(-1), {
		client: bob.account,
		payer: team,
		repairOf: agreementId,
	});
});

test('a client that closes with an older revision than it has signed is punished out of what its payer has set aside', t => {
	const {chain, east, open, payer} = start();
	const agreementId = open(east);
	const [before, funds] = [total(chain), payer()?.funds ?? 0n];
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'client'});
	chain.send(carol, {kind: 'revision-post', revision: east.newest(agreementId)});
	const {by, slashed} = defined(chain.eventsOf('fraud-punished')[0], 'it was seen');
	t.is(by, 'client');
	t.is(slashed, Lovelace(3n * REVENUE));
	t.is(payer()?.funds, Lovelace(funds - slashed));
	t.is(payer(bob.account), undefined);
	t.is(total(chain), before);
});

test('a state with allowances and agreements that others pay is written and read', t => {
	const {chain, east, open} = start();
	open(east);
	const read = decodeOwn(stateCodec, encode(stateCodec, chain.state));
	t.deepEqual(read.payerAllowances, chain.state.payerAllowances);
	t.deepEqual(read.agreements, chain.state.agreements);
	t.is(read.payerAllowances.size, 1);
});
