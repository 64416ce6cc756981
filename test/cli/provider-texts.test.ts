import test from 'ava';
import {penaltyLines} from '#cli/commands/penalty-text';
import {incomesOf} from '#cli/commands/provider-earnings';
import {ownEarnings} from '#cli/commands/treasury-earnings';
import {fundedText, unsettledOf} from '#cli/commands/unsettled-text';
import type {Json} from '#node/ports/control-api';

const id = 'ab'.repeat(32);
const payoutAccount = 'cd'.repeat(28);
const place = {blockNo: 7, slot: 70, blockHash: 'ef'.repeat(32)};

test('each penalty is told with its reason in words, its epoch, its slot and its block', t => {
	const penalty = {epoch: 3, slot: 99, blockHash: place.blockHash, amount: '1500000', vacated: false};
	const lines = penaltyLines([
		{...penalty, reason: 'no-proof'},
		{...penalty, reason: 'omission', vacated: true},
		{...penalty, reason: 'of-a-later-version', blockHash: null},
	]);
	t.deepEqual(lines, [
		`penalty of 1.500000 ADA in epoch 3, slot 99: no-proof (no proof came before its window closed; block ${place.blockHash})`,
		`penalty of 1.500000 ADA in epoch 3, slot 99: omission (left a revision out of its commitment, and did not answer the claim; block ${place.blockHash}); agreements went to others`,
		'penalty of 1.500000 ADA in epoch 3, slot 99: of-a-later-version (of-a-later-version; block unknown)',
	]);
});

test('what is owed for proven epochs is the sum over agreements, and says until when there is money', t => {
	const agreement = (details: Json) => ({details: details as {readonly [field: string]: Json}});
	const owing = agreement({unsettled: {epochs: 3, amount: '46875'}, fundedUntil: 7});
	t.is(unsettledOf([owing, agreement({unsettled: {epochs: 1, amount: '5'}, fundedUntil: null})]), 46_880n);
	t.is(unsettledOf([agreement({})]), 0n);
	t.is(fundedText(owing), 'epoch 7');
	t.is(fundedText(agreement({fundedUntil: null})), '-');
});

test('several epochs that were paid at once are one income', t => {
	const paid = {kind: 'storage-paid', provider: id, epoch: 9, epochs: 6, amount: '1000', fee: '50'};
	const [income] = incomesOf(place, [paid], {id, payoutAccount});
	t.like(income, {what: 'storage in 6 epochs until 9', amount: 950n});
});

test('earnings are what a block paid this provider, after fees, by reason', t => {
	const paid = {kind: 'storage-paid', provider: id, epoch: 4, amount: '1000', fee: '50'};
	const incomes = incomesOf(
		place,
		[
			paid,
			{...paid, amount: '500', fee: '25'},
			{...paid, epoch: 5},
			{...paid, provider: '00'.repeat(32)},
			{kind: 'channel-settled', payee: payoutAccount, amount: '77'},
			{kind: 'channel-settled', payee: '00'.repeat(28), amount: '78'},
			{kind: 'bond-released', provider: id, released: '9'},
			{kind: 'provider-exited', provider: id, released: '8'},
			{kind: 'transferred', to: payoutAccount, amount: '6'},
		],
		{id, payoutAccount},
	);
	t.deepEqual(incomes, [
		{...place, what: 'storage in epoch 4', payments: 2, amount: 1425n},
		{...place, what: 'storage in epoch 5', payments: 1, amount: 950n},
		{...place, what: 'downloads', payments: 1, amount: 77n},
		{...place, what: 'bond given back', payments: 2, amount: 17n},
	]);
});

test("a provider's incomes are earnings once their block is final, but its own bond is none", t => {
	const income = {...place, what: 'downloads', payments: 1, amount: 5n};
	const status = {
		systemStartMs: 1000,
		slotMs: 20,
		immutableTip: {blockNo: 7, slot: 70, hash: place.blockHash},
	};
	const incomes = [
		income,
		{...income, what: 'bond given back'},
		{...income, what: 'storage in epoch 1', amount: 0n},
		{...income, blockNo: 8},
	];
	t.deepEqual(ownEarnings(status, incomes), [
		{
			source: 'fees',
			reference: `${place.blockHash}/downloads`,
			timeMs: 2400,
			amount: 5n,
			microUsd: undefined,
		},
	]);
	t.deepEqual(ownEarnings({...status, immutableTip: null}, incomes), []);
});
