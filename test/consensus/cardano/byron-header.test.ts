/** Headers of Byron as ouroboros-consensus's golden files have them: a boundary block, and a main block with the signatures of a test network. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {
	type ByronHeader,
	byronSlotOf,
	decodeByronHeader,
	judgeByronHeader,
} from '#consensus/cardano/byron-header';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {crypto} from '../../support/crypto.ts';

const NETWORK = {networkMagic: 55_550_001, k: 10};

/** `[0, header]`, as chain-sync has it. */
const golden = (name: string): Uint8Array =>
	new Uint8Array(readFileSync(`test/vectors/relay/n2n-golden/Header_Byron_${name}`)).slice(2);

const decoded = (sent: Uint8Array): ByronHeader => {
	const header = decodeByronHeader(crypto, sent);
	if (!header.ok) throw new TypeError(header.error.code);
	return header.value;
};

const boundary = decoded(golden('EBB'));
const main = decoded(golden('regular'));
const codeOf = (parent: ByronHeader | undefined, header: ByronHeader): string => {
	const judged = judgeByronHeader(crypto, NETWORK, parent, header);
	return judged.ok ? 'ok' : judged.error.code;
};

test('a boundary block and a main block are read, and a hash covers the kind', t => {
	t.like(boundary, {
		kind: 'boundary',
		networkMagic: 55_550_001,
		epoch: 0,
		slotInEpoch: undefined,
		difficulty: 0,
	});
	t.is(boundary.signed, undefined);
	t.like(main, {kind: 'main', networkMagic: 55_550_001, epoch: 0, slotInEpoch: 1, difficulty: 1});
	const bytes = golden('EBB').slice(9);
	t.is(toHex(boundary.hash), toHex(crypto.blake2b256(Uint8Array.of(0x82, 0, ...bytes))));
	t.not(toHex(boundary.hash), toHex(crypto.blake2b256(Uint8Array.of(0x82, 1, ...bytes))));
});

test('the signatures of issuer and delegate are verified', t => {
	t.is(codeOf(undefined, main), 'ok');
	t.is(codeOf(undefined, boundary), 'ok');
	const {signed} = main;
	if (signed === undefined) return t.fail();
	const flipped = (bytes: Uint8Array): Uint8Array =>
		bytes.map((byte, at) => (at === Math.min(5, bytes.length - 1) ? byte ^ 1 : byte));
	for (const [change, code] of [
		[{certificate: flipped(signed.certificate)}, 'BYRON_CERTIFICATE_INVALID'],
		[{issuerVk: flipped(signed.issuerVk)}, 'BYRON_CERTIFICATE_INVALID'],
		[{epoch: 1}, 'BYRON_CERTIFICATE_INVALID'],
		[{signature: flipped(signed.signature)}, 'BYRON_SIGNATURE_INVALID'],
		...signed.fields.map(
			(field, index) =>
				[{fields: signed.fields.with(index, flipped(field))}, 'BYRON_SIGNATURE_INVALID'] as const,
		),
	] as const)
		t.is(codeOf(undefined, {...main, signed: {...signed, ...change}}), code);
});

test('a header continues its parent: network, hash, number of blocks and slot', t => {
	const {signed: _, ...rest} = main;
	const child = {...rest, signed: undefined, prevHash: boundary.hash};
	t.is(codeOf(boundary, child), 'ok');
	t.is(byronSlotOf(child, 10), 1);
	t.is(byronSlotOf({...child, epoch: 3}, 10), 301);
	t.deepEqual(judgeByronHeader(crypto, NETWORK, boundary, {...child, networkMagic: 1}), {
		ok: false,
		error: {code: 'BYRON_MAGIC_OTHER', found: 1, expected: 55_550_001},
	});
	t.is(codeOf(boundary, {...child, prevHash: Hash32(new Uint8Array(32))}), 'BYRON_PARENT_OTHER');
	t.deepEqual(judgeByronHeader(crypto, NETWORK, boundary, {...child, difficulty: 2}), {
		ok: false,
		error: {code: 'BYRON_DIFFICULTY_WRONG', found: 2, expected: 1},
	});
	const next = {...child, prevHash: child.hash, difficulty: 2};
	t.deepEqual(judgeByronHeader(crypto, NETWORK, child, next), {
		ok: false,
		error: {code: 'BYRON_SLOT_NOT_AFTER_PARENT', slot: 1, parentSlot: 1},
	});
	t.is(codeOf(child, {...next, slotInEpoch: 2}), 'ok');
	// The boundary of the next epoch adds no block; the first main block may have its slot.
	const border = {...boundary, prevHash: child.hash, epoch: 1, difficulty: 1};
	t.is(codeOf(child, border), 'ok');
	t.is(codeOf(border, {...next, prevHash: border.hash, epoch: 1, slotInEpoch: 0}), 'ok');
});

test('bytes that are no header of Byron are coded failures, never exceptions', t => {
	for (const sent of [golden('EBB'), golden('regular')])
		fc.assert(
			fc.property(fc.nat(), fc.nat({max: 255}), fc.nat(), (at, byte, cut) => {
				const damaged = sent.slice(0, 1 + (cut % sent.length));
				damaged[at % damaged.length] = byte;
				const header = decodeByronHeader(crypto, damaged);
				t.true(header.ok || header.error.code.startsWith('CBOR_'));
			}),
			{numRuns: 500},
		);
});
