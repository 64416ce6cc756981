/** A Kupo that is behind, absent, broken or hostile: a coded failure, never a crash, never a wrong event. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {
	type Answer,
	account,
	codeOf,
	deposit,
	depositEvent,
	eventsOf,
	hashOfSlot,
	json,
	mainChainAt,
	mainChainOver,
	matchOf,
	place,
	range,
	ref,
	scripted,
	text,
} from '../../support/scripted-kupo.ts';

for (const [name, slot] of [
	['beginning', 10],
	['end', 20],
] as const)
	test(`refuses a range whose ${name} is not on the chain that Kupo follows`, async t => {
		const hash = (asked: number): Hash32 => hashOfSlot(asked === slot ? 99 : asked);
		t.is(await codeOf(t, eventsOf(t, {hash})), 'MAIN_CHAIN_BAD_ANSWER');
	});

test('refuses a range to a slot that has no block', async t => {
	const mainChain = await mainChainOver(t, json({slot_no: 10, header_hash: toHex(hashOfSlot(10))}));
	t.is(await codeOf(t, mainChain.events(range)), 'MAIN_CHAIN_BAD_ANSWER');
});

test('knows the last block, and the last one at or before a slot', async t => {
	const mainChain = await mainChainOver(t, (request, response) =>
		json(
			request.url === '/checkpoints'
				? [30, 29, 20].map(slot => ({slot_no: slot, header_hash: toHex(hashOfSlot(slot))}))
				: request.url === '/checkpoints/25'
					? {slot_no: 20, header_hash: toHex(hashOfSlot(20))}
					: null,
		)(request, response),
	);
	t.deepEqual(await mainChain.tip(), ref(30));
	t.deepEqual(await mainChain.blockAt(25), ref(20));
	t.is(await mainChain.blockAt(3), undefined);
});

test('has no tip while Kupo knows no block', async t => {
	const mainChain = await mainChainOver(t, json([]));
	t.is(await codeOf(t, mainChain.tip()), 'MAIN_CHAIN_BAD_ANSWER');
});

test('says so when nobody listens', async t => {
	const server = createServer();
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const {port} = server.address() as AddressInfo;
	await new Promise(resolve => {
		server.close(resolve);
	});
	const mainChain = mainChainAt(`http://127.0.0.1:${port}`);
	t.is(await codeOf(t, mainChain.tip()), 'MAIN_CHAIN_UNREACHABLE');
	t.is(await codeOf(t, mainChain.events(range)), 'MAIN_CHAIN_UNREACHABLE');
});

/** More than any answer may have, sent until the client has enough. */
const endless: Answer = (_request, response) => {
	const part = Buffer.alloc(4 * 1024 * 1024, '[');
	const more = (): void => {
		while (response.write(part));
	};
	response.on('drain', more);
	more();
};

const cut: Answer = (_request, response) => {
	response.writeHead(200, {'content-length': 1000});
	response.write('[{"slot_no":', () => response.destroy());
};

const elsewhere: Answer = (_request, response) => {
	response.writeHead(302, {location: 'http://127.0.0.1:1/checkpoints'}).end();
};

for (const [name, answer, code] of [
	['no JSON', text('<html>'), 'MAIN_CHAIN_ANSWER_INVALID'],
	['nothing', text(''), 'MAIN_CHAIN_ANSWER_INVALID'],
	['another status', json([], 500), 'MAIN_CHAIN_ANSWER_INVALID'],
	['that it is too busy', json([], 503), 'MAIN_CHAIN_UNREACHABLE'],
	['JSON of another form', json([{slot_no: -1, header_hash: 'aa'}]), 'MAIN_CHAIN_ANSWER_INVALID'],
	['more than fits', endless, 'MAIN_CHAIN_ANSWER_INVALID'],
	['a cut answer', cut, 'MAIN_CHAIN_UNREACHABLE'],
	['a redirection', elsewhere, 'MAIN_CHAIN_UNREACHABLE'],
] as const)
	test(`says so when ${name} is answered`, async t => {
		const mainChain = await mainChainOver(t, answer);
		t.is(await codeOf(t, mainChain.tip()), code);
	});

test('stops asking when it is told to, with the reason that it was given', async t => {
	const asked = new AbortController();
	const reason = new NodeError({code: 'TEST_STOPPED'});
	const mainChain = await mainChainOver(t, () => asked.abort(reason));
	t.is(await t.throwsAsync(mainChain.tip({signal: asked.signal})), reason);
	const stopped = {signal: AbortSignal.abort(reason)};
	t.is(await t.throwsAsync(mainChain.events(range, stopped)), reason);
	t.is(await t.throwsAsync(mainChain.blockAt(3, stopped)), reason);
});

test('gives events or a coded failure, whatever is answered', async t => {
	let answered: unknown = null;
	const mainChain = await mainChainOver(t, (request, response) =>
		request.url?.startsWith('/checkpoints') === true
			? scripted({})(request, response)
			: json(answered)(request, response),
	);
	const asked = async (): Promise<void> => {
		try {
			t.true(Array.isArray(await mainChain.events(range)));
		} catch (error) {
			t.true(error instanceof NodeError, String(error));
		}
	};
	await fc.assert(
		fc.asyncProperty(fc.jsonValue(), async value => {
			answered = value;
			await asked();
		}),
		{numRuns: 60},
	);
	const valid = matchOf(deposit(place(0), 1, account(1)));
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...Object.keys(valid)), fc.jsonValue(), async (field, value) => {
			answered = [{...valid, [field]: value}];
			await asked();
		}),
		{numRuns: 120},
	);
});

test('is not blinded by a quantity that no double holds; everybody can mint and send one', async t => {
	const token = {[`${'cd'.repeat(28)}.00ff`]: 1};
	const huge = {...deposit(place(0), 2_000_000, account(1)), assets: token};
	const good = deposit(place(1), 5_000_000, account(2));
	const written = JSON.stringify([huge, good].map(matchOf)).replace('.00ff":1', '.00ff":9223372036854775807');
	t.true(written.includes('9223372036854775807'));
	const mainChain = await mainChainOver(t, (request, response) =>
		request.url?.includes('/*?') === true
			? text(written)(request, response)
			: scripted({})(request, response),
	);
	t.deepEqual(await mainChain.events(range), [depositEvent(place(1), 5_000_000, account(2))]);
});

test('refuses amounts and indexes that cannot be', async t => {
	const valid = matchOf(deposit(place(0), 1, account(1)));
	const impossible = [
		{...valid, value: {coins: '18446744073709551616', assets: {}}},
		{...valid, value: {coins: -1, assets: {}}},
		{...valid, value: {coins: 1.5, assets: {}}},
		{...valid, output_index: 65_536},
	];
	for (const match of impossible)
		t.is(await codeOf(t, eventsOf(t, {bridge: [match]})), 'MAIN_CHAIN_ANSWER_INVALID');
});
