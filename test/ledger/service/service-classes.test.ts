import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {circulation, creditsInCirculation} from '#ledger/money';
import {agreementOf} from '#ledger/queries';
import {decodeRetrievalProof, encodeRetrievalProof} from '#ledger/service/retrieval-proof';
import {answerDeadline} from '#ledger/service/service-class';
import {answerFee, demandDeposit} from '#ledger/service/service-terms';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import {agreementTrieOf, piecePayload} from '#storage-proofs/agreement-trie';
import {proveAbsence} from '#storage-proofs/trie/trie-path';
import {crypto} from '../../support/crypto.ts';
import {hashOf} from '../../support/ledger-chain.ts';
import {bob, carol} from '../../support/ledger-genesis.ts';
import {pieceIdOf, storeWith} from '../../support/ledger-storage.ts';
import {
	answer,
	answerOf,
	classOf,
	demandOf,
	leafOf,
	OTHER,
	PIECE,
	pieceId,
	REVENUE,
	start,
} from './service-scene.ts';

test("a provider that gives what is demanded earns the deposit, less the answer's place in a block", t => {
	const scene = start();
	const {chain, east, id} = scene;
	const {parameters} = chain.env.genesis;
	const before = creditsInCirculation(chain.state);
	chain.send(bob, demandOf(scene));
	t.deepEqual(chain.eventsOf('retrieval-demanded'), [
		{
			kind: 'retrieval-demanded',
			agreementId: id,
			provider: east.id,
			pieceId,
			leafIndex: 3,
			deadline: answerDeadline(chain.env.genesis, 'fast', chain.slot),
		},
	]);
	t.is(circulation(chain.state).demands, demandDeposit(parameters));
	const earned = chain.state.accounts.get(keyOf(east.payout.account))?.balance ?? 0n;
	chain.next(answer(scene, leafOf(PIECE, 3)));
	t.deepEqual(chain.eventsOf('retrieval-answered'), [
		{kind: 'retrieval-answered', agreementId: id, provider: east.id, pieceId, how: 'leaf'},
	]);
	t.is(
		chain.state.accounts.get(keyOf(east.payout.account))?.balance,
		Lovelace(earned + demandDeposit(parameters) - answerFee(parameters)),
	);
	t.is(creditsInCirculation(chain.state), before);
	t.is(chain.state.retrievalDemands.size, 0);
	chain.advanceTo(chain.slotAt(4));
	t.deepEqual(chain.eventsOf('retrieval-missed'), []);
	t.deepEqual(chain.refusal(answer(scene, leafOf(PIECE, 3))), {
		code: 'RETRIEVAL_DEMAND_NONE',
		agreementId: id,
	});
});

test('an answer shows the leaf that was demanded, in time, signed by the operator', t => {
	const scene = start();
	const {chain, east, id} = scene;
	chain.send(bob, demandOf(scene));
	const {deadline} = chain.eventsOf('retrieval-demanded')[0] ?? {deadline: Slot(0)};
	const wrong = {code: 'RETRIEVAL_LEAF_WRONG', pieceId, leafIndex: 3};
	t.deepEqual(chain.refusal(answer(scene, leafOf(PIECE, 2))), wrong);
	t.deepEqual(chain.refusal(answer(scene, leafOf(OTHER, 1))), wrong);
	t.like(chain.refusal(answer(scene, leafOf(PIECE, 3), {proof: Uint8Array.of(0x60)})), {
		code: 'RETRIEVAL_PROOF_INVALID',
	});
	t.like(chain.refusal(chain.feeFree(answerOf(scene, leafOf(PIECE, 3)), [bob])), {
		code: 'TX_SIGNATURE_SURPLUS',
	});
	t.is(chain.refusal(answer(scene, leafOf(PIECE, 3)), Slot(deadline - 1)), undefined);
	// At the deadline the demand is judged before any transaction, so a late answer meets none.
	t.deepEqual(chain.refusal(answer(scene, leafOf(PIECE, 3)), deadline), {
		code: 'RETRIEVAL_DEMAND_NONE',
		agreementId: id,
	});
	t.like(chain.refusal(answer(scene, leafOf(PIECE, 3), {revision: east.newest(id)})), {
		code: 'REVISION_STALE',
	});
});

test('a piece that the client signed out need not be given: the newest revision shows it', t => {
	const scene = start();
	const {chain, east, id} = scene;
	const demand = demandOf(scene);
	const freed = east.store(chain, bob, id, [OTHER]);
	const trie = agreementTrieOf([{pieceId: pieceIdOf(OTHER), leaves: 3}]);
	if (!trie.ok) return t.fail();
	const absence = proveAbsence(crypto, piecePayload, trie.value, pieceId);
	if (absence === undefined) return t.fail();
	chain.send(bob, demand);
	t.like(chain.refusal(answer(scene, {kind: 'freed', absence})), {code: 'RETRIEVAL_PROOF_INVALID'});
	const foreign = {...freed, revision: {...freed.revision, agreementId: hashOf('another')}};
	t.deepEqual(chain.refusal(answer(scene, {kind: 'freed', absence}, {revision: foreign})), {
		code: 'RETRIEVAL_REVISION_FOREIGN',
		agreementId: id,
	});
	chain.next(answer(scene, {kind: 'freed', absence}, {revision: freed}));
	t.is(chain.eventsOf('retrieval-answered')[0]?.how, 'freed');
	t.like(chain.refusal(chain.transaction(bob, {...demand, revision: null})), {
		code: 'RETRIEVAL_PIECE_INVALID',
	});
	return undefined;
});

test('only the client of an agreement with a class demands, one piece at a time, while it is paid for', t => {
	const scene = start('archive');
	const {chain, east, id} = scene;
	const refusal = (change: Partial<ActionOf<'retrieval-demand'>>, slot?: Slot, who = bob) =>
		chain.refusal(chain.transaction(who, demandOf(scene, change)), slot);
	t.is(refusal({}), undefined);
	t.deepEqual(refusal({}, undefined, carol), {
		code: 'AGREEMENT_CLIENT_WRONG',
		client: bob.account,
		sender: carol.account,
	});
	t.deepEqual(refusal({leafIndex: 5}), {code: 'RETRIEVAL_LEAF_OUTSIDE', leafIndex: 5, pieceLeaves: 5});
	t.like(refusal({pieceLeaves: 4}), {code: 'RETRIEVAL_PIECE_INVALID'});
	t.like(refusal({pieceProof: new Uint8Array(3)}), {code: 'RETRIEVAL_PIECE_INVALID'});
	t.deepEqual(refusal({agreementId: hashOf('none'), revision: null}), {
		code: 'AGREEMENT_UNKNOWN',
		agreementId: hashOf('none'),
	});
	const plain = storeWith(chain, bob, east, [PIECE], {nonce: 1});
	t.deepEqual(refusal({agreementId: plain, revision: null}), {
		code: 'SERVICE_CLASS_NONE',
		agreementId: plain,
	});
	chain.send(bob, classOf(plain), {with: [east.operator]});
	t.deepEqual(refusal({agreementId: plain, revision: null}), {
		code: 'RETRIEVAL_TOO_EARLY',
		startEpoch: agreementOf(chain.state, plain)?.startEpoch,
	});
	const late = Slot(chain.slotAt(19) + 1);
	t.deepEqual(refusal({}, late), {
		code: 'RETRIEVAL_TOO_LATE',
		deadline: Slot(late + 100),
		endsAt: chain.slotAt(20),
	});
	chain.send(bob, demandOf(scene));
	t.deepEqual(refusal({}), {code: 'RETRIEVAL_DEMAND_OPEN', agreementId: id});
	t.deepEqual(chain.refusal(chain.transaction(bob, classOf(id), {with: [east.operator]})), {
		code: 'RETRIEVAL_DEMAND_OPEN',
		agreementId: id,
	});
});

test('nobody demands of a provider in the epochs that it announced to be away', t => {
	const scene = start();
	const {chain, east} = scene;
	const notice = {
		kind: 'provider-notice',
		provider: east.id,
		purpose: 'maintenance',
		agreements: [],
	} as const;
	chain.next(chain.feeFree({...notice, epoch: Epoch(3)}, [east.operator]));
	t.deepEqual(chain.refusal(chain.transaction(bob, demandOf(scene)), chain.slotAt(3, 2)), {
		code: 'RETRIEVAL_IN_MAINTENANCE',
		provider: east.id,
		epoch: Epoch(3),
	});
	t.is(chain.refusal(chain.transaction(bob, demandOf(scene)), chain.slotAt(4, 2)), undefined);
});

test('a class is agreed by both sides', t => {
	const scene = start();
	const {chain, east, id} = scene;
	t.like(chain.refusal(chain.transaction(bob, classOf(id))), {code: 'TX_SIGNATURE_MISSING'});
	t.deepEqual(chain.refusal(chain.transaction(carol, classOf(id), {with: [east.operator]})), {
		code: 'AGREEMENT_CLIENT_WRONG',
		client: bob.account,
		sender: carol.account,
	});
	chain.send(bob, classOf(id, 'standard'), {with: [east.operator]});
	// What was paid before still counts.
	t.like(chain.state.serviceClasses.get(keyOf(id)), {serviceClass: 'standard', paid: 2n * REVENUE});
});

test('when too few blocks were made, or the agreement is over, nobody is to blame', t => {
	const scene = start();
	const {chain, id} = scene;
	chain.send(bob, demandOf(scene));
	const {deadline} = chain.eventsOf('retrieval-demanded')[0] ?? {deadline: Slot(0)};
	chain.block(deadline);
	const deposit = demandDeposit(chain.env.genesis.parameters);
	const nothing = {kind: 'retrieval-void', agreementId: id, provider: scene.east.id, deposit} as const;
	t.deepEqual(chain.eventsOf('retrieval-void'), [{...nothing, reason: 'too-few-blocks'}]);
	const over = start();
	over.chain.send(bob, demandOf(over));
	const close = {kind: 'agreement-close', agreementId: over.id, mode: 'cooperative'} as const;
	over.chain.send(bob, close, {with: [over.east.operator]});
	over.chain.advanceTo(over.chain.slotAt(6));
	t.deepEqual(over.chain.eventsOf('retrieval-void'), [{...nothing, reason: 'agreement-over'}]);
	t.deepEqual(over.chain.eventsOf('retrieval-missed'), []);
	t.is(over.chain.state.serviceClasses.size, 0);
	t.is(circulation(over.chain.state).demands, Lovelace(0n));
});

test('proofs of answers are read whatever the bytes are', t => {
	const proof = encodeRetrievalProof(leafOf(PIECE, 4));
	t.deepEqual(decodeRetrievalProof(proof), {ok: true, value: leafOf(PIECE, 4)});
	t.true(decodeRetrievalProof(encodeRetrievalProof({kind: 'freed', absence: null})).ok);
	fc.assert(
		fc.property(fc.nat(proof.length - 1), fc.nat(255), (place, value) => {
			const changed = proof.slice();
			changed[place] = value;
			t.notThrows(() => decodeRetrievalProof(changed));
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), junk => {
			t.notThrows(() => decodeRetrievalProof(junk));
		}),
	);
});
