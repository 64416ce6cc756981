/** The pure rules behind the states: pipelines, windows, agreements. */
import test from 'ava';
import fc from 'fast-check';
import {replyTo} from '#relay/protocols/announcements/server';
import {answered, asked, dispatch, type Fetches, noFetches} from '#relay/protocols/block-fetch/client';
import {isServableRange} from '#relay/protocols/block-fetch/server';
import {emptyPipeline, replied, requested, requestsToSend} from '#relay/protocols/chain-sync/client';
import {agreementOf} from '#relay/protocols/handshake/agreement';
import {judgeReply, proposal} from '#relay/protocols/handshake/client';
import {answerProposal} from '#relay/protocols/handshake/server';
import {nextCookie} from '#relay/protocols/keep-alive/client';
import {acknowledge, emptyOutlet, offer} from '#relay/protocols/tx-submission/client';
import {emptyInlet, judgeOffered, requestIds, settleAll} from '#relay/protocols/tx-submission/server';

test('requests in flight never exceed 300 and never run dry, whatever the replies', t => {
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom('rollForward' as const, 'rollBackward' as const, 'awaitReply' as const), {
				maxLength: 900,
			}),
			replies => {
				let pipeline = emptyPipeline;
				let awaiting = false;
				for (const reply of replies) {
					pipeline = requested(pipeline, requestsToSend(pipeline));
					t.true(pipeline.inFlight >= 1 && pipeline.inFlight <= 300);
					if (awaiting && reply === 'awaitReply') continue;
					pipeline = replied(pipeline, reply);
					awaiting = reply === 'awaitReply';
					t.is(pipeline.atTip, awaiting);
				}
			},
		),
		{numRuns: 100},
	);
});

test('a pipeline that is full is filled up again only below the low mark', t => {
	let pipeline = emptyPipeline;
	for (let index = 0; index < 20; index++)
		pipeline = replied(requested(pipeline, requestsToSend(pipeline)), 'rollForward');
	pipeline = requested(pipeline, requestsToSend(pipeline));
	while (pipeline.inFlight > 201) pipeline = replied(pipeline, 'rollForward');
	t.is(requestsToSend(pipeline), 0);
	pipeline = replied(pipeline, 'rollForward');
	t.is(requestsToSend(pipeline), 100);
	t.is(requestsToSend(replied(pipeline, 'awaitReply')), 0);
});

test('ranges are dispatched in order, at most a hundred at a time', t => {
	let fetches: Fetches<number> = noFetches;
	for (let index = 0; index < 150; index++) fetches = asked(fetches, index);
	const first = dispatch(fetches);
	t.deepEqual(first.send, [...Array(100).keys()]);
	t.deepEqual(dispatch(first.fetches).send, []);
	t.deepEqual(dispatch(answered(first.fetches)).send, [100]);
});

test('a range that runs backwards or from origin names no blocks', t => {
	const at = (slot: number) => ({slot, hash: new Uint8Array(32)}) as never;
	t.true(isServableRange({from: at(3), to: at(3)}));
	t.false(isServableRange({from: at(4), to: at(3)}));
	t.false(isServableRange({from: 'origin', to: at(3)}));
	t.false(isServableRange({from: at(3), to: 'origin'}));
});

test('two honest ends keep the window of ten and always make progress', t => {
	fc.assert(
		fc.property(fc.array(fc.nat({max: 10}), {minLength: 1, maxLength: 60}), counts => {
			let inlet = emptyInlet;
			let outlet = emptyOutlet;
			let next = 0;
			for (const count of counts) {
				const request = requestIds(inlet);
				const judged = acknowledge(outlet, request.message as never);
				t.true(judged.ok);
				if (!judged.ok) return;
				const blocking = request.message.kind === 'requestTxIdsBlocking';
				const amount = Math.max(Math.min(count, request.requested), blocking ? 1 : 0);
				const offered = Array.from({length: amount}, () => {
					const bytes = new Uint8Array(32);
					new DataView(bytes.buffer).setUint32(0, next++);
					return {id: {era: 6, bytes}, sizeBytes: 100};
				});
				outlet = offer(judged.value, offered);
				t.true(outlet.unacknowledged.length <= 10);
				const accepted = judgeOffered(request.inlet, {blocking, requested: request.requested}, offered);
				t.true(accepted.ok);
				if (!accepted.ok) return;
				inlet = settleAll(accepted.value);
			}
		}),
		{numRuns: 200},
	);
});

test('every honest pair of ends agrees the same from both sides', t => {
	const end = fc.record({
		networkMagic: fc.constant(42),
		initiatorOnly: fc.boolean(),
		peerSharing: fc.boolean(),
		query: fc.constant(false),
	});
	fc.assert(
		fc.property(end, end, (client, server) => {
			const proposed = proposal(client);
			if (proposed.kind !== 'proposeVersions') return t.fail();
			const {reply, outcome} = answerProposal(server, proposed.versions);
			const agreement = agreementOf(15, client, server);
			t.deepEqual(outcome, {ok: true, value: agreement});
			t.deepEqual(judgeReply(client, reply), {ok: true, value: {kind: 'agreed', agreement}});
		}),
		{numRuns: 50},
	);
});

test('the highest common version wins, whatever else is offered', t => {
	const ours = {networkMagic: 42, initiatorOnly: false, peerSharing: true, query: false};
	const proposed = proposal(ours);
	if (proposed.kind !== 'proposeVersions') return t.fail();
	const junk = {version: 99, data: Uint8Array.of(0)};
	const {outcome} = answerProposal(ours, [...proposed.versions, junk]);
	t.like(outcome, {ok: true, value: {version: 15}});
});

test('cookies go round after 65,535', t => {
	t.is(nextCookie(0), 1);
	t.is(nextCookie(0xff_ff), 0);
});

test('a reply without news leaves the cursor where it was', t => {
	t.deepEqual(replyTo(7n, undefined), {kind: 'reply', cursor: 7n, items: []});
	t.deepEqual(replyTo(7n, {cursor: 9n, items: []}), {kind: 'reply', cursor: 7n, items: []});
	t.deepEqual(replyTo(7n, {cursor: 8n, items: [Uint8Array.of(1)]}), {
		kind: 'reply',
		cursor: 8n,
		items: [Uint8Array.of(1)],
	});
});
