import test from 'ava';
import {committeePacked} from '#crypto/checkpoint-message';
import {quorumCertificate, uncheckedCertificate} from '#onchain/committee';
import {production} from '../support/contract-world.ts';
import {crypto} from '../support/crypto.ts';
import {hashOf, signCheckpoint, testCommittee} from '../support/side-chain.ts';

const NEXT = {
	period: 1,
	blockHash: hashOf(1),
	stateRoot: hashOf(2),
	payoutRoot: hashOf(3),
	nextCommitteeHash: hashOf(4),
};
const CLAIM = {
	...NEXT,
	genesisHash: production.deployment.genesisHash,
	cardanoNetworkMagic: 42,
	checkpointScriptHash: production.deployment.scripts.checkpoint.hash,
};
const committee = testCommittee([10n, 50n, 20n, 20n]);
const sign = (signs: (weight: bigint) => boolean) =>
	signCheckpoint(committee, production.deployment, NEXT, signs);
const weightsOf = (signatures: readonly Uint8Array[]) =>
	committee.members.filter((_, index) => signatures[index]?.length === 64).map(({weight}) => weight);

test('takes the fewest signatures that weigh more than two thirds, heaviest first', t => {
	const certificate = quorumCertificate(
		crypto,
		CLAIM,
		committee.members,
		sign(() => true),
	);
	if (!certificate.ok) return t.fail(certificate.error.code);
	t.deepEqual(certificate.value.committee, committeePacked(committee.members));
	t.is(certificate.value.signatures.length, 4);
	return t.deepEqual(
		weightsOf(certificate.value.signatures).toSorted((a, b) => Number(a - b)),
		[20n, 50n],
	);
});

test('exactly two thirds are not enough', t => {
	const thirds = testCommittee([1n, 1n, 1n]);
	const signatures = signCheckpoint(thirds, production.deployment, NEXT).slice(0, 2);
	t.deepEqual(quorumCertificate(crypto, CLAIM, thirds.members, signatures), {
		ok: false,
		error: {code: 'CHECKPOINT_QUORUM_MISSING', signed: 2n, total: 3n},
	});
});

test('leaves out signatures that do not hold, that are repeated, and of strangers', t => {
	const heavy = sign(weight => weight === 50n);
	const broken = sign(weight => weight === 20n).map(({verificationKey}) => ({
		verificationKey,
		signature: new Uint8Array(64),
	}));
	const strangers = signCheckpoint(testCommittee([1n, 2n, 3n, 4n, 5n]), production.deployment, NEXT).slice(4);
	t.deepEqual(
		quorumCertificate(crypto, CLAIM, committee.members, [...heavy, ...heavy, ...broken, ...strangers]),
		{ok: false, error: {code: 'CHECKPOINT_QUORUM_MISSING', signed: 50n, total: 100n}},
	);
});

test('an unchecked certificate carries every signature as it is', t => {
	const certificate = uncheckedCertificate(
		committee.members,
		sign(weight => weight === 20n),
	);
	t.deepEqual(weightsOf(certificate.signatures), [20n, 20n]);
});
