import test from 'ava';
import fc from 'fast-check';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {decodeTerms, encodeTerms, type GovernanceTerms} from '#onchain/governance-terms';
import {hashOf} from '../support/side-chain.ts';

const terms: GovernanceTerms = {
	allocationRoot: hashOf(1),
	allocated: 50_000_000_000_000n,
	claimUntilMs: 1_900_000_000_000,
	settings: DEFAULT_SETTINGS,
};
const text = encodeTerms(terms);
const DAY_MS = 86_400_000;
/** Two years before the claims end. */
const CHAIN = {systemStartMs: terms.claimUntilMs - 730 * DAY_MS};
const decode = (json: string) => decodeTerms(json, CHAIN);

test('terms come back as they were written', t => {
	t.deepEqual(decode(text), {ok: true, value: terms});
});

test('refuses terms with which governance would not work', t => {
	const wrong = (field: string, from: string, to: string) =>
		t.deepEqual(decode(text.replace(from, to)), {
			ok: false,
			error: {code: 'GOVERNANCE_TERMS_WRONG', field},
		});
	wrong('settings.quorum', '"quorum": "5000000000000"', '"quorum": "0"');
	wrong('settings.quorum', '"quorum": "5000000000000"', '"quorum": "100000000000001"');
	wrong('settings.voteMs', '"voteMs": "604800000"', '"voteMs": "0"');
	wrong('settings.recoveryVoteMs', '"recoveryVoteMs": "1209600000"', '"recoveryVoteMs": "0"');
	wrong('settings.expiryMs', '"expiryMs": "1209600000"', '"expiryMs": "0"');
	wrong('settings.capPerMille', '"capPerMille": "100"', '"capPerMille": "1001"');
	wrong('settings.deposit', '"deposit": "100000000"', '"deposit": 100000000');
	wrong('settings.timelockMs', '"timelockMs": "259200000"', '"timelockMs": "-1"');
	wrong('allocated', '"allocated": "50000000000000"', '"allocated": "100000000000001"');
	wrong('allocationRoot', '"allocationRoot": "01', '"allocationRoot": "');
	wrong('claimUntilMs', '1900000000000', '"soon"');
	t.deepEqual(decode('{'), {ok: false, error: {code: 'GOVERNANCE_TERMS_NOT_JSON'}});
	t.deepEqual(decode('x'.repeat(10_001)), {ok: false, error: {code: 'GOVERNANCE_TERMS_NOT_JSON'}});
});

test('any JSON decodes as terms or fails with a code', t => {
	fc.assert(fc.property(fc.json(), json => !decode(json).ok));
	t.pass();
});

const ending = (claimUntilMs: number | undefined) => {
	const {claimUntilMs: _named, ...rest} = JSON.parse(text) as {readonly claimUntilMs: number};
	return decode(JSON.stringify({...rest, claimUntilMs}));
};

test('holders have 24 months from the start of the side-chain on, of the longest, unless the terms say otherwise', t => {
	t.deepEqual(ending(undefined), {
		ok: true,
		value: {...terms, claimUntilMs: CHAIN.systemStartMs + 731 * DAY_MS},
	});
});

test('the time to claim is half a year at least and ten years at most', t => {
	for (const days of [180, 3_660]) {
		const claimUntilMs = CHAIN.systemStartMs + days * DAY_MS;
		t.deepEqual(ending(claimUntilMs), {ok: true, value: {...terms, claimUntilMs}});
		const beyond = claimUntilMs + (days === 180 ? -1 : 1);
		t.deepEqual(ending(beyond), {
			ok: false,
			error: {code: 'GOVERNANCE_TERMS_WRONG', field: 'claimUntilMs'},
		});
	}
});
