import test from 'ava';
import fc from 'fast-check';
import type {Hash32} from '#kernel/hash';
import {createAead} from '#node/adapters/aead';
import {DEVNET_CODE} from '#pieces/erasure/code-profile';
import {
	openUploadRecord,
	sealUploadRecord,
	type UploadedSegmentRecord,
	type UploadPlan,
	uploadSoFar,
} from '#pieces/manifest/upload-record';
import {WRAPPED_KEY_BYTES} from '#pieces/manifest/wrapped-key';
import {named} from '../storage-proofs/worlds.ts';

const aead = createAead();
const keys = {customerKey: named('customer key'), nonce: new Uint8Array(12)};
const hash = (name: string): Hash32 => named(name) as Hash32;

const plan: UploadPlan = {
	kind: 'plan',
	name: 'a',
	size: 10_000_000,
	segmentBytes: 8_000_000,
	code: DEVNET_CODE,
	wrappedFileKey: new Uint8Array(WRAPPED_KEY_BYTES),
	repairerVk: named('repairer'),
	epochs: 10,
	holders: [0, 1, 2, 3, 4, 5, 6].map(each => ({
		providerId: hash(`provider ${each}`),
		agreementId: hash(`agreement ${each}`),
	})),
};
const segmentOf = (index: number, plaintextLength: number): UploadedSegmentRecord => ({
	kind: 'segment',
	index,
	segment: {
		plaintextLength,
		wrappedKey: new Uint8Array(WRAPPED_KEY_BYTES),
		pieces: [0, 1, 2, 3, 4, 5].map(piece => ({
			index: piece,
			pieceId: hash(`piece ${index} ${piece}`) as never,
			holder: piece,
		})),
	},
});

test('records come back from under the customer key, and from under no other', t => {
	for (const record of [plan, segmentOf(1, 2_000_000)]) {
		const sealed = sealUploadRecord(aead, keys, record);
		t.deepEqual(openUploadRecord(aead, keys.customerKey, sealed), {ok: true, value: record});
		t.deepEqual(openUploadRecord(aead, named('another'), sealed), {
			ok: false,
			error: {code: 'UPLOAD_RECORD_SEAL_BROKEN'},
		});
	}
});

test('a plan with a code that is none is refused', t => {
	const bad = {...plan, code: {...DEVNET_CODE, k: 0}};
	t.deepEqual(openUploadRecord(aead, keys.customerKey, sealUploadRecord(aead, keys, bad)), {
		ok: false,
		error: {code: 'UPLOAD_RECORD_INCONSISTENT'},
	});
});

test('bytes that are no record are refused, whatever they are', t => {
	const sealed = sealUploadRecord(aead, keys, plan);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.nat(sealed.length - 1), (bytes, at) => {
			const changed = sealed.slice();
			changed[at] = (changed[at] ?? 0) ^ 1;
			return [bytes, changed, sealed.subarray(0, at)].every(
				each => !openUploadRecord(aead, keys.customerKey, each).ok,
			);
		}),
	);
	t.pass();
});

test('the newest record of a segment counts; records that contradict the plan make all of no use', t => {
	const soFar = uploadSoFar([plan, segmentOf(0, 1), segmentOf(1, 2), segmentOf(0, 3)]);
	t.deepEqual(
		[...(soFar?.segments ?? [])].map(([index, {plaintextLength}]) => [index, plaintextLength]),
		[
			[0, 3],
			[1, 2],
		],
	);
	t.is(uploadSoFar([]), undefined);
	t.is(uploadSoFar([segmentOf(0, 1)]), undefined);
	t.is(uploadSoFar([plan, plan]), undefined);
	const {segment} = segmentOf(0, 1);
	const few = {...segment, pieces: segment.pieces.slice(0, 3)};
	t.is(uploadSoFar([plan, {kind: 'segment', index: 0, segment: few}]), undefined);
});
