/** One property for each rule that a header is judged by; its cases and codes are in validate-header.test.ts. */
import test from 'ava';
import fc from 'fast-check';
import {checkBlockNumber} from '#consensus/header/rules/check-block-number';
import {checkCheckpoint} from '#consensus/header/rules/check-checkpoint';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {checkKesPeriod, kesEvolution} from '#consensus/header/rules/check-kes-period';
import {checkKesSignature} from '#consensus/header/rules/check-kes-signature';
import {checkLeader} from '#consensus/header/rules/check-leader';
import {checkOperationalCertificate} from '#consensus/header/rules/check-operational-certificate';
import {checkPool} from '#consensus/header/rules/check-pool';
import {checkPreviousHash} from '#consensus/header/rules/check-previous-hash';
import {checkProtocolVersion} from '#consensus/header/rules/check-protocol-version';
import {checkBodySize, checkHeaderSize} from '#consensus/header/rules/check-sizes';
import {checkSlot} from '#consensus/header/rules/check-slot';
import {checkVrfKey} from '#consensus/header/rules/check-vrf-key';
import {checkVrfProof} from '#consensus/header/rules/check-vrf-proof';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {equalBytes, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from '../../support/crypto.ts';
import {flipped, forgeTestHeader, nextSlotOf, testLedgerView, testPool} from '../../support/praos.ts';

const params = testParams;
const pool = testPool(1);
const ledgerView = testLedgerView([pool]);
const state = genesisPraosState(Hash32(new Uint8Array(32).fill(5)));
const slot = nextSlotOf({params, state, pool, ledgerView, from: 0});
const header = forgeTestHeader({params, state, parent: 'origin', slot, pool});

const counts = fc.nat(2 ** 31);
const near = fc.tuple(counts, fc.integer({min: -2, max: 2})).map(([a, by]) => [a + 2, a + 2 + by] as const);
const hashes = fc.constantFrom(1, 2, 3).map(mark => Hash32(new Uint8Array(32).fill(mark)));
const tipAt = (blockNo: number, at: number, hash = Hash32(new Uint8Array(32))) => ({
	blockNo: BlockNo(blockNo),
	slot: Slot(at),
	hash,
});

const holds = <T>(property: fc.IRawProperty<T>, numRuns = 300): void => {
	fc.assert(property, {numRuns});
};

test('only the next number follows a number', t => {
	holds(
		fc.property(
			near,
			([parent, number]) =>
				checkBlockNumber(tipAt(parent, 0), {blockNo: BlockNo(number)}).ok === (number === parent + 1),
		),
	);
	t.pass();
});

test('only a later slot follows a slot', t => {
	holds(
		fc.property(near, ([parent, at]) => checkSlot(tipAt(0, parent), {slot: Slot(at)}).ok === at > parent),
	);
	t.pass();
});

test('only the parent’s own hash names it', t => {
	const some = fc.option(hashes);
	holds(
		fc.property(some, some, (parent, prevHash) => {
			const isNamed =
				parent === null || prevHash === null ? parent === prevHash : equalBytes(parent, prevHash);
			return checkPreviousHash(parent === null ? 'origin' : tipAt(0, 0, parent), {prevHash}).ok === isNamed;
		}),
	);
	t.pass();
});

test('a checkpoint speaks of its own number alone', t => {
	holds(
		fc.property(fc.nat(3), hashes, fc.nat(3), hashes, (number, required, blockNo, hash) => {
			const checkpoints = new Map([[BlockNo(number), required]]);
			const isFree = number !== blockNo || equalBytes(required, hash);
			return checkCheckpoint(checkpoints, {blockNo: BlockNo(blockNo), hash}).ok === isFree;
		}),
	);
	t.pass();
});

test('a limit is what is just allowed: version, header and body', t => {
	holds(
		fc.property(near, ([limit, value]) => {
			const outcomes = [
				checkProtocolVersion({protocolVersionMax: limit}, {protocolVersion: {major: value, minor: 99}}),
				checkHeaderSize({headerBytesMax: limit}, {bytes: {length: value} as Uint8Array}),
				checkBodySize({bodyBytesMax: limit}, {bodySize: value}),
			];
			return outcomes.every(({ok}) => ok === value <= limit);
		}),
	);
	t.pass();
});

test('a certificate is in force for maxKesEvolutions periods from its first, whatever they are', t => {
	const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
	holds(
		fc.property(
			counts,
			fc.oneof(fc.bigInt(0n, 5000n), u64),
			fc.integer({min: 1, max: 64}),
			(at, start, max) => {
				const rules = {slotsPerKesPeriod: 500, maxKesEvolutions: max};
				const dated = {
					slot: Slot(at),
					operationalCertificate: {...header.operationalCertificate, startPeriod: start},
				};
				const period = BigInt(Math.floor(at / 500));
				const isInForce = start <= period && period < start + BigInt(max);
				return checkKesPeriod(rules, dated).ok === isInForce && kesEvolution(rules, dated) === period - start;
			},
		),
	);
	t.pass();
});

test('the cold key signed every bit of the certificate', t => {
	const {operationalCertificate} = header;
	holds(
		fc.property(fc.constantFrom('hotVk', 'signature'), fc.nat(31), fc.nat(7), (field, at, bit) => {
			const changed = {...operationalCertificate, [field]: flipped(operationalCertificate[field], at, bit)};
			return !checkOperationalCertificate(crypto, {...header, operationalCertificate: changed}).ok;
		}),
		100,
	);
	holds(
		fc.property(fc.bigInt(1n, 2n ** 64n - 1n), fc.constantFrom('counter', 'startPeriod'), (value, field) => {
			const changed = {...operationalCertificate, [field]: value};
			return !checkOperationalCertificate(crypto, {...header, operationalCertificate: changed}).ok;
		}),
		100,
	);
	t.true(checkOperationalCertificate(crypto, header).ok);
});

test('the hot key signed every bit of the header’s body, in this period and no other', t => {
	t.true(checkKesSignature(crypto, params, header).ok);
	holds(
		fc.property(fc.nat(header.bodyBytes.length - 1), fc.nat(7), (at, bit) => {
			const bodyBytes = flipped(header.bodyBytes, at, bit);
			return !checkKesSignature(crypto, params, {...header, bodyBytes}).ok;
		}),
		100,
	);
	holds(
		fc.property(fc.nat(447), fc.nat(7), (at, bit) => {
			const kesSignature = flipped(header.kesSignature, at, bit);
			return !checkKesSignature(crypto, params, {...header, kesSignature}).ok;
		}),
		100,
	);
	for (let evolution = 1; evolution < 64; evolution++)
		t.false(
			checkKesSignature(crypto, params, {...header, slot: Slot(evolution * params.slotsPerKesPeriod)}).ok,
		);
});

test('a counter stays or goes up by one, from zero for a pool that has stake', t => {
	const small = fc.bigInt(0n, 4n);
	holds(
		fc.property(fc.option(small), fc.boolean(), small, (stored, hasStake, counter) => {
			const counters = new Map<string, bigint>(stored === null ? [] : [[toHex(pool.poolId), stored]]);
			const view = {pool: () => (hasStake ? ledgerView.pool(pool.poolId) : undefined)};
			const last = stored ?? (hasStake ? 0n : undefined);
			const isNext = last !== undefined && (counter === last || counter === last + 1n);
			const operationalCertificate = {...header.operationalCertificate, counter};
			return checkCounter({counters}, view, pool.poolId, {operationalCertificate}).ok === isNext;
		}),
	);
	t.pass();
});

test('a pool is known when the snapshot has it, and its VRF key is the one whose hash is there', t => {
	holds(
		fc.property(fc.uint8Array({minLength: 28, maxLength: 28}), fc.nat(31), fc.nat(7), (id, at, bit) => {
			const poolId = Hash28(id);
			const known = checkPool(ledgerView, poolId).ok === equalBytes(poolId, pool.poolId);
			const vrfVk = flipped(pool.vrfVk, at, bit);
			return known && !checkVrfKey(crypto, pool, {vrfVk}).ok;
		}),
	);
	t.true(checkPool(ledgerView, pool.poolId).ok);
	t.true(checkVrfKey(crypto, pool, header).ok);
});

test('a VRF proof is of one slot, one nonce, one key and one output', t => {
	const {epochNonce} = state;
	t.true(checkVrfProof(crypto, epochNonce, header).ok);
	const fields = fc.constantFrom('vrfVk', 'vrfProof', 'vrfOutput');
	holds(
		fc.property(fields, fc.nat(31), fc.nat(7), (field, at, bit) => {
			return !checkVrfProof(crypto, epochNonce, {...header, [field]: flipped(header[field], at, bit)}).ok;
		}),
		60,
	);
	holds(
		fc.property(counts, hashes, (at, nonce) => {
			const isSlot =
				at === header.slot || checkVrfProof(crypto, epochNonce, {...header, slot: Slot(at)}).ok === false;
			return isSlot && !checkVrfProof(crypto, nonce, header).ok;
		}),
		30,
	);
});

test('the cached threshold and the arithmetic agree on who leads', t => {
	const thresholds = new ThresholdCache();
	const outputs = fc.uint8Array({minLength: 64, maxLength: 64});
	holds(
		fc.property(outputs, fc.bigInt(0n, 3n), (vrfOutput, part) => {
			const stake = Ratio(part, 3n);
			const exact = checkLeader(crypto, params, {stake}, {vrfOutput}).ok;
			return (
				checkLeader(crypto, params, {stake}, {vrfOutput}, thresholds).ok === exact && (part > 0n || !exact)
			);
		}),
		100,
	);
	t.pass();
});
