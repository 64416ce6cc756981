import test from 'ava';
import {encode} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import type {EnactedEffect} from '#kernel/main-chain-event';
import {Ratio} from '#kernel/ratio';
import {parameterChangeCodec} from '#ledger/governance/parameter-change';
import {governanceView} from '#node/services/control/governance-view';
import {LedgerChain} from '../../../support/ledger-chain.ts';
import {testGenesis} from '../../../support/ledger-genesis.ts';

const viewOf = ({env, state}: LedgerChain) => governanceView(env, state);

const report = (chain: LedgerChain, proposal: number, effect: EnactedEffect): void =>
	void chain.report({kind: 'enacted', proposal, effect});

const change = (fromEpoch: number): EnactedEffect => ({
	kind: 'side-chain-parameters',
	change: encode(parameterChangeCodec, {
		fromEpoch,
		values: {feeBase: Lovelace(25_000n), storageFee: Ratio(1n, 10n)},
	}),
});

test('what was voted is shown with the epoch that it enters with, which it does when its checkpoint is in time', t => {
	const chain = new LedgerChain(testGenesis());
	const {epoch, waiting} = viewOf(chain);
	t.deepEqual({epoch, waiting}, {epoch: 0, waiting: []});
	report(chain, 7, change(0));
	const shown = {
		proposal: 7,
		kind: 'parameters',
		values: {feeBase: '25000', storageFee: '1/10'},
		version: null,
		period: 1,
		isConfirmed: false,
		notBeforeEpoch: 0,
		// Period 1 ends with epoch 1; epoch 2 confirms it.
		entersAtEpoch: 3,
	} as const;
	t.deepEqual(viewOf(chain).waiting, [shown]);
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	t.deepEqual(viewOf(chain).waiting, [{...shown, isConfirmed: true}]);
	t.like(viewOf(chain), {confirmedPeriod: 1, parameters: {feeBase: '10000'}});
	chain.advanceTo(chain.slotAt(3));
	t.like(viewOf(chain), {
		epoch: 3,
		waiting: [],
		parameters: {feeBase: '25000', storageFee: '1/10'},
		genesisParameters: {feeBase: '10000'},
	});
});

test('a checkpoint that is late moves the epoch that is shown, and so does the one that a proposal names', t => {
	const chain = new LedgerChain(testGenesis());
	report(chain, 0, change(9));
	report(chain, 1, change(0));
	report(chain, 2, {kind: 'protocol-upgrade', version: 11, activationEpoch: 40});
	const entering = () => viewOf(chain).waiting.map(({entersAtEpoch}) => entersAtEpoch);
	t.deepEqual(entering(), [9, 3, 40]);
	chain.advanceTo(chain.slotAt(5));
	t.deepEqual(entering(), [9, 6, 40], 'nobody has confirmed period 1');
	chain.confirm(1);
	chain.advanceTo(chain.slotAt(6));
	t.deepEqual(entering(), [9, 40]);
	t.like(viewOf(chain).waiting[1], {kind: 'upgrade', version: 11, values: {}, notBeforeEpoch: 40});
});
