import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {decodeCardanoHeader} from '#consensus/header/cardano-header';
import {decodeHeader} from '#consensus/header/header';
import {checkTPraosLeader} from '#consensus/header/rules/check-tpraos-leader';
import {checkTPraosVrfProofs} from '#consensus/header/rules/check-tpraos-vrf-proofs';
import {decodeTPraosHeader, type TPraosHeader} from '#consensus/header/tpraos-header';
import {validateCertificate} from '#consensus/header/validate-certificate';
import {validateEnvelope} from '#consensus/header/validate-envelope';
import {validateTPraosLeadership} from '#consensus/header/validate-tpraos-leadership';
import {tpraosVrfInput} from '#consensus/leader/tpraos-vrf-values';
import {vrfInput} from '#consensus/leader/vrf-values';
import {assert, defined} from '#kernel/assert';
import {concat, fromHex, toHex, u64be} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from '../../support/crypto.ts';
import {flipped} from '../../support/praos.ts';

const vectors = new URL('../../../../test/vectors/', import.meta.url);
type Case = {readonly name: string; readonly tpraosHeader: string; readonly epochNonce: string};
const cases = JSON.parse(
	readFileSync(new URL('consensus/tpraos-headers.json', vectors), 'utf8'),
) as readonly Case[];

const bytesOf = ({tpraosHeader}: Case): Uint8Array => fromHex(tpraosHeader);
const decoded = (bytes: Uint8Array): TPraosHeader => {
	const header = decodeTPraosHeader(crypto, bytes);
	assert(header.ok, 'a real header decodes');
	return header.value;
};

/** Block 4556956 of mainnet and the stake of the pool that made it. */
const real = defined(cases[4], 'six cases');
const header = decoded(bytesOf(real));
const epochNonce = Hash32(fromHex(real.epochNonce));
const stake = Ratio(75_284_250_207_839n, 10_177_811_974_823_000n);
const params = {
	f: Ratio(1n, 20n),
	slotsPerKesPeriod: 129_600,
	maxKesEvolutions: 62,
	protocolVersionMax: 6,
	headerBytesMax: 1100,
	bodyBytesMax: 65_536,
};
const pool = {kind: 'pool', vrfKeyHash: crypto.blake2b256(header.vrfVk), stake} as const;

test('decodes real headers of Shelley and keeps their bytes', t => {
	for (const each of cases) {
		const {bytes, hash, bodyBytes} = decoded(bytesOf(each));
		t.is(toHex(bytes), each.tpraosHeader);
		t.deepEqual(hash, crypto.blake2b256(bytes));
		// Between the list's head and the KES signature with its own.
		t.is(toHex(bodyBytes), each.tpraosHeader.slice(2, -2 * (448 + 3)));
	}
	t.is(header.blockNo, BlockNo(4_556_956));
	t.is(header.slot, Slot(5_824_849));
	t.deepEqual(header.protocolVersion, {major: 1, minor: 0});
	t.is(header.nonceVrf.output.length, 64);
	t.is(header.leaderVrf.proof.length, 80);
});

test('tells a header’s era by its number of fields', t => {
	const shelley = decodeCardanoHeader(crypto, bytesOf(real));
	t.like(shelley, {ok: true, value: {kind: 'tpraos'}});
	const conway = readFileSync(new URL('consensus/preprod_70070379.cbor', vectors));
	t.like(decodeCardanoHeader(crypto, new Uint8Array(conway)), {ok: true, value: {kind: 'praos'}});
	t.deepEqual(decodeHeader(crypto, bytesOf(real), {canonical: false}), {
		ok: false,
		error: {code: 'HEADER_ERA_UNSUPPORTED', fields: 15},
	});
	t.like(decodeCardanoHeader(crypto, Uint8Array.of(0x82, 0x83)), {
		ok: false,
		error: {code: 'CBOR_TRUNCATED'},
	});
});

test('decodes the golden headers of every era that Cardano publishes', t => {
	for (const [era, kind] of Object.entries({
		Shelley: 'tpraos',
		Allegra: 'tpraos',
		Mary: 'tpraos',
		Alonzo: 'tpraos',
		Babbage: 'praos',
		Conway: 'praos',
	})) {
		const file = new Uint8Array(readFileSync(new URL(`relay/n2n-golden/Header_${era}`, vectors)));
		// [era, 24(bytes)]: two bytes, the tag's two, and the head of a byte string longer than 255.
		t.like(decodeCardanoHeader(crypto, file.subarray(7)), {ok: true, value: {kind}}, era);
	}
});

test('a real header continues its parent, is signed as it should be and was entitled to its slot', t => {
	const parent = {
		slot: Slot(header.slot - 1),
		hash: defined(header.prevHash, 'it has a parent'),
		blockNo: BlockNo(header.blockNo - 1),
	};
	t.true(validateEnvelope({params, parent}, header).ok);
	t.true(validateCertificate({crypto, params}, header).ok);
	t.true(validateTPraosLeadership({crypto, params, epochNonce, issuer: pool}, header).ok);
	const delegate = {kind: 'genesis delegate', vrfKeyHash: pool.vrfKeyHash} as const;
	t.true(validateTPraosLeadership({crypto, params, epochNonce, issuer: delegate}, header).ok);
});

test('refuses a header whose signature, certificate or period is wrong', t => {
	const refused = (change: Partial<TPraosHeader>): unknown => {
		const outcome = validateCertificate({crypto, params}, {...header, ...change});
		return outcome.ok ? undefined : outcome.error.code;
	};
	const {operationalCertificate, kesSignature, bodyBytes} = header;
	t.is(refused({kesSignature: flipped(kesSignature, 3)}), 'KES_SIGNATURE_INVALID');
	t.is(refused({bodyBytes: flipped(bodyBytes, 100)}), 'KES_SIGNATURE_INVALID');
	const counter = operationalCertificate.counter + 1n;
	t.is(refused({operationalCertificate: {...operationalCertificate, counter}}), 'OPCERT_SIGNATURE_INVALID');
	t.is(refused({slot: Slot(0)}), 'OPCERT_NOT_YET_VALID');
	t.is(refused({slot: Slot(header.slot + 62 * 129_600)}), 'OPCERT_EXPIRED');
});

test('refuses another pool’s VRF key', t => {
	const vrfKeyHash = Hash32(flipped(pool.vrfKeyHash, 0));
	t.deepEqual(validateTPraosLeadership({crypto, params, epochNonce, issuer: {...pool, vrfKeyHash}}, header), {
		ok: false,
		error: {code: 'VRF_KEY_WRONG', expected: vrfKeyHash, actual: pool.vrfKeyHash},
	});
});

for (const purpose of ['nonce', 'leader'] as const) {
	const field = `${purpose}Vrf` as const;
	const other = purpose === 'nonce' ? 'leaderVrf' : 'nonceVrf';

	test(`refuses a ${purpose} proof that does not hold, or that is of another output`, t => {
		const {output, proof} = header[field];
		t.deepEqual(
			checkTPraosVrfProofs(crypto, epochNonce, {...header, [field]: {output, proof: flipped(proof, 40)}}),
			{
				ok: false,
				error: {code: 'VRF_PROOF_INVALID', purpose},
			},
		);
		t.deepEqual(
			checkTPraosVrfProofs(crypto, epochNonce, {...header, [field]: {output: flipped(output, 0), proof}}),
			{
				ok: false,
				error: {code: 'VRF_OUTPUT_WRONG', purpose, proven: output},
			},
		);
	});

	test(`refuses the other proof in place of the ${purpose} proof`, t => {
		t.deepEqual(checkTPraosVrfProofs(crypto, epochNonce, {...header, [field]: header[other]}), {
			ok: false,
			error: {code: 'VRF_PROOF_INVALID', purpose},
		});
	});
}

test('refuses the proofs of another slot or nonce', t => {
	const refused = {ok: false, error: {code: 'VRF_PROOF_INVALID', purpose: 'nonce'}} as const;
	t.deepEqual(checkTPraosVrfProofs(crypto, epochNonce, {...header, slot: Slot(header.slot + 1)}), refused);
	t.deepEqual(checkTPraosVrfProofs(crypto, Hash32(flipped(epochNonce, 0)), header), refused);
});

test('a pool needs stake enough for its raw leader output', t => {
	t.true(checkTPraosLeader(params, {stake}, header).ok);
	const small = Ratio(1n, 10_177_811_974_823_000n);
	t.deepEqual(checkTPraosLeader(params, {stake: small}, header), {
		ok: false,
		error: {code: 'HEADER_NOT_SLOT_LEADER', stake: small},
	});
});

test('more stake never makes a leader into none', t => {
	fc.assert(
		fc.property(
			fc.uint8Array({minLength: 64, maxLength: 64}),
			fc.bigInt(0n, 1000n),
			fc.bigInt(0n, 1000n),
			(output, a, b) => {
				const leads = (part: bigint): boolean =>
					checkTPraosLeader(params, {stake: Ratio(part, 1000n)}, {leaderVrf: {...header.leaderVrf, output}})
						.ok;
				return a > b ? leads(a) || !leads(b) : leads(b) || !leads(a);
			},
		),
		{numRuns: 100},
	);
	t.pass();
});

test('inputs differ by purpose, and from Praos, by a constant that does not depend on the slot', t => {
	fc.assert(
		fc.property(
			fc.bigInt(0n, 2n ** 64n - 1n),
			fc.uint8Array({minLength: 32, maxLength: 32}),
			(slot, nonce) => {
				const epoch = Hash32(nonce);
				const plain = vrfInput(crypto, slot, epoch);
				for (const [purpose, constant] of [
					['nonce', 0],
					['leader', 1],
				] as const) {
					const difference = tpraosVrfInput(crypto, purpose, slot, epoch).map(
						(byte, index) => byte ^ defined(plain[index], '32 bytes'),
					);
					assert(toHex(difference) === toHex(crypto.blake2b256(u64be(constant))), purpose);
				}
			},
		),
		{numRuns: 100},
	);
	t.pass();
});

test('refuses numbers that no chain reaches, sizes that no header has, and any truncation', t => {
	const bytes = bytesOf(real);
	const wide = concat(fromHex('828f1bffffffffffffffff'), bytes.subarray(7));
	t.deepEqual(decodeTPraosHeader(crypto, wide), {
		ok: false,
		error: {code: 'HEADER_NUMBER_TOO_LARGE', field: 'blockNo'},
	});
	const late = concat(bytes.subarray(0, 7), fromHex('1bffffffffffffffff'), bytes.subarray(12));
	t.deepEqual(decodeTPraosHeader(crypto, late), {
		ok: false,
		error: {code: 'HEADER_NUMBER_TOO_LARGE', field: 'slot'},
	});
	t.deepEqual(decodeTPraosHeader(crypto, new Uint8Array(65_537)), {
		ok: false,
		error: {code: 'HEADER_TOO_LARGE', bytes: 65_537, bytesMax: 65_536},
	});
	const fields = concat(new CborWriter().array(2).array(14).finish(), new Uint8Array(500));
	t.like(decodeTPraosHeader(crypto, fields), {ok: false, error: {code: 'CBOR_WRONG_LENGTH'}});
	for (let length = 0; length < bytes.length; length += 7)
		t.false(decodeTPraosHeader(crypto, bytes.subarray(0, length)).ok);
});

test('survives any bytes', t => {
	const bytes = bytesOf(real);
	const mutated = fc
		.tuple(fc.nat(bytes.length - 1), fc.uint8Array({maxLength: 12}))
		.map(([at, patch]) => concat(bytes.subarray(0, at), patch, bytes.subarray(at + patch.length)));
	fc.assert(
		fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 2000})), given => {
			const outcome = decodeCardanoHeader(crypto, given);
			return !outcome.ok || toHex(outcome.value.header.bytes) === toHex(given);
		}),
		{numRuns: 1000},
	);
	t.pass();
});
