import test from 'ava';
import {bodyHash} from '#consensus/block/body-hash';
import {checkBody} from '#consensus/block/check-body';
import {forgeHeader, type HeaderPlan} from '#consensus/forge/forge-header';
import {leaderProof} from '#consensus/forge/leader-proof';
import {decodeHeader} from '#consensus/header/header';
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {vrfInput} from '#consensus/leader/vrf-values';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from '../../support/crypto.ts';
import {emptySegments, forgeTestChain, testPool} from '../../support/praos.ts';

const pool = testPool(1);
const epochNonce = Hash32(new Uint8Array(32).fill(5));
const vrfSeed = pool.vrfSeed;
const all = Ratio(1n, 1n);
const proofIn = (slot: number, stake: Ratio) =>
	leaderProof(crypto, {vrfSeed, slot, epochNonce, threshold: leaderThreshold(stake, testParams.f)});

test('a leader’s proof is one that everybody can verify', t => {
	const slot = [...Array(64).keys()].find(candidate => proofIn(candidate, all) !== undefined) ?? -1;
	const proof = proofIn(slot, all);
	t.truthy(proof);
	if (proof === undefined) return;
	t.deepEqual(
		crypto.verifyVrf(pool.vrfVk, proof.vrfProof, vrfInput(crypto, slot, epochNonce)),
		proof.vrfOutput,
	);
});

test('a pool leads about as many slots as its stake says', t => {
	const led = (stake: Ratio): number =>
		[...Array(400).keys()].filter(slot => proofIn(slot, stake) !== undefined).length;
	// Of 400 slots with f = 1/2 about 200; six standard deviations are 60.
	const full = led(all);
	t.true(full > 140 && full < 260, String(full));
	t.true(led(Ratio(1n, 10n)) < full);
	t.is(led(Ratio(0n, 1n)), 0);
});

const plan = (parent: HeaderPlan['parent']): HeaderPlan => ({
	parent,
	slot: Slot(77),
	issuerVk: pool.issuerVk,
	vrfVk: pool.vrfVk,
	proof: {vrfOutput: new Uint8Array(64), vrfProof: new Uint8Array(80)},
	operationalCertificate: pool.operationalCertificate,
	protocolVersion: {major: 9, minor: 1},
	segments: emptySegments,
});

test('puts a header together that decodes to what was planned, over the bytes that were signed', t => {
	const {tip} = forgeTestChain({
		params: testParams,
		state: genesisPraosState(epochNonce),
		pools: [pool],
		count: 2,
	});
	let signed: Uint8Array | undefined;
	const header = forgeHeader(crypto, plan(tip), bodyBytes => {
		signed = bodyBytes;
		return new Uint8Array(448).fill(8);
	});
	t.deepEqual(decodeHeader(crypto, header.bytes), {ok: true, value: header});
	t.deepEqual(header.bodyBytes, signed);
	t.is(header.blockNo, BlockNo(2));
	t.deepEqual(header.prevHash, tip === 'origin' ? null : tip.hash);
	t.deepEqual(header.bodyHash, bodyHash(crypto, emptySegments));
	t.true(checkBody(crypto, header, emptySegments).ok);
});

test('the first header of a chain has number 0 and no parent', t => {
	const header = forgeHeader(crypto, plan('origin'), () => new Uint8Array(448));
	t.is(header.blockNo, BlockNo(0));
	t.is(header.prevHash, null);
});
