import test from 'ava';
import {fromHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {readBridgeDeposits} from '#node/adapters/kupo-deposits';
import {reserveDatum} from '#onchain/data/money-data';
import {
	account,
	bridge,
	codeOf,
	deposit,
	json,
	matchOf,
	place,
	registry,
	scripted,
	serve,
} from '../../support/scripted-kupo.ts';

test('finds the deposits after a slot, and nothing that only looks like one', async t => {
	const outputs = [
		deposit({slot: 9, transaction: 0, output: 0}, 1, account(1)),
		deposit({slot: 10, transaction: 0, output: 0}, 2, account(1)),
		deposit(place(0), 3, account(2)),
		{...deposit(place(1), 4, account(2)), datum: reserveDatum.encode({})},
		{...deposit(place(2), 5, account(2)), datum: null},
		{...deposit(place(3), 6, account(2)), assets: {[`${registry}.00`]: 1}},
		{...deposit(place(3), 6, account(2)), datumType: 'hash' as const},
		deposit(place(4), 7, account(3)),
	];
	const url = await serve(t, scripted({bridge: outputs.map(matchOf)}));
	const found = await readBridgeDeposits(
		{kupoUrl: url.replace(/\/$/, ''), bridgeScriptHash: Hash28(fromHex(bridge))},
		10,
	);
	t.deepEqual(
		found.map(({account: to, amount, createdAt}) => [to, amount as bigint, createdAt.slot]),
		[
			[account(2), 3n, 11],
			[account(3), 7n, 12],
		],
	);
});

test('says so when what answers is no Kupo', async t => {
	const kupoUrl = (await serve(t, json({}))).replace(/\/$/, '');
	const asked = readBridgeDeposits({kupoUrl, bridgeScriptHash: Hash28(fromHex(bridge))}, 10);
	t.is(await codeOf(t, asked), 'MAIN_CHAIN_ANSWER_INVALID');
});
