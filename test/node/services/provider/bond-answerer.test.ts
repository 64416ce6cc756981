import test from 'ava';
import {Hash28, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {BondContract} from '#node/ports/bond-contract';
import type {WantedOpening} from '#node/services/chain/find-opening';
import {BondAnswerer} from '#node/services/provider/bond-answerer';
import type {DisputedBond} from '#onchain/plans/bond-plans';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {hashOf} from '../../../support/ledger-chain.ts';
import {type LogLine, recordingLog} from '../../../support/producer.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';
import {settled} from '../support/storage-world.ts';

const provider = hashOf('claim');
const LOOK_MS = 1000;
/** Whatever is found; the contract looks at it. */
const opening = {revisionNo: 1n} as LeafOpening;

const disputed = (name: Hash32): DisputedBond => ({
	ref: {txId: hashOf('output'), index: 0},
	lovelace: 70_000_000n,
	name,
	datum: {
		owner: Hash28(new Uint8Array(28)),
		provider,
		exitAfterMs: 0,
		challenger: Hash28(new Uint8Array(28)),
		root: hashOf('root'),
		totalLeaves: 100n,
		leaf: 7n,
		answerByMs: 1_000_000,
	},
});

/** Bonds on Cardano, as they stand at the moment. */
class SimulatedBonds implements BondContract {
	standing: DisputedBond[] = [];
	failure: string | undefined;
	answered: Hash32[] = [];

	async disputesOf() {
		if (this.failure !== undefined) throw new NodeError({code: this.failure});
		return this.standing;
	}

	async answer({bond}: {readonly bond: Hash32}) {
		this.answered.push(bond);
		this.standing = [];
		return {txId: Hash32(hashOf('answer')), fee: 300_000n};
	}
}

const start = () => {
	const contract = new SimulatedBonds();
	const logged: LogLine[] = [];
	const asked: WantedOpening[] = [];
	const known: {isThere: boolean} = {isThere: true};
	const clock = createVirtualClock();
	const stopping = new AbortController();
	const findOpening = async (wanted: WantedOpening): Promise<LeafOpening | undefined> => {
		asked.push(wanted);
		return known.isThere ? opening : undefined;
	};
	const answerer = new BondAnswerer(
		{contract, findOpening, clock, log: recordingLog(logged)},
		{provider, lookEveryMs: LOOK_MS},
	);
	const running = answerer.run({signal: stopping.signal});
	return {
		contract,
		logged,
		asked,
		known,
		look: async (times = 1) => {
			for (let time = 0; time < times; time++) {
				clock.advanceTo(clock.now() + LOOK_MS);
				await settled();
			}
		},
		stop: async () => {
			stopping.abort();
			await running;
		},
	};
};

test('a dispute is answered with the leaf that it asks for, and again when Cardano takes the answer back', async t => {
	const {contract, asked, look, stop} = start();
	await look();
	t.deepEqual(contract.answered, []);
	const name = hashOf('bond');
	contract.standing = [disputed(name)];
	await look();
	t.deepEqual(contract.answered, [name]);
	t.deepEqual(asked, [{provider, root: hashOf('root'), totalLeaves: 100n, leaf: 7n}]);
	await look(3);
	t.is(contract.answered.length, 1);
	contract.standing = [disputed(name)];
	await look();
	t.deepEqual(contract.answered, [name, name]);
	await stop();
});

test('what fails is told once and tried again; a leaf that is nowhere is searched for seldom', async t => {
	const {contract, logged, asked, known, look, stop} = start();
	contract.failure = 'MAIN_CHAIN_UNREACHABLE';
	await look(3);
	const warnings = () => logged.filter(({message}) => message === 'dispute on cardano not answered').length;
	t.is(warnings(), 1);
	contract.failure = undefined;
	known.isThere = false;
	contract.standing = [disputed(hashOf('bond'))];
	await look(5);
	t.is(warnings(), 2);
	t.is(asked.length, 1);
	known.isThere = true;
	await look(10);
	t.is(asked.length, 2);
	t.is(contract.answered.length, 1);
	await stop();
});
