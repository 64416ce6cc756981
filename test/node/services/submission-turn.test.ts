import test from 'ava';
import fc from 'fast-check';
import {COMMITTEE_MEMBERS_MAX} from '#crypto/checkpoint-message';
import {Hash32} from '#kernel/hash';
import {submissionTurn, turnLengthMs} from '#node/services/submission-turn';
import {crypto} from '../../support/crypto.ts';

const hash = fc.uint8Array({minLength: 32, maxLength: 32}).map(bytes => Hash32(bytes));
const members = fc
	.uniqueArray(fc.uint8Array({minLength: 32, maxLength: 32}), {minLength: 1, maxLength: 12, selector: String})
	.map(keys => keys.map(verificationKey => ({verificationKey, weight: 1n})));

test('every member has a turn of its own, and strangers come after all of them', t => {
	fc.assert(
		fc.property(hash, members, hash, (message, committee, walletKeyHash) => {
			const turnOf = (memberVk: Uint8Array | undefined) =>
				submissionTurn(crypto, message, committee, {memberVk, walletKeyHash});
			const turns = committee.map(({verificationKey}) => turnOf(verificationKey));
			t.deepEqual(
				turns.toSorted((a, b) => a - b),
				committee.map((_, index) => index),
			);
			t.true(turnOf(undefined) >= committee.length);
			t.is(turnOf(crypto.blake2b256(message)), turnOf(undefined), 'a key that is in no committee');
		}),
	);
});

test('another checkpoint lets another member pay', t => {
	const committee = [1, 2, 3, 4].map(byte => ({
		verificationKey: new Uint8Array(32).fill(byte),
		weight: 1n,
	}));
	const firsts = Array.from({length: 40}, (_, index) => {
		const message = crypto.blake2b256(Uint8Array.of(index));
		const turnOf = (memberVk: Uint8Array) =>
			submissionTurn(crypto, message, committee, {memberVk, walletKeyHash: message});
		return committee.findIndex(({verificationKey}) => turnOf(verificationKey) === 0);
	});
	t.deepEqual([...new Set(firsts)].sort(), [0, 1, 2, 3]);
});

test('turns last long enough for a Cardano block, and all of them no longer than half a period', t => {
	const monthMs = 30 * 24 * 3600 * 1000;
	t.is(turnLengthMs(monthMs, COMMITTEE_MEMBERS_MAX), 120_000);
	const minuteMs = 60_000;
	t.true(turnLengthMs(minuteMs, 3) * (3 + 8) <= minuteMs / 2);
});
