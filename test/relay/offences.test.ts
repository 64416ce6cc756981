import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import {type Blame, blameOf, isShunned, noteOffence, type Offences} from '#relay/offences';

const late: Blame = {code: 'SYNC_BODIES_LATE', gravity: 'late'};
const wrong: Blame = {code: 'SYNC_BLOCK_REFUSED', gravity: 'wrong'};

test('whoever ends a connection in good order, or fails us, is not blamed; neither are our own troubles', t => {
	for (const code of ['RELAY_CLOSED', 'RELAY_PEER_GONE', 'RELAY_HANDLER_FAILED', 'SYNC_PEER_SHUNNED'])
		t.is(blameOf(new NodeError({code})), undefined);
	for (const code of ['STORE_FAILED', 'CHAIN_STOPPED', 'HEADER_VERIFIER_CLOSED', 'NODE_STOPPING'])
		t.is(blameOf(new NodeError({code})), undefined);
	t.deepEqual(blameOf(new NodeError({code: 'SYNC_BODIES_LATE'})), late);
	t.deepEqual(blameOf(new NodeError({code: 'SYNC_BLOCK_REFUSED'})), wrong);
	t.deepEqual(blameOf(new NodeError({code: 'RELAY_MESSAGE_TOO_LONG'})), {
		code: 'RELAY_MESSAGE_TOO_LONG',
		gravity: 'wrong',
	});
});

test('each time in a row it is left alone for twice as long, the wrong ones for longer than the late ones', t => {
	let offences: Offences = new Map();
	const waits: number[] = [];
	let nowMs = 0;
	for (let times = 1; times <= 8; times++) {
		offences = noteOffence(offences, 'p', late, nowMs);
		const {untilMs} = offences.get('p') ?? {untilMs: 0};
		t.true(isShunned(offences, 'p', untilMs - 1));
		t.false(isShunned(offences, 'p', untilMs));
		waits.push((untilMs - nowMs) / 1_000);
		nowMs = untilMs;
	}
	t.deepEqual(waits, [10, 20, 40, 80, 160, 320, 600, 600]);
	const [first, second] = [noteOffence(new Map(), 'w', wrong, 0), noteOffence(new Map(), 'w', late, 0)];
	t.is(first.get('w')?.untilMs, 300_000);
	t.is(noteOffence(first, 'w', wrong, 300_000).get('w')?.untilMs, 900_000);
	t.is(second.get('w')?.untilMs, 10_000);
});

test('after an hour of good conduct it starts anew', t => {
	const once = noteOffence(noteOffence(new Map(), 'p', late, 0), 'p', late, 10_000);
	t.is(once.get('p')?.times, 2);
	t.is(noteOffence(once, 'p', late, 30_000 + 3_600_000 - 1).get('p')?.times, 3);
	t.is(noteOffence(once, 'p', late, 30_000 + 3_600_000).get('p')?.times, 1);
});

test('no more than a thousand are remembered: those whose time is up first make room', t => {
	fc.assert(
		fc.property(fc.array(fc.nat({max: 3_000}), {minLength: 1_100, maxLength: 1_500}), keys => {
			let offences: Offences = new Map();
			for (const [index, key] of keys.entries())
				offences = noteOffence(offences, String(key), key % 2 === 0 ? late : wrong, index);
			t.true(offences.size <= 1_000);
			const last = String(keys.at(-1));
			// The newest late one may be the one whose time is up first.
			t.true(offences.has(last) || Number(last) % 2 === 0);
		}),
		{numRuns: 10},
	);
});
