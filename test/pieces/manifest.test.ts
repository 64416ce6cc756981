import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {
	type CodeProfile,
	DEVNET_CODE,
	SEGMENT_BYTES_DEVNET,
	SEGMENT_BYTES_PUBLIC,
	WIDE_CODE,
} from '#pieces/erasure/code-profile';
import {
	decodeManifest,
	encodeManifest,
	MANIFEST_BYTES_MAX,
	type Manifest,
	manifestCodec,
} from '#pieces/manifest/manifest';
import {
	decodeRepairTicket,
	encodeRepairTicket,
	openRepairTicket,
	repairTicketOf,
	sealRepairTicket,
} from '#pieces/manifest/repair-ticket';
import {openManifest, sealManifest} from '#pieces/manifest/sealed-manifest';
import {unwrapKey, wrapKey} from '#pieces/manifest/wrapped-key';
import {maskKeyOf} from '#pieces/segment/piece-mask';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {bytesOf, must, named} from '../storage-proofs/worlds.ts';
import {ports} from './ports.ts';

const customerKey = named('customer');
const fileKey = named('file');
const nonce = bytesOf('nonce', 12);
const wrap = (purpose: 'segment' | 'file', key: Uint8Array, under: Uint8Array): Uint8Array =>
	wrapKey(ports.aead, {purpose, key, under, nonce});

const manifest: Manifest = {
	version: 1,
	name: 'holiday/прага.jpg',
	size: 1500,
	sha256: named('content'),
	wrappedFileKey: wrap('file', fileKey, customerKey),
	code: DEVNET_CODE,
	holders: Array.from({length: 6}, (_, index) => ({
		providerId: named(`provider ${index}`),
		agreementId: named(`agreement ${index}`),
	})),
	segments: [1000, 500].map((plaintextLength, segment) => ({
		plaintextLength,
		wrappedKey: wrap('segment', named(`segment ${segment}`), fileKey),
		pieces: Array.from({length: 6}, (_, index) => ({
			index,
			pieceId: named(`piece ${segment}.${index}`),
			holder: (index + segment) % 6,
		})),
	})),
};
const [first, second] = manifest.segments as [Manifest['segments'][0], Manifest['segments'][0]];

test('a manifest comes back from its bytes, and from under the customer’s key', t => {
	t.deepEqual(must(decodeManifest(encodeManifest(manifest))), manifest);
	const sealed = sealManifest(ports.aead, {customerKey, nonce}, manifest);
	t.deepEqual(must(openManifest(ports.aead, customerKey, sealed)), manifest);
	const unwrapped = unwrapKey(ports.aead, {
		purpose: 'file',
		wrapped: manifest.wrappedFileKey,
		under: customerKey,
	});
	t.deepEqual(unwrapped, new Uint8Array(fileKey));
});

/** A file of so many bytes, each segment on as many providers as the code says. */
const manifestOf = (size: number, code: CodeProfile, segmentBytes: number): Manifest => ({
	...manifest,
	size,
	code,
	holders: Array.from({length: code.total}, (_, index) => ({
		providerId: named(`provider ${index}`),
		agreementId: named(`agreement ${index}`),
	})),
	segments: Array.from({length: Math.ceil(size / segmentBytes)}, (_, segment) => ({
		plaintextLength: Math.min(segmentBytes, size - segment * segmentBytes),
		wrappedKey: first.wrappedKey,
		pieces: Array.from({length: code.optimal}, (_, index) => ({
			index,
			pieceId: named(`piece of ${segment % 7}`),
			holder: index,
		})),
	})),
});

test('the manifest of 100 GiB and a byte keeps within its bounds and comes back, with either code', t => {
	const size = 100 * 2 ** 30 + 1;
	for (const [code, segmentBytes] of [
		[WIDE_CODE, SEGMENT_BYTES_PUBLIC],
		[DEVNET_CODE, SEGMENT_BYTES_DEVNET],
	] as const) {
		const bytes = encodeManifest(manifestOf(size, code, segmentBytes));
		t.true(bytes.length <= MANIFEST_BYTES_MAX);
		const {size: found, segments} = must(decodeManifest(bytes));
		t.is(found, size);
		t.is(segments.at(-1)?.plaintextLength, 1);
	}
});

test('a sealed manifest does not open when altered, cut or under another key', t => {
	const sealed = sealManifest(ports.aead, {customerKey, nonce}, manifest);
	const broken = {ok: false, error: {code: 'MANIFEST_SEAL_BROKEN'}};
	fc.assert(
		fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
			const altered = sealed.slice();
			altered[at] = (altered[at] as number) ^ (1 << bit);
			t.deepEqual(openManifest(ports.aead, customerKey, altered), broken);
			t.deepEqual(openManifest(ports.aead, customerKey, sealed.subarray(0, at)), broken);
		}),
		{numRuns: 60},
	);
	t.deepEqual(openManifest(ports.aead, named('other'), sealed), broken);
	const long = new Uint8Array(MANIFEST_BYTES_MAX + 29);
	t.deepEqual(openManifest(ports.aead, customerKey, long), {
		ok: false,
		error: {code: 'MANIFEST_TOO_LONG', length: long.length},
	});
});

test('a manifest that contradicts itself is refused', t => {
	const refused = (changed: Partial<Manifest>): unknown =>
		decodeManifest(encode(manifestCodec, {...manifest, ...changed}));
	const inconsistent = (problem: string, segment?: number): unknown => ({
		ok: false,
		error: {code: 'MANIFEST_INCONSISTENT', problem, ...(segment !== undefined && {segment})},
	});
	t.deepEqual(refused({size: 1501}), inconsistent('size'));
	t.deepEqual(refused({code: {...DEVNET_CODE, k: 7}}), inconsistent('code'));
	t.deepEqual(refused({holders: manifest.holders.slice(1)}), inconsistent('holder', 0));
	const short = {...second, pieces: second.pieces.slice(3)};
	t.deepEqual(refused({segments: [first, short]}), inconsistent('too-few-pieces', 1));
	const doubled = {...second, pieces: [...second.pieces, ...second.pieces.slice(5)]};
	t.deepEqual(refused({segments: [first, doubled]}), inconsistent('piece-index', 1));
	t.deepEqual(refused({code: {...DEVNET_CODE, optimal: 5, total: 5}}), inconsistent('piece-index', 0));
});

test('another version of the manifest is not guessed at', t => {
	const bytes = encodeManifest(manifest);
	bytes[1] = 2;
	t.deepEqual(decodeManifest(bytes), {ok: false, error: {code: 'CBOR_UNKNOWN_VARIANT', at: 1}});
	const long = new Uint8Array(MANIFEST_BYTES_MAX + 1);
	t.deepEqual(decodeManifest(long), {ok: false, error: {code: 'MANIFEST_TOO_LONG', length: long.length}});
});

test('a wrapped key opens for its own purpose only', t => {
	const wrapped = wrap('segment', named('key'), fileKey);
	t.is(wrapped.length, 60);
	t.deepEqual(
		unwrapKey(ports.aead, {purpose: 'segment', wrapped, under: fileKey}),
		new Uint8Array(named('key')),
	);
	t.is(unwrapKey(ports.aead, {purpose: 'file', wrapped, under: fileKey}), undefined);
	t.is(unwrapKey(ports.aead, {purpose: 'segment', wrapped, under: customerKey}), undefined);
	t.is(unwrapKey(ports.aead, {purpose: 'segment', wrapped: wrapped.subarray(1), under: fileKey}), undefined);
});

test('a repair ticket holds mask keys and places, and no key of content', t => {
	const ticket = repairTicketOf(ports.aead, manifest, fileKey);
	if (ticket === undefined) return t.fail();
	t.deepEqual(
		ticket.segments.map(({maskKey, pieceLength}) => ({maskKey, pieceLength})),
		manifest.segments.map(({plaintextLength}, segment) => ({
			maskKey: maskKeyOf(named(`segment ${segment}`)),
			pieceLength: pieceLengthOf(4, plaintextLength),
		})),
	);
	const bytes = encodeRepairTicket(ticket);
	for (const secret of [named('segment 0'), named('segment 1'), fileKey, customerKey])
		t.false(toHex(bytes).includes(toHex(secret)));
	t.deepEqual(must(decodeRepairTicket(bytes)), ticket);
	const repairKey = named('repairer');
	const sealed = sealRepairTicket(ports.aead, {repairKey, nonce}, ticket);
	t.deepEqual(must(openRepairTicket(ports.aead, repairKey, sealed)), ticket);
	t.deepEqual(openRepairTicket(ports.aead, customerKey, sealed), {
		ok: false,
		error: {code: 'REPAIR_TICKET_SEAL_BROKEN'},
	});
	return t.is(repairTicketOf(ports.aead, manifest, customerKey), undefined);
});

test('a repair ticket that contradicts itself or is too long is refused', t => {
	const ticket = repairTicketOf(ports.aead, manifest, fileKey);
	if (ticket === undefined) return t.fail();
	t.deepEqual(decodeRepairTicket(encodeRepairTicket({...ticket, holders: []})), {
		ok: false,
		error: {code: 'REPAIR_TICKET_INCONSISTENT', problem: 'holder', segment: 0},
	});
	t.deepEqual(decodeRepairTicket(encodeRepairTicket({...ticket, code: {...ticket.code, repairAt: 1}})), {
		ok: false,
		error: {code: 'REPAIR_TICKET_INCONSISTENT', problem: 'code'},
	});
	const long = new Uint8Array(MANIFEST_BYTES_MAX + 29);
	const tooLong = {ok: false, error: {code: 'REPAIR_TICKET_TOO_LONG', length: long.length}};
	t.deepEqual(decodeRepairTicket(long), tooLong);
	return t.deepEqual(openRepairTicket(ports.aead, fileKey, long), tooLong);
});

test('no bytes crash the decoders', t => {
	const ticket = repairTicketOf(ports.aead, manifest, fileKey);
	const valid = [
		encodeManifest(manifest),
		encodeRepairTicket(ticket ?? {code: DEVNET_CODE, holders: [], segments: [], revisions: []}),
	];
	const decoders = [decodeManifest, decodeRepairTicket];
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 400}), fc.nat(), fc.nat(255), (random, at, byte) => {
			for (const [which, decodeOne] of decoders.entries()) {
				const bytes = (valid[which] as Uint8Array).slice();
				bytes[at % bytes.length] = byte;
				for (const tried of [random, bytes]) {
					const result = decodeOne(tried);
					t.true(result.ok || /^[A-Z_]+$/.test(result.error.code));
				}
				t.false(decodeOne(bytes.subarray(0, at % bytes.length)).ok);
			}
		}),
		{numRuns: 300},
	);
});
