/**
 * What an epoch costs with many agreements: the end of its proof window, where nobody has asked for settlements yet, beside a
 * settlement of every one of them; and the boundary to the next epoch, at which none of them ends.
 */
import {performance} from 'node:perf_hooks';
import {assert} from '#kernel/assert';
import {u32be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {BlockNo, Epoch, Slot} from '#kernel/slot';
import {type Agreement, epochRevenue} from '#ledger/agreements/agreement';
import {newAgreement} from '#ledger/agreements/check-opening';
import {EMPTY_PAYER} from '#ledger/agreements/payer';
import {tickLedger} from '#ledger/epoch/tick';
import {openDraft} from '#ledger/state/draft';
import {keyOf} from '#ledger/state/keys';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import {proofTimetable} from '#storage-proofs/window';
import {crypto} from '../support/crypto.ts';
import {LedgerChain} from '../support/ledger-chain.ts';
import {ada, testGenesis} from '../support/ledger-genesis.ts';
import {openingOf, TestProvider} from '../support/ledger-storage.ts';
import {type Bench, lessIsBetter} from './bench.ts';
import {isShort} from './measure.ts';

const AGREEMENTS = isShort ? 2000 : 100_000;
const EACH = 100;
const CLIENTS = 1000;
const EPOCH = Epoch(1);

const named = (what: number, index: number): Hash32 => crypto.blake2b256(u32be(what), u32be(index));

const REVENUE = epochRevenue(openingOf(new TestProvider('any')));

const agreementOf = (provider: Hash32, client: number): Agreement =>
	newAgreement(
		{...openingOf(new TestProvider('any')), provider},
		{
			client: crypto.blake2b224(u32be(client)),
			payer: crypto.blake2b224(u32be(client)),
			startEpoch: EPOCH,
			settledAt: EPOCH,
			collateral: Lovelace(0n),
			standing: null,
		},
	);

const addProvider = ({state}: LedgerChain, number: number): void => {
	const id = named(0, number);
	const key = keyOf(id);
	const ids = Array.from({length: EACH}, (_, index) => named(1, number * EACH + index));
	ids.sort((a, b) => Buffer.compare(a, b));
	state.providers.set(key, {
		...new TestProvider('any').registration(),
		collateral: Lovelace(0n),
		usedLeaves: 0,
		accepting: true,
		exitFrom: null,
		registeredAt: Epoch(0),
		misses: [],
		provenEpochs: 0,
		lastProvenEpoch: null,
		provenBits: 0n,
		settledFrom: EPOCH,
		earned: Lovelace(0n),
		penalties: [],
	});
	state.providerAgreements.set(key, ids);
	for (const [index, agreementId] of ids.entries()) {
		const agreement = agreementOf(id, (number * EACH + index) % CLIENTS);
		state.agreements.set(keyOf(agreementId), agreement);
		const client = keyOf(agreement.client);
		const payer = state.payers.get(client) ?? {...EMPTY_PAYER, funds: ada(1_000_000), settledAt: EPOCH};
		state.payers.set(client, {...payer, lockRate: Lovelace(payer.lockRate + REVENUE)});
	}
	const root = named(2, number);
	state.commitments.set(key, {epoch: EPOCH, root, totalLeaves: 1, slot: Slot(90), proven: true});
};

const fill = (settleEpochs: number): LedgerChain => {
	const {parameters, ...rest} = testGenesis();
	const chain = new LedgerChain({...rest, parameters: {...parameters, settleEpochs}});
	for (let number = 0; number < AGREEMENTS / EACH; number++) addProvider(chain, number);
	return chain;
};

/** Milliseconds that it takes to come into a slot, and the events that this makes. */
const enter = ({env, state}: LedgerChain, slot: Slot): {readonly ms: number; readonly events: number} => {
	const draft = openDraft(state);
	draft.setSingle('chain', {...single(readerOf(state), 'chain'), slot: Slot(slot - 1)});
	draft.setSingle('challenge', {...single(draft, 'challenge'), judgedUntil: EPOCH});
	const context = {slot, blockNo: BlockNo(1), prevHash: null, praosRoot: null};
	const start = performance.now();
	const events = tickLedger(env, draft, context);
	draft.diff();
	return {ms: performance.now() - start, events: events.length};
};

/** The fastest of a few times. */
const best = (chain: LedgerChain, slot: Slot, eventsWanted: number): number => {
	const rounds = Array.from({length: isShort ? 1 : 3}, () => enter(chain, slot));
	assert(
		rounds.every(({events}) => events === eventsWanted),
		'no agreement ends, and every one is settled, or none',
	);
	return Math.min(...rounds.map(({ms}) => ms));
};

const judge = (settleEpochs: number): number => {
	const chain = fill(settleEpochs);
	const {settleAt} = proofTimetable(chain.env.genesis, EPOCH);
	return best(chain, settleAt, settleEpochs === 0 ? AGREEMENTS : 0);
};

/** Nothing is told but that the epoch has begun. */
const begin = (): number => {
	const chain = fill(60);
	// A period that closed would hash the whole state.
	const epoch = Epoch(EPOCH + (EPOCH % chain.env.genesis.checkpointEvery === 0 ? 1 : 0));
	return best(chain, Slot(epoch * chain.env.genesis.epochLength), 1);
};

export const ledgerSettlement: Bench = {
	name: 'ledger-settlement',
	run: async () => [
		lessIsBetter(`end of a proof window, ${AGREEMENTS} agreements`, 'ms', judge(60), {
			name: 'the same, each settled at once',
			value: judge(0),
		}),
		lessIsBetter(`boundary between two epochs, ${AGREEMENTS} agreements`, 'ms', begin()),
	],
};
