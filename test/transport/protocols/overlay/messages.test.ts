import test from 'ava';
import fc from 'fast-check';
import {
	decodeAnswer,
	decodeRequest,
	ENTRIES_MAX,
	encodeAnswer,
	encodeRequest,
	MESSAGE_BYTES_MAX,
	type OverlayAnswer,
	type OverlayRequest,
} from '#transport/protocols/overlay/messages';
import {PROFILE_BYTES_MAX} from '#transport/protocols/overlay/profile';
import {PAYLOAD_BYTES_MAX, TOPIC_NAMES, topicOf, topics} from '#transport/protocols/overlay/topics';

const entry = {profile: new Uint8Array(PROFILE_BYTES_MAX).fill(7), age: 3};
const requests: readonly OverlayRequest[] = [
	{kind: 'exchange', layer: 2, entries: Array.from({length: ENTRIES_MAX}, () => entry)},
	{kind: 'push', topic: 3, hops: 255, payload: new Uint8Array(PAYLOAD_BYTES_MAX).fill(1)},
];
const answers: readonly OverlayAnswer[] = [
	{kind: 'entries', entries: [entry]},
	{kind: 'received', reception: 2},
];

test('requests and answers of the greatest length survive the wire', t => {
	for (const request of requests)
		t.deepEqual(decodeRequest(encodeRequest(request)), {ok: true, value: request});
	for (const answer of answers) t.deepEqual(decodeAnswer(encodeAnswer(answer)), {ok: true, value: answer});
});

test('a message that is longer than any can be is not looked at', t => {
	const length = MESSAGE_BYTES_MAX + 1;
	const error = {code: 'OVERLAY_MESSAGE_TOO_LONG', length, lengthMax: MESSAGE_BYTES_MAX};
	t.deepEqual(decodeRequest(new Uint8Array(length)), {ok: false, error} as never);
	t.deepEqual(decodeAnswer(new Uint8Array(length)), {ok: false, error} as never);
});

test('whatever bytes come, a message is read or refused', t => {
	const valid = [...requests.map(encodeRequest), ...answers.map(encodeAnswer)].map(bytes =>
		bytes.slice(0, 64),
	);
	const altered = fc
		.tuple(fc.constantFrom(...valid), fc.nat(63), fc.nat(255))
		.map(([bytes, at, value]) => bytes.map((byte, index) => (index === at ? value : byte)));
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 100}), altered), bytes => {
			decodeRequest(bytes);
			decodeAnswer(bytes);
		}),
	);
	t.pass();
});

test('topics have numbers of their own', t => {
	t.is(new Set(TOPIC_NAMES.map(name => topics[name].number)).size, TOPIC_NAMES.length);
	for (const name of TOPIC_NAMES) t.is(topicOf(topics[name].number), name);
	t.is(topicOf(0), undefined);
});
