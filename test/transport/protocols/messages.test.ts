import test from 'ava';
import fc from 'fast-check';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {HEAD_BYTES_MAX} from '#transport/protocols/frames';
import {
	decodeReply,
	decodeRequest,
	encodeReply,
	encodeRequest,
	type PeerReply,
	type PeerRequest,
	PIECES_PER_MESSAGE_MAX,
} from '#transport/protocols/messages';

const lovelace = fc.bigInt(0n, 2n ** 64n - 1n).map(Lovelace);
const hash = fc.uint8Array({minLength: 32, maxLength: 32}).map(Hash32);
const hashes = fc.array(hash, {maxLength: 5});
const transaction = fc.uint8Array({minLength: 1, maxLength: 300});

const request: fc.Arbitrary<PeerRequest> = fc.oneof(
	fc.record({kind: fc.constant('agree' as const), transaction}),
	fc.record({kind: fc.constant('put' as const), agreementId: hash, pieceId: hash}),
	fc.record({
		kind: fc.constant('get' as const),
		agreementId: hash,
		pieceId: hash,
		offset: fc.nat(1_000_000),
		length: fc.nat(1_000_000),
	}),
	fc.record({
		kind: fc.constant('revise' as const),
		revision: transaction,
		clientVk: fc.uint8Array({minLength: 32, maxLength: 32}),
		clientSignature: fc.uint8Array({minLength: 64, maxLength: 64}),
		added: hashes,
		removed: hashes,
	}),
	fc.record({kind: fc.constant('revision' as const), agreementId: hash}),
	fc.record({kind: fc.constant('inclusion' as const), agreementId: hash, epoch: fc.nat()}),
	fc.record({kind: fc.constant('have' as const), agreementId: hash, pieceIds: hashes}),
	fc.record({
		kind: fc.constant('channel' as const),
		channelId: hash,
		signature: fc.uint8Array({minLength: 64, maxLength: 64}),
	}),
	fc.record({
		kind: fc.constant('pay' as const),
		voucher: fc.uint8Array({minLength: 108, maxLength: 108}),
	}),
);

const reply: fc.Arbitrary<PeerReply> = fc.oneof(
	fc.record({
		kind: fc.constant('refused' as const),
		reason: fc.constantFrom('PIECE_WRONG', 'X'),
		detail: fc.string({maxLength: 60}),
	}),
	fc.record({
		kind: fc.constant('witness' as const),
		verificationKey: fc.uint8Array({minLength: 32, maxLength: 32}),
		signature: fc.uint8Array({minLength: 64, maxLength: 64}),
	}),
	fc.constant({kind: 'stored' as const}),
	fc.record({
		kind: fc.constant('revised' as const),
		signature: fc.uint8Array({minLength: 64, maxLength: 64}),
	}),
	fc.record({kind: fc.constant('revision' as const), signed: fc.uint8Array({maxLength: 384})}),
	fc.record({kind: fc.constant('inclusion' as const), inclusion: transaction}),
	fc.record({kind: fc.constant('piece' as const), pieceLength: fc.nat(1_000_000)}),
	fc.record({
		kind: fc.constant('till' as const),
		price: lovelace,
		paid: lovelace,
		owed: lovelace,
		allowance: fc.nat(),
		newest: fc.constantFrom(new Uint8Array(0), new Uint8Array(108)),
	}),
	fc.record({kind: fc.constant('paid' as const), paid: lovelace, allowance: fc.nat()}),
	fc.record({kind: fc.constant('held' as const), lengths: fc.array(fc.nat(1_000_000), {maxLength: 9})}),
);

test('requests and replies survive the wire', t => {
	fc.assert(
		fc.property(request, message => {
			t.deepEqual(decodeRequest(encodeRequest(message)), {ok: true, value: message});
		}),
	);
	fc.assert(
		fc.property(reply, message => {
			t.deepEqual(decodeReply(encodeReply(message)), {ok: true, value: message});
		}),
	);
});

test('random and altered bytes never throw', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), bytes => {
			t.notThrows(() => [decodeRequest(bytes), decodeReply(bytes)]);
		}),
	);
	fc.assert(
		fc.property(request, fc.nat(), fc.nat(255), (message, place, value) => {
			const bytes = encodeRequest(message);
			bytes[place % bytes.length] = value;
			const decoded = decodeRequest(bytes);
			// Canonical: what is accepted is exactly what would be written.
			if (decoded.ok) t.deepEqual(encodeRequest(decoded.value), bytes);
			else t.regex(decoded.error.code, /^CBOR_/);
		}),
	);
});

test('the longest revision fits a head', t => {
	const pieceIds = Array.from({length: PIECES_PER_MESSAGE_MAX}, () => Hash32(new Uint8Array(32).fill(255)));
	const revision: PeerRequest = {
		kind: 'revise',
		revision: new Uint8Array(384),
		clientVk: new Uint8Array(32),
		clientSignature: new Uint8Array(64),
		added: pieceIds,
		removed: pieceIds,
	};
	t.true(encodeRequest(revision).length <= HEAD_BYTES_MAX);
});
