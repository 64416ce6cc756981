import test from 'ava';
import {followEvents} from '#cli/demo/event-log';
import type {ControlClient, EventLine} from '#node/ports/control-api';

const line = (blockNo: number, kind: string, fields: object = {}): EventLine => ({
	slot: blockNo * 2,
	blockNo,
	blockHash: `hash ${blockNo}`,
	event: {kind, ...fields},
});

/** A node that tells what it is told to tell. */
const speaker = () => {
	const queue: EventLine[] = [];
	let wake = (): void => undefined;
	const node = {
		async *events({signal}: {signal: AbortSignal}) {
			while (!signal.aborted) {
				const next = queue.shift();
				if (next !== undefined) yield next;
				else
					await new Promise<void>(resolve => {
						wake = resolve;
					});
			}
		},
	} as unknown as ControlClient;
	return {
		node,
		say: (...lines: EventLine[]) => {
			queue.push(...lines);
			wake();
		},
	};
};

test('waits for what is still to come and finds what has been', async t => {
	const {node, say} = speaker();
	const log = followEvents(node, {from: 0, signal: new AbortController().signal});
	const waiting = log.waitFor('a miss', ({event}) => event.kind === 'miss', 10_000);
	say(line(1, 'paid'), line(2, 'miss'));
	t.is((await waiting).blockNo, 2);
	t.is((await log.waitFor('a payment', ({event}) => event.kind === 'paid', 10_000)).blockNo, 1);
});

test('collects one line for each key', async t => {
	const {node, say} = speaker();
	const log = followEvents(node, {from: 0, signal: new AbortController().signal});
	const all = log.waitForAll('payments', ({event}) => event['provider'] as string | undefined, 2, 10_000);
	say(line(1, 'paid', {provider: 'a'}), line(2, 'paid', {provider: 'a'}), line(3, 'paid', {provider: 'b'}));
	t.deepEqual(
		[...(await all).entries()].map(([key, {blockNo}]) => [key, blockNo]),
		[
			['a', 1],
			['b', 3],
		],
	);
});

test('what was rolled back has not happened', async t => {
	const {node, say} = speaker();
	const log = followEvents(node, {from: 0, signal: new AbortController().signal});
	say(line(1, 'paid'), line(2, 'miss'), line(1, 'rolledBack'), line(2, 'other'));
	await log.waitFor('the new block', ({event}) => event.kind === 'other', 10_000);
	t.deepEqual(
		log.lines().map(({event}) => event.kind),
		['paid', 'other'],
	);
});

test('says what it did not see in time, and stops when it is told to', async t => {
	const {node} = speaker();
	const stop = new AbortController();
	const log = followEvents(node, {from: 0, signal: stop.signal});
	await t.throwsAsync(
		log.waitFor('snow', () => false, 1),
		{code: 'EVENT_MISSING', message: /snow/},
	);
	const waiting = log.waitFor('rain', () => false, 60_000);
	stop.abort(new Error('told to stop'));
	await t.throwsAsync(waiting, {message: 'told to stop'});
});
