import test from 'ava';
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import type {ActionOf} from '#ledger/tx/action';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceIdOf,
	pieceOf,
	registerProviders,
	repairer,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const piece = pieceOf('a', 5000);

const chainOf = (...providers: TestProvider[]): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, providers);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	return chain;
};

test('rejects a commitment outside its window, twice, of too much, of nothing due, by another', t => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = chainOf(east, west);
	storeWith(chain, bob, east, [piece]);
	const commitment = east.commitment(chain, 1);
	const refusal = (change: Partial<ActionOf<'commit'>>, signer = east.operator, slot?: Slot): unknown =>
		chain.refusal(chain.feeFree({...commitment, ...change}, [signer]), slot);
	t.deepEqual(refusal({}), {
		code: 'COMMITMENT_OUT_OF_WINDOW',
		epoch: Epoch(1),
		slot: Slot(chain.slot + 1),
		open: Epoch(0),
	});
	t.deepEqual(refusal({}, east.operator, Slot(chain.slotAt(1, -1) - 1)), {
		code: 'COMMITMENT_OUT_OF_WINDOW',
		epoch: Epoch(1),
		slot: Slot(89),
		open: null,
	});
	chain.advanceTo(Slot(chain.slotAt(1, -1) - 1));
	t.is(refusal({}), undefined);
	t.deepEqual(refusal({epoch: Epoch(2 ** 32 - 1)}), {
		code: 'COMMITMENT_OUT_OF_WINDOW',
		epoch: Epoch(2 ** 32 - 1),
		slot: Slot(90),
		open: Epoch(1),
	});
	t.is(refusal({totalLeaves: 16_384}), undefined);
	t.deepEqual(refusal({totalLeaves: 16_385}), {
		code: 'COMMITMENT_TOO_LARGE',
		totalLeaves: 16_385,
		capacityLeaves: 16_384,
	});
	t.deepEqual(refusal({provider: west.id}, west.operator), {
		code: 'COMMITMENT_NOT_DUE',
		provider: west.id,
		epoch: Epoch(1),
	});
	t.deepEqual(refusal({provider: hashOf('nobody')}), {
		code: 'PROVIDER_UNKNOWN',
		provider: hashOf('nobody'),
	});
	t.deepEqual(refusal({}, west.operator), {
		code: 'TX_SIGNATURE_SURPLUS',
		verificationKey: west.operator.verificationKey,
	});
	chain.next(east.commit(chain, 1));
	t.deepEqual(refusal({}), {code: 'COMMITMENT_EXISTS', provider: east.id, epoch: Epoch(1)});
});

test('rejects a proof outside its window, without a commitment, twice, altered, or of other bytes', t => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = chainOf(east, west);
	storeWith(chain, bob, east, [piece]);
	storeWith(chain, bob, west, []);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	chain.advanceTo(Slot(chain.slotAt(1, 4) - 2));
	const early = Uint8Array.of(0x82, 0x81, 0x80, 0x80);
	t.deepEqual(chain.refusal(east.prove(chain, 1, early)), {
		code: 'PROOF_OUT_OF_WINDOW',
		epoch: Epoch(1),
		slot: Slot(chain.slotAt(1, 4) - 1),
		open: null,
	});
	chain.advanceTo(chain.slotAt(1, 4));
	const proof = east.proof(chain, 1);
	t.is(chain.refusal(east.prove(chain, 1)), undefined);
	t.is(chain.refusal(east.prove(chain, 1, early)) !== undefined, true);
	t.deepEqual(chain.refusal(west.prove(chain, 1, proof)), {
		code: 'PROOF_COMMITMENT_MISSING',
		provider: west.id,
		epoch: Epoch(1),
	});
	const wrongHash = {...east.proveAction(1, proof), witnessHash: hashOf('other')};
	t.deepEqual(chain.refusal(chain.feeFree(wrongHash, [east.operator], proof)), {
		code: 'PROOF_WITNESS_WRONG',
		witnessHash: hashOf('other'),
		found: crypto.blake2b256(proof),
	});
	const altered = proof.slice();
	const at = altered.length / 2;
	altered[at] = (altered[at] as number) ^ 1;
	t.like(chain.refusal(east.prove(chain, 1, altered)) as object, {code: 'PROOF_INVALID'});
	t.deepEqual(chain.refusal(east.prove(chain, 1, Uint8Array.of(0x81))), {
		code: 'PROOF_INVALID',
		error: {code: 'CBOR_TRUNCATED', at: 0},
	});
	t.deepEqual(chain.refusal(east.prove(chain, 1, early)), {
		code: 'PROOF_INVALID',
		error: {code: 'PROOF_OPENINGS_MISCOUNTED', openings: 0, challenges: 8},
	});
	chain.next(east.prove(chain, 1));
	t.deepEqual(chain.refusal(east.prove(chain, 1, proof)), {
		code: 'PROOF_EXISTS',
		provider: east.id,
		epoch: Epoch(1),
	});
	chain.advanceTo(Slot(chain.slotAt(1, 9) - 1));
	t.deepEqual(chain.refusal(east.prove(chain, 1, proof)), {
		code: 'PROOF_OUT_OF_WINDOW',
		epoch: Epoch(1),
		slot: chain.slotAt(1, 9),
		open: null,
	});
});

test('another seed asks for another proof', t => {
	const east = new TestProvider('east');
	const chain = chainOf(east);
	storeWith(chain, bob, east, [pieceOf('a', 200_000)]);
	chain.advanceTo(chain.slotAt(1, -1));
	chain.next(east.commit(chain, 1));
	chain.advanceTo(Slot(chain.slotAt(1, 4) - 1));
	const depth = chain.blocks.length;
	chain.block(chain.slotAt(1, 4));
	const proof = east.proof(chain, 1);
	t.is(chain.refusal(east.prove(chain, 1, proof)), undefined);
	while (chain.blocks.length > depth - 3) chain.rollback();
	chain.block(chain.slotAt(1, 4));
	t.like(chain.refusal(east.prove(chain, 1, proof)) as object, {code: 'PROOF_INVALID'});
	t.is(chain.refusal(east.prove(chain, 1)), undefined);
});

test('rejects a proof with a transaction that proves nothing, and a prove transaction without one', t => {
	const east = new TestProvider('east');
	const chain = chainOf(east);
	const {env} = chain;
	t.is(env.genesis.k, 5);
	const without = chain.feeFree(east.proveAction(1, Uint8Array.of(1)), [east.operator]);
	t.deepEqual(chain.refusal(without), {code: 'BLOCK_PROOFS_MISCOUNTED', proofs: 0, expected: 1});
});

type Repair = {
	readonly chain: LedgerChain;
	readonly claim: ActionOf<'repair-claim'>;
	readonly successor: Hash32;
	readonly vacated: Hash32;
	readonly west: TestProvider;
};

/** East lost the piece, west has taken it over; proven if wanted. */
const repairOf = (proven: boolean): Repair => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = chainOf(east, west);
	chain.send(alice, {kind: 'transfer', to: repairer.account, amount: ada(5)});
	const vacated = storeWith(chain, bob, east, [piece, pieceOf('b', 1000)]);
	chain.advanceTo(chain.slotAt(1, 1));
	chain.send(repairer, openingOf(west, {repairOf: vacated}), {with: [west.operator]});
	const {agreementId: successor} = defined(chain.eventsOf('agreement-opened').at(-1), 'opened');
	west.store(chain, repairer, successor, [piece]);
	chain.send(alice, {kind: 'revision-post', revision: east.newest(vacated)});
	if (proven) {
		chain.advanceTo(chain.slotAt(2, -1));
		chain.next(west.commit(chain, 2));
		chain.advanceTo(chain.slotAt(2, 4));
		chain.next(west.prove(chain, 2));
	}
	const pieceId = pieceIdOf(piece);
	const claim: ActionOf<'repair-claim'> = {
		kind: 'repair-claim',
		vacated,
		successor,
		pieceId,
		pieceLeaves: 5,
		vacatedProof: east.pieceProof(vacated, pieceId),
		successorProof: west.forestPieceProof(chain, 2, successor, pieceId),
		epoch: Epoch(2),
	};
	return {chain, claim, successor, vacated, west};
};

test('a bounty is paid once, for a piece that is in both agreements, and to nobody but the repairer', t => {
	const {chain, claim, successor, vacated} = repairOf(true);
	const refusal = (change: Partial<ActionOf<'repair-claim'>>, sender = repairer): unknown =>
		chain.refusal(chain.transaction(sender, {...claim, ...change}));
	t.deepEqual(refusal({}, alice), {
		code: 'TX_SIGNATURE_MISSING',
		signer: repairer.verificationKey,
	});
	t.deepEqual(refusal({vacated: successor}), {code: 'AGREEMENT_NOT_VACATED', agreementId: successor});
	t.deepEqual(refusal({vacated: hashOf('none')}), {
		code: 'AGREEMENT_UNKNOWN',
		agreementId: hashOf('none'),
	});
	t.deepEqual(refusal({successor: vacated}), {
		code: 'REPAIR_SUCCESSOR_WRONG',
		successor: vacated,
		vacated,
	});
	t.deepEqual(refusal({vacatedProof: Uint8Array.of()}), {
		code: 'REPAIR_PROOF_INVALID',
		of: 'vacated',
		error: {code: 'CBOR_TRUNCATED', at: 0},
	});
	t.like(refusal({pieceLeaves: 6}) as object, {code: 'REPAIR_PROOF_INVALID', of: 'vacated'});
	t.like(refusal({successorProof: claim.vacatedProof}) as object, {
		code: 'REPAIR_PROOF_INVALID',
		of: 'successor',
	});
	const events = chain.send(repairer, claim);
	// Half of one epoch's revenue, five of six leaves.
	t.deepEqual(events.at(-1), {
		kind: 'bounty-paid',
		vacated,
		successor,
		pieceId: claim.pieceId,
		to: repairer.account,
		amount: Lovelace(((15_625n / 2n) * 5n) / 6n),
	});
	t.deepEqual(refusal({}), {code: 'REPAIR_ALREADY_PAID', vacated, pieceId: claim.pieceId});
});

test('rejects a claim before the successor has proven', t => {
	const {chain, claim, successor} = repairOf(false);
	t.deepEqual(chain.refusal(chain.transaction(repairer, claim)), {
		code: 'REPAIR_NOT_PROVEN',
		successor,
		epoch: Epoch(2),
	});
});
