import test, {type ExecutionContext} from 'ava';
import {NodeError} from '#kernel/node-error';
import type {JsonRequest} from '#node/adapters/http-json';
import {createPatientJson, type Patience} from '#node/adapters/patient-json';
import {type Answer, json, serve, text} from '../../support/scripted-kupo.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const requestTo = (url: string): JsonRequest => ({
	url,
	bytesMax: 1_000,
	timeoutMs: 5_000,
	unreachable: {code: 'TEST_UNREACHABLE'},
	invalid: {code: 'TEST_INVALID'},
});

const cut: Answer = (_request, response) => {
	response.destroy();
};
const tooMany =
	(after: string): Answer =>
	(_request, response) => {
		response.writeHead(429, {'retry-after': after}).end('slow down');
	};

/** Asks a server that answers with `script`, one after the other; waits pass at once and are noted. */
const ask = async (
	t: ExecutionContext,
	script: readonly Answer[],
	patience: Partial<Patience> = {},
	isOnce = false,
) => {
	const clock = createVirtualClock(0);
	const waits: number[] = [];
	let asked = 0;
	const url = await serve(t, (request, response) => script[asked++]?.(request, response));
	const timed = {
		...clock,
		waitUntil: async (timeMs: number): Promise<void> => {
			waits.push(timeMs - clock.now());
			clock.advanceTo(timeMs);
		},
	};
	const answer = createPatientJson(patience, timed)({...requestTo(url), isOnce});
	const outcome = await answer.catch(error => (error as NodeError).detail);
	return {outcome, waits, asked};
};

const good = json(7);
const SEVEN = {status: 200, json: 7};

test('asks again when nobody answers, and waits twice as long each time', async t => {
	t.deepEqual(await ask(t, [cut, cut, good]), {outcome: SEVEN, waits: [200, 400], asked: 3});
});

test('gives up after as many tries as it has', async t => {
	const {outcome, asked, waits} = await ask(t, [cut, cut, cut, good]);
	t.deepEqual(outcome as unknown, {code: 'TEST_UNREACHABLE'});
	t.is(asked, 3);
	t.deepEqual(waits, [200, 400]);
});

test('asks again when the server is too busy, not before it wants to be asked, and not for ever', async t => {
	t.deepEqual(await ask(t, [tooMany('3'), good]), {outcome: SEVEN, waits: [3_000], asked: 2});
	t.deepEqual(await ask(t, [tooMany('999999'), good]), {outcome: SEVEN, waits: [10_000], asked: 2});
	for (const odd of ['-1', 'Fri, 21 Nov 2026 16:00:00 GMT', '1e99', ''])
		t.deepEqual((await ask(t, [tooMany(odd), good])).waits, [200]);
	const {outcome} = await ask(t, [json(1, 503), tooMany('1'), json(1, 504)]);
	t.deepEqual(outcome as unknown, {code: 'TEST_UNREACHABLE', status: 504});
});

test('what may arrive once only is asked again when the server turned it away, and after no other silence', async t => {
	const once = (script: readonly Answer[]) => ask(t, script, {}, true);
	t.deepEqual(await once([tooMany('1'), tooMany('1'), good]), {
		outcome: SEVEN,
		waits: [1_000, 1_000],
		asked: 3,
	});
	for (const silent of [cut, json(1, 503), json(1, 425), json(1, 522)])
		t.is((await once([silent, good])).asked, 1);
	t.is((await once([tooMany('1'), cut, good])).asked, 2);
});

test('does not ask again when the answer is wrong, or says what it thinks of the question', async t => {
	t.deepEqual(await ask(t, [json(null, 404), good]), {
		outcome: {status: 404, json: null},
		waits: [],
		asked: 1,
	});
	const {outcome, asked} = await ask(t, [text('<html>'), good]);
	t.like(outcome, {code: 'TEST_INVALID', problem: 'not JSON'});
	t.is(asked, 1);
});

test('an abort ends the wait for the next try, with its reason', async t => {
	const stopping = new AbortController();
	const reason = new NodeError({code: 'TEST_STOPPED'});
	const url = await serve(t, (request, response) => {
		cut(request, response);
		setImmediate(() => stopping.abort(reason));
	});
	const answer = createPatientJson({firstWaitMs: 60_000})({...requestTo(url), signal: stopping.signal});
	t.is(await t.throwsAsync(answer), reason);
});
