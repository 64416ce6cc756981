/** Headers planned for verification: good ones, and one for each way in which their work can fail. */
import {encodeHeader, encodeHeaderBody, type HeaderBody} from '#consensus/header/encode-header';
import {decodeHeader, type Header} from '#consensus/header/header';
import type {HeaderWork, HeaderWorkFailure} from '#consensus/header/header-work';
import {planHeader} from '#consensus/header/plan-header';
import {genesisPraosState} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {assert, defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {crypto} from './crypto.ts';
import {flipped, forgeTestHeader, nextSlotOf, testCertificate, testLedgerView, testPool} from './praos.ts';

const pool = testPool(1);
const stranger = testPool(2);
const ledgerView = testLedgerView([pool]);
const state = genesisPraosState(Hash32(new Uint8Array(32).fill(5)));
const slot = nextSlotOf({params: testParams, state, pool, ledgerView, from: 0});
const forging = {params: testParams, state, parent: 'origin', slot, pool} as const;

/** What there is to verify of a header that stands right on top of genesis. */
const workOf = (header: Header): HeaderWork => {
	const plan = planHeader({crypto, params: testParams, ledgerView, state, parent: 'origin'}, header);
	return defined(plan.work, 'the header keeps the rules that come before its signatures');
};

/** `header` with other fields, and the KES signature that it had. */
export const changedHeader = (header: Header, change: Partial<HeaderBody>): Header => {
	const bytes = encodeHeader(encodeHeaderBody({...header, ...change}), header.kesSignature);
	const decoded = decodeHeader(crypto, bytes);
	assert(decoded.ok, 'a changed header is a header');
	return decoded.value;
};

const good = forgeTestHeader(forging);

export const goodWork: HeaderWork = workOf(good);

/** Each piece of work with the one answer to it; undefined where it holds. */
export const worksAndFailures: readonly (readonly [HeaderWork, HeaderWorkFailure | undefined])[] = [
	[goodWork, undefined],
	[
		workOf(
			forgeTestHeader({
				...forging,
				operationalCertificate: testCertificate(stranger.coldSeed, pool.kesSeed, 0n, 0n),
			}),
		),
		{code: 'OPCERT_SIGNATURE_INVALID', issuerVk: pool.issuerVk},
	],
	[workOf(changedHeader(good, {bodySize: 9})), {code: 'KES_SIGNATURE_INVALID', evolution: 0}],
	[{...goodWork, vrf: undefined}, undefined],
	[
		{...goodWork, vrf: goodWork.vrf && {...goodWork.vrf, vrfProof: flipped(goodWork.vrf.vrfProof, 40)}},
		{code: 'VRF_PROOF_INVALID'},
	],
	[
		workOf(forgeTestHeader({...forging, claimedVrfOutput: flipped(good.vrfOutput, 3)})),
		{code: 'VRF_OUTPUT_WRONG', proven: good.vrfOutput},
	],
];
