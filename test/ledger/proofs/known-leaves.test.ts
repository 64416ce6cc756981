/** An agreement that is left out of a forest is missed, though nobody claims it. */
import test from 'ava';
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import type {SignedRevision} from '#ledger/agreements/revision';
import {encodeProofWitness} from '#ledger/proofs/proof-witness';
import {agreementOf} from '#ledger/queries';
import {buildProof} from '#storage-proofs/build-proof';
import {EMPTY_FOREST} from '#storage-proofs/forest';
import {crypto} from '../../support/crypto.ts';
import {LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

/** Carol's agreement is known to the chain, Bob's is not. */
const start = () => {
	const east = new TestProvider('east');
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east]);
	for (const client of [bob, carol]) chain.send(client, {kind: 'payer-deposit', amount: ada(10)});
	const carols = storeWith(chain, carol, east, [pieceOf('a', 8000), pieceOf('b', 4000)]);
	const bobs = storeWith(chain, bob, east, [pieceOf('c', 5000)]);
	chain.send(carol, {kind: 'revision-post', revision: east.newest(carols)});
	return {east, chain, carols, bobs};
};

const commitTo = (
	{east, chain}: ReturnType<typeof start>,
	epoch: number,
	agreementIds: readonly Hash32[],
): void => {
	chain.advanceTo(chain.slotAt(epoch, -1));
	chain.next(east.commit(chain, epoch, east.forestOf(agreementIds)));
	chain.advanceTo(chain.slotAt(epoch, 4));
};

test('a forest that leaves out what the chain knows is not proven, however it is proven', t => {
	const scene = start();
	const {east, chain, bobs} = scene;
	commitTo(scene, 1, [bobs]);
	const proof = east.proof(chain, 1, east.forestOf([bobs]));
	t.deepEqual(chain.refusal(east.prove(chain, 1, proof)), {
		code: 'PROOF_LEAVES_TOO_FEW',
		provider: east.id,
		epoch: Epoch(1),
		totalLeaves: 5,
		known: 17,
	});
	chain.advanceTo(chain.slotAt(1, 9));
	t.like(chain.eventsOf('missed')[0], {reason: 'no-proof'});
	t.deepEqual(chain.eventsOf('storage-paid'), []);
});

test('a forest of all agreements is proven and paid', t => {
	const {east, chain} = start();
	runEpoch(chain, 1, {committing: [east], proving: [east]});
	t.is(chain.eventsOf('storage-paid').length, 2);
});

test('a commitment to nothing is its own proof only as long as nothing is known', t => {
	const scene = start();
	const {east, chain} = scene;
	commitTo(scene, 1, []);
	t.is(chain.state.commitments.values().next().value?.proven, false);
	const nothing = buildProof(crypto, EMPTY_FOREST, [], []);
	if (!nothing.ok) return t.fail();
	const proof = encodeProofWitness({proof: nothing.value, revisions: []});
	t.like(chain.refusal(east.prove(chain, 1, proof)) as object, {
		code: 'PROOF_LEAVES_TOO_FEW',
		totalLeaves: 0,
	});
	chain.advanceTo(chain.slotAt(1, 9));
	return t.is(chain.eventsOf('missed').length, 1);
});

/** A proof of the epoch with these revisions besides those that it needs. */
const proofWith = (
	{east, chain}: ReturnType<typeof start>,
	epoch: number,
	more: readonly SignedRevision[],
): Uint8Array => {
	const proof = east.forestProof(chain, epoch);
	const asked = east.unseen(chain, proof);
	const ids = new Set(asked.map(({revision}) => revision));
	return encodeProofWitness({
		proof,
		revisions: [...asked, ...more.filter(({revision}) => !ids.has(revision))],
	});
};

test('what a client has taken out is shown with the proof, free of charge', t => {
	const scene = start();
	const {east, chain, carols} = scene;
	// Nothing is left of Carol's: no challenge falls there.
	const smaller = east.store(chain, carol, carols, []);
	t.is(smaller.revision.validFrom, Epoch(1));
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	chain.advanceTo(chain.slotAt(1, 4));
	t.like(chain.refusal(east.prove(chain, 1)) as object, {code: 'PROOF_LEAVES_TOO_FEW', totalLeaves: 5});
	const events = chain.next(east.prove(chain, 1, proofWith(scene, 1, [smaller])));
	t.true(events.some(({kind}) => kind === 'proven'));
	t.is(agreementOf(chain.state, carols)?.leaves, 0);
	// Known now: not to be shown again.
	chain.advanceTo(chain.slotAt(2, -1));
	chain.next(east.commit(chain, 2));
	chain.advanceTo(chain.slotAt(2, 4));
	const again = proofWith(scene, 2, [smaller]);
	t.deepEqual(chain.refusal(east.prove(chain, 2, again)), {
		code: 'PROOF_REVISION_SURPLUS',
		agreementId: carols,
	});
	t.is(chain.refusal(east.prove(chain, 2, proofWith(scene, 2, []))), undefined);
});

test('when a client has taken out everything, a proof without leaves says so', t => {
	const scene = start();
	const {east, chain, carols, bobs} = scene;
	chain.send(bob, {kind: 'agreement-close', agreementId: bobs, mode: 'cooperative'}, {with: [east.operator]});
	const empty = east.store(chain, carol, carols, []);
	runEpoch(chain, 1, {committing: [east], proving: []});
	t.like(chain.eventsOf('missed')[0], {reason: 'no-proof'});
	const other = start();
	const emptied = other.east.store(other.chain, carol, other.carols, []);
	t.deepEqual(emptied.revision, {...empty.revision});
	other.chain.send(
		bob,
		{kind: 'agreement-close', agreementId: other.bobs, mode: 'cooperative'},
		{with: [other.east.operator]},
	);
	other.chain.advanceTo(other.chain.slotAt(1, -1));
	other.chain.next(other.east.commit(other.chain, 1));
	other.chain.advanceTo(other.chain.slotAt(1, 4));
	other.chain.next(other.east.prove(other.chain, 1, proofWith(other, 1, [emptied])));
	other.chain.advanceTo(other.chain.slotAt(1, 9));
	t.is(other.chain.eventsOf('storage-paid').length, 1);
});
