/** What token holders decide on Cardano enters the ledger: when, in which order, and what cannot. */
import test from 'ava';
import fc from 'fast-check';
import {encode} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import type {EnactedEffect, MainChainEvent} from '#kernel/main-chain-event';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {buildBody} from '#ledger/block/build-body';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {WAITING_MAX} from '#ledger/governance/governance';
import {parameterChangeCodec} from '#ledger/governance/parameter-change';
import {PROTOCOL_VERSION_FIRST, PROTOCOL_VERSION_MAX} from '#ledger/governance/protocol-version';
import {governanceAt, parametersAt, versionAt} from '#ledger/governance/rules-at';
import {stateRootOf} from '#ledger/main-chain/state-root';
import {readerOf} from '#ledger/state/state';
import {minimumFee} from '#ledger/tx/fee';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';

const enacted = (proposal: number, effect: EnactedEffect): MainChainEvent => ({
	kind: 'enacted',
	proposal,
	effect,
});

const changing = (values: Partial<LedgerParameters>, fromEpoch = 0): EnactedEffect => ({
	kind: 'side-chain-parameters',
	change: encode(parameterChangeCodec, {fromEpoch, values}),
});

const upgrade = (version: number, activationEpoch: number): EnactedEffect => ({
	kind: 'protocol-upgrade',
	version,
	activationEpoch,
});

const NEXT = PROTOCOL_VERSION_MAX + 1;

const parametersOf = ({env, state}: LedgerChain): LedgerParameters => parametersAt(env, readerOf(state));
const waitingIn = ({state}: LedgerChain): readonly number[] =>
	governanceAt(readerOf(state)).waiting.map(({proposal}) => proposal);

test('a change enters at the first boundary after the checkpoint of its period stands on Cardano', t => {
	const chain = new LedgerChain(testGenesis());
	const before = parametersOf(chain);
	const values = {feeBase: Lovelace(25_000n), storageFee: Ratio(1n, 10n)};
	t.deepEqual(chain.report(enacted(3, changing(values))), [
		{
			kind: 'enactment-scheduled',
			proposal: 3,
			period: 1,
			effect: {kind: 'parameters', change: {fromEpoch: 0, values}},
		},
	]);
	// Period 1 ends with epoch 2; nobody confirms it for an epoch.
	chain.advanceTo(chain.slotAt(3, 1));
	t.deepEqual(parametersOf(chain), before);
	chain.confirm(1);
	chain.advanceTo(chain.slotAt(3, 9));
	t.deepEqual(parametersOf(chain), before, 'within an epoch the rules are the same');
	chain.advanceTo(chain.slotAt(4));
	t.deepEqual(chain.eventsOf('parameters-changed'), [
		{kind: 'parameters-changed', proposal: 3, epoch: chain.epoch, values},
	]);
	t.is(chain.epoch, Epoch(4));
	t.deepEqual(parametersOf(chain), {...before, ...values});
	t.deepEqual(waitingIn(chain), []);
});

test('a transaction pays the fee of the rules in force, and no less', t => {
	const chain = new LedgerChain(testGenesis());
	chain.report(enacted(0, changing({feeBase: Lovelace(25_000n)})));
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	chain.advanceTo(chain.slotAt(3));
	const action = {kind: 'transfer', to: bob.account, amount: ada(1)} as const;
	const {size, body} = chain.transaction(alice, action);
	t.is(body.fee, minimumFee({feeBase: Lovelace(25_000n)}, size));
	t.is(chain.refusal(chain.transaction(alice, action)), undefined);
	const fee = Lovelace(body.fee - 1n);
	t.deepEqual(chain.refusal(chain.transaction(alice, action, {change: {fee}})), {
		code: 'TX_FEE_TOO_SMALL',
		fee,
		feeMin: body.fee,
	});
});

test('a change waits for the epoch that it names', t => {
	const chain = new LedgerChain(testGenesis());
	chain.report(enacted(0, changing({lockEpochs: 9}, 5)));
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	chain.advanceTo(Slot(chain.slotAt(5) - 1));
	t.not(parametersOf(chain).lockEpochs, 9);
	chain.advanceTo(chain.slotAt(5));
	t.is(parametersOf(chain).lockEpochs, 9);
});

test('of changes of one parameter that are due together the one enacted later holds', t => {
	const chain = new LedgerChain(testGenesis());
	chain.report(
		enacted(8, changing({lockEpochs: 8})),
		enacted(2, changing({lockEpochs: 7, vettingEpochs: 1})),
	);
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	chain.advanceTo(chain.slotAt(3));
	t.like(parametersOf(chain), {lockEpochs: 7, vettingEpochs: 1});
});

test('a proposal that means nothing here has no effect, and the block that reports it is good', t => {
	const chain = new LedgerChain(testGenesis());
	const refused = (effect: EnactedEffect): unknown => chain.report(enacted(1, effect));
	const event = (problem: unknown) => [{kind: 'enactment-refused', proposal: 1, problem}];
	t.deepEqual(
		refused({kind: 'side-chain-parameters', change: Uint8Array.of(0x00)}),
		event({code: 'CHANGE_MALFORMED', failure: {code: 'CBOR_WRONG_TYPE', at: 0}}),
	);
	t.deepEqual(
		refused(changing({missesToVacate: 0})),
		event({code: 'CHANGE_OUT_OF_BOUNDS', parameter: 'missesToVacate', problem: 'is not from 1 to 1024'}),
	);
	t.deepEqual(
		refused(upgrade(PROTOCOL_VERSION_FIRST, 4)),
		event({code: 'UPGRADE_NOT_NEWER', version: PROTOCOL_VERSION_FIRST, current: PROTOCOL_VERSION_FIRST}),
	);
	t.deepEqual(
		refused(upgrade(NEXT, 2 ** 40)),
		event({code: 'UPGRADE_NEVER', activationEpoch: 2 ** 40, epochMax: 2 ** 32 - 1}),
	);
	t.deepEqual(waitingIn(chain), []);
	for (let proposal = 0; proposal < WAITING_MAX; proposal++)
		chain.report(enacted(proposal, changing({lockEpochs: 1 + proposal})));
	t.deepEqual(
		refused(changing({lockEpochs: 1})),
		event({code: 'ENACTMENTS_TOO_MANY', waitingMax: WAITING_MAX}),
	);
});

/** An upgrade to a version that this software does not know is decided and confirmed. */
const upgraded = (protocolVersionMax?: number): LedgerChain => {
	const chain = new LedgerChain(testGenesis(), protocolVersionMax);
	chain.report(enacted(5, upgrade(NEXT, 4)));
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	chain.advanceTo(Slot(chain.slotAt(4) - 1));
	return chain;
};

test('old software stops at the epoch of an upgrade: it takes no block and makes none', t => {
	const chain = upgraded();
	const reader = readerOf(chain.state);
	t.is(versionAt(reader, 3), PROTOCOL_VERSION_FIRST);
	t.is(versionAt(reader, 4), NEXT, 'it is known before');
	const error = {code: 'PROTOCOL_VERSION_UNKNOWN', version: NEXT, versionMax: PROTOCOL_VERSION_MAX};
	const slot = chain.slotAt(4);
	t.deepEqual<unknown, unknown>(chain.tryBlock(slot, []), {ok: false, error});
	const candidates = {transactions: [], mainChain: {mcRef: chain.mcRef, events: []}};
	t.deepEqual<unknown, unknown>(buildBody(chain.env, chain.state, chain.contextAt(slot), candidates), {
		ok: false,
		error,
	});
});

test('newer software goes on by the new rules', t => {
	const chain = upgraded(NEXT);
	chain.advanceTo(chain.slotAt(4));
	t.like(chain.eventsOf('protocol-upgraded'), [{proposal: 5, epoch: 4, version: NEXT}]);
	t.is(governanceAt(readerOf(chain.state)).protocolVersion, NEXT);
});

test('an upgrade to what a later one has passed already has no effect', t => {
	const chain = new LedgerChain(testGenesis(), NEXT + 1);
	chain.report(enacted(1, upgrade(NEXT + 1, 3)), enacted(2, upgrade(NEXT, 4)));
	chain.advanceTo(chain.slotAt(2));
	chain.confirm(1);
	chain.advanceTo(chain.slotAt(4));
	t.is(governanceAt(readerOf(chain.state)).protocolVersion, NEXT + 1);
	t.deepEqual(chain.eventsOf('enactment-refused'), [
		{
			kind: 'enactment-refused',
			proposal: 2,
			problem: {code: 'UPGRADE_NOT_NEWER', version: NEXT, current: NEXT + 1},
		},
	]);
});

test('the state root covers what governance decided', t => {
	const rootOf = ({state}: LedgerChain): unknown =>
		stateRootOf(crypto, readerOf(state), {
			praosRoot: hashOf('praos'),
			payoutRoot: hashOf('payout'),
			nextCommittee: [],
		});
	const [first, second] = [new LedgerChain(testGenesis()), new LedgerChain(testGenesis())];
	first.report(enacted(0, changing({lockEpochs: 4})));
	second.report(enacted(0, changing({lockEpochs: 5})));
	t.notDeepEqual(rootOf(first), rootOf(second));
});

type Step =
	| {readonly what: 'enact'; readonly lockEpochs: number; readonly fromEpoch: number}
	| {readonly what: 'advance'}
	| {readonly what: 'confirm'};

const anyStep: fc.Arbitrary<Step> = fc.oneof(
	fc.record({
		what: fc.constant('enact' as const),
		lockEpochs: fc.integer({min: 1, max: 1024}),
		fromEpoch: fc.nat(8),
	}),
	fc.constant({what: 'advance' as const}),
	fc.constant({what: 'confirm' as const}),
);

/** The rule in three lines, beside a chain that goes by it. */
class Model {
	readonly chain = new LedgerChain(testGenesis());
	readonly #checkpointEvery = testGenesis().checkpointEvery;
	waiting: {readonly period: number; readonly step: Extract<Step, {what: 'enact'}>}[] = [];
	confirmed = 0;
	lockEpochs = parametersOf(this.chain).lockEpochs;

	play(step: Step): void {
		const closed = Math.floor(this.chain.epoch / this.#checkpointEvery);
		if (step.what === 'advance') this.#advance();
		else if (step.what === 'enact') {
			this.chain.report(
				enacted(this.waiting.length, changing({lockEpochs: step.lockEpochs}, step.fromEpoch)),
			);
			this.waiting.push({period: closed + 1, step});
		} else if (closed > this.confirmed) {
			this.confirmed = closed;
			this.chain.confirm(closed);
		}
	}

	#advance(): void {
		const epoch = this.chain.epoch + 1;
		this.chain.block(this.chain.slotAt(epoch));
		const isDue = ({period, step: {fromEpoch}}: (typeof this.waiting)[number]): boolean =>
			period <= this.confirmed && fromEpoch <= epoch;
		for (const {step} of this.waiting.filter(isDue)) this.lockEpochs = step.lockEpochs;
		this.waiting = this.waiting.filter(each => !isDue(each));
	}
}

test('whatever is decided and confirmed when, each change enters once, in its time', t => {
	fc.assert(
		fc.property(fc.array(anyStep, {maxLength: 14}), steps => {
			const model = new Model();
			for (const step of steps) {
				model.play(step);
				t.is(parametersOf(model.chain).lockEpochs, model.lockEpochs);
				t.is(waitingIn(model.chain).length, model.waiting.length);
			}
		}),
		{numRuns: 60},
	);
});
