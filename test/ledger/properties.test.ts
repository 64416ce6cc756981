/** Random lives of a small network: whatever people try, no credit is made or lost, and every block can be undone. */
import test from 'ava';
import fc from 'fast-check';
import {encode} from '#kernel/cbor/codec';
import {undoDiff} from '#ledger/state/diff';
import {keyOf} from '#ledger/state/keys';
import {stateCodec} from '#ledger/state/state';
import {LedgerChain} from '../support/ledger-chain.ts';
import {anyPerson, lazyGenesis, live, type Step, step} from '../support/random-lives.ts';

test('whatever token holders make of the rules in the middle of lives, value is conserved and the books stay straight', t => {
	const seen = new Set<string>();
	const often = fc.oneof(
		fc.record({...anyPerson, what: fc.nat(22)}),
		fc.record({...anyPerson, what: fc.constantFrom(19, 22)}),
	);
	fc.assert(
		fc.property(fc.array(often, {minLength: 20, maxLength: 60}), steps => {
			for (const {kind} of live(steps).chain.events) seen.add(kind);
		}),
		{numRuns: 40, seed: 20261121},
	);
	for (const kind of ['parameters-changed', 'missed', 'storage-paid', 'retrieval-answered'])
		t.true(seen.has(kind), kind);
});

test('lives in which some pay for others conserve value, and nobody pays more than was allowed', t => {
	const seen = new Set<string>();
	let paidForOthers = 0;
	const often = fc.oneof(step, fc.record({...anyPerson, what: fc.constantFrom(1, 8, 9, 17, 18, 21, 23)}));
	const all: readonly Step[] = [0, 1, 2, 3].map(who => ({what: 23, who, whom: who + 1, amount: 79_999}));
	fc.assert(
		fc.property(fc.array(often, {minLength: 20, maxLength: 60}), steps => {
			const {chain} = live([...all, ...steps]);
			for (const {kind} of chain.events) seen.add(kind);
			for (const {client, payer} of chain.eventsOf('agreement-opened'))
				if (keyOf(client) !== keyOf(payer)) paidForOthers++;
			const fresh = encode(stateCodec, new LedgerChain(lazyGenesis()).state);
			for (const {diff} of chain.blocks.toReversed()) undoDiff(chain.state, diff);
			return Buffer.compare(encode(stateCodec, chain.state), fresh) === 0;
		}),
		{numRuns: 40, seed: 20261123},
	);
	t.true(paidForOthers > 5, `${paidForOthers} agreements were paid by somebody else`);
	for (const kind of ['payer-allowed', 'storage-paid', 'missed']) t.true(seen.has(kind), kind);
});

test('random lives conserve value, keep the books straight, and can be undone to the genesis', t => {
	const seen = new Set<string>();
	fc.assert(
		fc.property(fc.array(step, {minLength: 10, maxLength: 60}), steps => {
			const {chain} = live(steps);
			for (const {kind} of chain.events) seen.add(kind);
			const fresh = encode(stateCodec, new LedgerChain(lazyGenesis()).state);
			for (const {diff} of chain.blocks.toReversed()) undoDiff(chain.state, diff);
			return Buffer.compare(encode(stateCodec, chain.state), fresh) === 0;
		}),
		{numRuns: 70, seed: 20261122},
	);
	// The lives are worth living: money moves in every way that there is.
	for (const kind of [
		'storage-paid',
		'payer-insolvent',
		'missed',
		'agreement-vacated',
		'bounty-expired',
		'rewarded',
		'withdrawn',
		'channel-settled',
		'channel-topped-up',
		'retrieval-answered',
		'retrieval-missed',
		'channel-closing',
		'channel-closed',
		'head-set',
		'head-removed',
	])
		t.true(seen.has(kind), `no life saw ${kind}`);
	t.log([...seen].sort().join(' '));
});
