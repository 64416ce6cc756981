import {blake2b} from '@noble/hashes/blake2b';
import test from 'ava';
import {
	type CheckpointClaim,
	checkpointMessage,
	committeeHash,
	committeePacked,
} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';

const hasher: Hasher = {
	blake2b256: (...parts) => Hash32(blake2b(concat(...parts), {dkLen: 32})),
	blake2b224: (...parts) => Hash28(blake2b(concat(...parts), {dkLen: 28})),
};
const filled = (value: number): Hash32 => Hash32(new Uint8Array(32).fill(value));
const claim: CheckpointClaim = {
	genesisHash: filled(1),
	cardanoNetworkMagic: 42,
	checkpointScriptHash: Hash28(new Uint8Array(28).fill(2)),
	period: 7,
	blockHash: filled(3),
	stateRoot: filled(4),
	payoutRoot: filled(5),
	nextCommitteeHash: filled(6),
};

test('a checkpoint message is the hash of fixed-width fields after its domain', t => {
	const domain = '64636c6f75642f636865636b706f696e742f7631';
	const expected = `${domain}${'01'.repeat(32)}0000002a${'02'.repeat(28)}0000000000000007${'03'.repeat(32)}${'04'.repeat(32)}${'05'.repeat(32)}${'06'.repeat(32)}`;
	t.is(toHex(checkpointMessage(hasher, claim)), toHex(hasher.blake2b256(fromHex(expected))));
});

test('every field of a claim changes its message', t => {
	const changes: Partial<CheckpointClaim>[] = [
		{genesisHash: filled(9)},
		{cardanoNetworkMagic: 43},
		{checkpointScriptHash: Hash28(new Uint8Array(28).fill(9))},
		{period: 8},
		{blockHash: filled(9)},
		{stateRoot: filled(9)},
		{payoutRoot: filled(9)},
		{nextCommitteeHash: filled(9)},
	];
	const messages = [{}, ...changes].map(change => toHex(checkpointMessage(hasher, {...claim, ...change})));
	t.is(new Set(messages).size, messages.length);
});

test('a committee is packed as key and weight, in the order of its keys', t => {
	const committee = [
		{verificationKey: new Uint8Array(32).fill(1), weight: 5n},
		{verificationKey: new Uint8Array(32).fill(2), weight: 256n},
	];
	t.is(
		toHex(committeePacked(committee)),
		`${'01'.repeat(32)}0000000000000005${'02'.repeat(32)}0000000000000100`,
	);
	t.is(toHex(committeeHash(hasher, committee)), toHex(hasher.blake2b256(committeePacked(committee))));
	t.throws(() => committeePacked(committee.toReversed()));
	t.throws(() => committeePacked([committee[0], committee[0]] as typeof committee));
});
