import test from 'ava';
import fc from 'fast-check';
import {encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {
	decodeSignedRevision,
	encodeSignedRevision,
	type Revision,
	revisionHash,
	SIGNED_REVISION_BYTES_MAX,
	type SignedRevision,
	signRevision,
	verifyRevision,
} from '#ledger/agreements/revision';
import {decodeProofWitness, encodeProofWitness, PROOF_WITNESS_BYTES_MAX} from '#ledger/proofs/proof-witness';
import {agreementOf, providerOf} from '#ledger/queries';
import type {TxError} from '#ledger/tx/tx-error';
import {decodeForestProof, forestProofCodec} from '#storage-proofs/forest-proof';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	repairer,
	signTogether,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const chainOf = (...providers: TestProvider[]): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, providers);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	return chain;
};

const post = (chain: LedgerChain, revision: SignedRevision, sender: Party = carol): unknown =>
	chain.refusal(chain.transaction(sender, {kind: 'revision-post', revision}));

test('anyone may show the chain a revision that both sides have signed', t => {
	const east = new TestProvider('east');
	const chain = chainOf(east);
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	t.like(agreementOf(chain.state, agreementId), {revisionNo: 0, leaves: 0, revisionHash: null});
	const newest = east.newest(agreementId);
	const {revisionNo, root, leaves, validFrom} = newest.revision;
	const events = chain.send(carol, {kind: 'revision-post', revision: newest});
	t.deepEqual(events.at(-1), {kind: 'revision-seen', agreementId, revisionNo, root, leaves});
	t.like(agreementOf(chain.state, agreementId), {
		revisionNo: 1,
		root,
		leaves: 5,
		validFrom,
		revisionHash: revisionHash(chain.env, newest.revision),
	});
});

test('rejects a posted revision that is old, too large, forged, of no agreement, or signed by strangers', t => {
	const east = new TestProvider('east');
	const chain = chainOf(east);
	const agreementId = storeWith(chain, bob, east, []);
	const signed = (change: Partial<Revision>, client = bob, operator = east.operator): SignedRevision =>
		signTogether(chain, client, operator, {
			agreementId,
			revisionNo: 3,
			prevHash: null,
			root: hashOf('root'),
			leaves: 7,
			validFrom: Epoch(1),
			repairerVk: repairer.verificationKey,
			...change,
		});
	const good = signed({});
	t.is(post(chain, good), undefined);
	t.deepEqual(post(chain, signed({leaves: 16_385})), {
		code: 'REVISION_TOO_LARGE',
		leaves: 16_385,
		capacityLeaves: 16_384,
	});
	t.deepEqual(post(chain, signed({agreementId: hashOf('none')})), {
		code: 'AGREEMENT_UNKNOWN',
		agreementId: hashOf('none'),
	});
	t.deepEqual(post(chain, signed({}, carol)), {
		code: 'REVISION_CLIENT_WRONG',
		agreementId,
		clientVk: carol.verificationKey,
	});
	// The repairer signs for agreements that it took over only.
	t.deepEqual(post(chain, signed({}, repairer)), {
		code: 'REVISION_CLIENT_WRONG',
		agreementId,
		clientVk: repairer.verificationKey,
	});
	const forged = (signer: string): TxError => ({
		code: 'REVISION_SIGNATURE_INVALID',
		agreementId,
		revisionNo: 3,
		signer: signer as 'client',
	});
	t.deepEqual(post(chain, signed({}, bob, carol)), forged('provider'));
	t.deepEqual(post(chain, {...good, clientSignature: new Uint8Array(64)}), forged('client'));
	t.deepEqual(post(chain, {...good, revision: {...good.revision, leaves: 8}}), forged('client'));
	chain.send(carol, {kind: 'revision-post', revision: good});
	t.deepEqual(post(chain, good), {code: 'REVISION_STALE', revisionNo: 3, current: 3});
	t.deepEqual(post(chain, signed({revisionNo: 2})), {code: 'REVISION_STALE', revisionNo: 2, current: 3});
	t.is(post(chain, signed({revisionNo: 4, leaves: 0})), undefined);
});

test('of an agreement that took over from another its repairer signs as well as its client', t => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = chainOf(east, west);
	const vacated = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.advanceTo(chain.slotAt(1, 1));
	chain.send(carol, openingOf(west, {repairOf: vacated}), {with: [west.operator, repairer]});
	const {agreementId: successor} = chain.eventsOf('agreement-opened').at(-1) ?? t.fail();
	const piece = pieceOf('a', 5000);
	t.is(post(chain, west.store(chain, repairer, successor as Hash32, [piece])), undefined);
	t.is(post(chain, west.store(chain, bob, successor as Hash32, [piece])), undefined);
	t.like(post(chain, west.store(chain, carol, successor as Hash32, [piece])) as object, {
		code: 'REVISION_CLIENT_WRONG',
	});
	// What the lost provider had signed may be shown after it was lost: repair needs it.
	t.is(post(chain, east.newest(vacated)), undefined);
});

test('a signature holds in one network, for one content', t => {
	const {env} = new LedgerChain(testGenesis());
	const revision: Revision = {
		agreementId: hashOf('agreement'),
		revisionNo: 1,
		prevHash: null,
		root: hashOf('root'),
		leaves: 1,
		validFrom: Epoch(1),
		repairerVk: repairer.verificationKey,
	};
	const operator = party('operator');
	const signed: SignedRevision = {
		revision,
		clientVk: bob.verificationKey,
		clientSignature: signRevision(env, crypto, bob.seed, revision),
		providerSignature: signRevision(env, crypto, operator.seed, revision),
	};
	t.true(verifyRevision(env, operator.verificationKey, signed).ok);
	const elsewhere = {...env, genesisHash: hashOf('another network')} as typeof env;
	t.false(verifyRevision(elsewhere, operator.verificationKey, signed).ok);
	for (const change of [
		{revisionNo: 2},
		{prevHash: hashOf('p')},
		{root: hashOf('other')},
		{leaves: 2},
		{validFrom: Epoch(2)},
		{repairerVk: bob.verificationKey},
		{agreementId: hashOf('b')},
	])
		t.false(
			verifyRevision(env, operator.verificationKey, {...signed, revision: {...revision, ...change}}).ok,
		);
});

/** East keeps a piece for bob, has committed for epoch 1, and the seed is known. */
const challenged = (pieces: readonly Uint8Array[] = [pieceOf('a', 50_000)]) => {
	const east = new TestProvider('east');
	const chain = chainOf(east);
	const agreementId = storeWith(chain, bob, east, pieces);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	chain.advanceTo(chain.slotAt(1, 4));
	const witness = decodeProofWitness(east.proof(chain, 1));
	if (!witness.ok) throw new Error(witness.error.code);
	const proveWith = (revisions: readonly SignedRevision[]) =>
		east.prove(chain, 1, encodeProofWitness({proof: witness.value.proof, revisions}));
	return {chain, east, agreementId, witness: witness.value, proveWith};
};

test('a proof brings the revision that was committed to, and the chain remembers it', t => {
	const {chain, east, agreementId, witness, proveWith} = challenged();
	t.is(witness.revisions.length, 1);
	const {revision} = east.newest(agreementId);
	chain.next(proveWith(witness.revisions));
	t.like(agreementOf(chain.state, agreementId), {revisionNo: 1, root: revision.root});
	t.like(chain.eventsOf('revision-seen')[0], {agreementId, revisionNo: 1});
	// From now on the same revision need not be shown again.
	chain.advanceTo(chain.slotAt(2, -1));
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 4));
	const again = decodeProofWitness(east.proof(chain, 2));
	t.deepEqual(again.ok && again.value.revisions, []);
	chain.next(east.prove(chain, 2));
	chain.advanceTo(chain.slotAt(2, 9));
	t.is(providerOf(chain.state, east.id)?.provenEpochs, 2);
});

test('rejects a proof whose revision is missing, another one, forged, or of an agreement that was not asked for', t => {
	const {chain, east, agreementId, witness, proveWith} = challenged();
	const [signed] = witness.revisions;
	if (signed === undefined) return t.fail();
	const refusal = (...revisions: SignedRevision[]): unknown => chain.refusal(proveWith(revisions));
	t.is(refusal(signed), undefined);
	t.deepEqual(refusal(), {code: 'PROOF_REVISION_MISSING', agreementId, revisionNo: 1n});
	const other = (change: Partial<Revision>): SignedRevision =>
		signTogether(chain, bob, east.operator, {...signed.revision, ...change});
	for (const change of [{revisionNo: 2}, {root: hashOf('r')}, {leaves: 1}])
		t.deepEqual(refusal(other(change)), {code: 'PROOF_REVISION_WRONG', agreementId, revisionNo: 1n});
	t.deepEqual(refusal({...signed, clientSignature: new Uint8Array(64)}), {
		code: 'REVISION_SIGNATURE_INVALID',
		agreementId,
		revisionNo: 1,
		signer: 'client',
	});
	t.like(refusal(signTogether(chain, carol, east.operator, signed.revision)) as object, {
		code: 'REVISION_CLIENT_WRONG',
	});
	t.deepEqual(refusal(signed, other({agreementId: hashOf('more')})), {
		code: 'AGREEMENT_UNKNOWN',
		agreementId: hashOf('more'),
	});
});

test('rejects a proof with pieces of an agreement that does not count', t => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = chainOf(east, west);
	storeWith(chain, bob, east, [pieceOf('a', 3000)]);
	const foreign = storeWith(chain, bob, west, [pieceOf('b', 900_000)]);
	// East commits to what west keeps, for which west has signed.
	const pretender = new TestProvider('east');
	pretender.store(chain, bob, foreign, [pieceOf('b', 900_000)]);
	const forest = () => pretender.forestOf([foreign]);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(pretender.commit(chain, 1, forest()));
	chain.advanceTo(chain.slotAt(1, 4));
	t.deepEqual(chain.refusal(pretender.prove(chain, 1, pretender.proof(chain, 1, forest()))), {
		code: 'PROOF_AGREEMENT_FOREIGN',
		agreementId: foreign,
	});
});

test('rejects a proof of a revision that is older than it must be, not of one that was newer only later', t => {
	const early = challenged();
	// Signed after the commitment, so valid from the next epoch on.
	const later = early.east.store(early.chain, bob, early.agreementId, [pieceOf('b', 10)]);
	t.is(later.revision.validFrom, Epoch(2));
	early.chain.send(carol, {kind: 'revision-post', revision: later});
	t.is(early.chain.refusal(early.proveWith(early.witness.revisions)), undefined);
	const {chain, east, agreementId, proveWith, witness} = challenged();
	const [signed] = witness.revisions;
	if (signed === undefined) return t.fail();
	const kept = signTogether(chain, bob, east.operator, {
		...signed.revision,
		revisionNo: 2,
		root: hashOf('more pieces'),
		validFrom: Epoch(1),
	});
	chain.send(carol, {kind: 'revision-post', revision: kept});
	t.deepEqual(chain.refusal(proveWith([signed])), {
		code: 'PROOF_REVISION_STALE',
		agreementId,
		revisionNo: 1n,
		current: 2,
	});
});

test('an agreement that both close after it was committed to can still be proven, and is not paid', t => {
	const {chain, east, agreementId, proveWith, witness} = challenged();
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'cooperative'}, {with: [east.operator]});
	t.is(agreementOf(chain.state, agreementId)?.closedIn, Epoch(1));
	t.is(providerOf(chain.state, east.id)?.usedLeaves, 0);
	t.deepEqual(post(chain, east.newest(agreementId)), {code: 'AGREEMENT_CLOSED', agreementId});
	chain.next(proveWith(witness.revisions));
	chain.advanceTo(chain.slotAt(1, 9));
	t.deepEqual(chain.eventsOf('missed'), []);
	t.deepEqual(chain.eventsOf('storage-paid'), []);
	chain.advanceTo(chain.slotAt(3));
	t.is(agreementOf(chain.state, agreementId), undefined);
});

const bytes = (length: number) => fc.uint8Array({minLength: length, maxLength: length});
const hash = bytes(32) as fc.Arbitrary<Hash32>;
const signedRevision: fc.Arbitrary<SignedRevision> = fc.record({
	revision: fc.record({
		agreementId: hash,
		revisionNo: fc.maxSafeNat(),
		prevHash: fc.option(hash),
		root: hash,
		leaves: fc.nat({max: 2 ** 31 - 1}),
		validFrom: fc.nat().map(Epoch),
		repairerVk: bytes(32),
	}),
	clientVk: bytes(32),
	clientSignature: bytes(64),
	providerSignature: bytes(64),
});

test('a signed revision reads back as it was written, and is never too long', t => {
	fc.assert(
		fc.property(signedRevision, signed => {
			const encoded = encodeSignedRevision(signed);
			t.true(encoded.length <= SIGNED_REVISION_BYTES_MAX);
			t.deepEqual(decodeSignedRevision(encoded), {ok: true, value: signed});
		}),
		{numRuns: 50},
	);
});

test('whatever bytes come as a revision or a witness, an answer comes', t => {
	const {witness} = challenged();
	const good = [encodeProofWitness(witness), ...witness.revisions.map(encodeSignedRevision)];
	const mutated = fc
		.tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255))
		.map(([from, at, byte]) => from.map((old, index) => (index === at % from.length ? byte : old)));
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 600}), mutated), input => {
			for (const decoded of [
				decodeSignedRevision(input),
				decodeProofWitness(input),
				decodeForestProof(input),
			])
				t.is(typeof decoded.ok, 'boolean');
		}),
		{numRuns: 300},
	);
	const {proof, revisions} = witness;
	const twice = encode(
		{
			write: (writer, value: typeof witness) => {
				writer.array(2);
				forestProofCodec.write(writer, value.proof);
				writer.array(2);
				for (const signed of [...revisions, ...revisions]) writer.raw(encodeSignedRevision(signed));
			},
			read: () => ({proof, revisions}),
		},
		witness,
	);
	t.like(decodeProofWitness(twice), {ok: false, error: {code: 'CBOR_DUPLICATE_KEY'}} as never);
	const long = decodeProofWitness(new Uint8Array(PROOF_WITNESS_BYTES_MAX + 1));
	t.false(long.ok);
	t.is(long.ok ? undefined : long.error.code, 'PROOF_WITNESS_TOO_LONG');
});
