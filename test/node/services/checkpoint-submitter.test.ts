import test from 'ava';
import {committeeHash} from '#crypto/checkpoint-message';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {AdvanceRequest, CheckpointContract} from '#node/ports/checkpoint-contract';
import {createCheckpointSigner} from '#node/services/checkpoint-signer';
import {CheckpointSubmitter} from '#node/services/checkpoint-submitter';
import {crypto} from '../../support/crypto.ts';
import {testPool} from '../../support/praos.ts';
import {
	checkpointParty,
	type LogLine,
	type Producer,
	producerGenesis,
	recordingLog,
	startProducer,
} from '../../support/producer.ts';
import {hashOf} from '../../support/side-chain.ts';
import {silentLog} from '../../support/silent-log.ts';

const pool = testPool(1);
/** A period is one epoch: 50 slots of a second, each with a block. The one member of the committee is the producer. */
const genesis = producerGenesis([pool], {checkpointEvery: 1});
const CERTIFIED_SLOT = 50 + genesis.k;
const member = checkpointParty(0);

/** The checkpoint on Cardano: takes what is of a later period, once, and a fee for it. */
class SimulatedContract implements CheckpointContract {
	period = 0;
	committee: Hash32 = hashOf(0);
	paid: number[] = [];
	/** What reading and advancing fail with. */
	readFailure: string | undefined;
	/** `arrives`: nobody answers, but Cardano has it. */
	advanceFailure: {readonly code: string; readonly arrives: boolean} | undefined;

	async readCheckpoint() {
		if (this.readFailure !== undefined) throw new NodeError({code: this.readFailure});
		const {period, committee: hash} = this;
		const root = hashOf(period);
		return {
			genesisHash: hashOf(7),
			period,
			blockHash: root,
			stateRoot: root,
			payoutRoot: root,
			committeeHash: hash,
		};
	}

	async advanceCheckpoint({next: {period}}: AdvanceRequest) {
		const failure = this.advanceFailure;
		if (failure !== undefined && !failure.arrives) throw new NodeError({code: failure.code});
		if (period <= this.period) throw new NodeError({code: 'CARDANO_SCRIPT_REFUSED'});
		this.period = period;
		this.paid.push(period);
		if (failure !== undefined) throw new NodeError({code: failure.code});
		return {txId: Hash32(hashOf(period)), fee: 970_000n};
	}
}

type World = {
	readonly producer: Producer;
	readonly contract: SimulatedContract;
	readonly logged: LogLine[];
	/** What strangers to the committee log. */
	readonly strangersLogged: LogLine[];
	readonly sync: {is: boolean};
	/** Up to and including a slot, with everything done that has begun. */
	until(slot: number): Promise<void>;
	stop(): Promise<void>;
};

/** A producer that signs its checkpoints, and hands them in if it is to, beside strangers that would do so too. */
const start = async ({members = 1, strangers = 0} = {}): Promise<World> => {
	const producer = await startProducer({pool, genesis});
	const {chain, mempool, clock} = producer;
	const contract = new SimulatedContract();
	contract.committee = committeeHash(crypto, single(readerOf(chain.ledger), 'confirmedCheckpoint').committee);
	const [logged, strangersLogged]: [LogLine[], LogLine[]] = [[], []];
	const sync = {is: true};
	const stopping = new AbortController();
	const {signal} = stopping;
	const isSynced = (): boolean => sync.is;
	const signer = createCheckpointSigner(
		{crypto, chain, mempool, log: silentLog, isSynced},
		{seed: member.seed},
	);
	const submit = (lines: LogLine[], memberVk: Uint8Array | undefined, wallet: number) =>
		new CheckpointSubmitter(
			{crypto, chain, contract, clock, log: recordingLog(lines), isSynced},
			{memberVk, walletKeyHash: hashOf(wallet)},
		).run({signal});
	const running = [
		signer.run({signal}),
		...Array.from({length: members}, () => submit(logged, member.verificationKey, 0)),
		...Array.from({length: strangers}, (_, index) => submit(strangersLogged, undefined, 1 + index)),
	];
	return {
		producer,
		contract,
		logged,
		strangersLogged,
		sync,
		until: async slot => {
			await producer.until(slot);
			await producer.settled();
		},
		stop: async () => {
			stopping.abort();
			await Promise.all(running);
			await producer.stop();
		},
	};
};

const messages = (lines: readonly LogLine[]): readonly string[] => lines.map(({message}) => message);
const CERTIFIED = 'checkpoint is certified: handed in on cardano unless another node is faster';
const HANDED_IN = 'checkpoint handed in on cardano';
const STANDS = 'checkpoint stands on cardano: it counts once it is deep enough';
const NOT_HANDED_IN = 'checkpoint not handed in on cardano';

test('a certified checkpoint is handed in once, by the first in turn; the others see it and pay nothing', async t => {
	const {contract, until, logged, strangersLogged, stop} = await start({strangers: 2});
	await until(CERTIFIED_SLOT - 1);
	t.deepEqual(contract.paid, []);
	await until(CERTIFIED_SLOT + 40);
	t.deepEqual(contract.paid, [1]);
	t.deepEqual(messages(logged), [CERTIFIED, HANDED_IN, STANDS]);
	t.deepEqual(logged[1], {
		level: 'info',
		message: HANDED_IN,
		fields: {period: 1, txId: '01'.repeat(32), feeLovelace: '970000'},
	});
	t.deepEqual(messages(strangersLogged).toSorted(), [CERTIFIED, CERTIFIED, STANDS, STANDS]);
	await stop();
});

test('a stranger hands in what no member does', async t => {
	const {contract, until, strangersLogged, stop} = await start({members: 0, strangers: 1});
	await until(CERTIFIED_SLOT);
	t.deepEqual(contract.paid, [], 'members come first');
	await until(CERTIFIED_SLOT + 25);
	t.deepEqual(contract.paid, [1]);
	t.deepEqual(messages(strangersLogged), [CERTIFIED, HANDED_IN, STANDS]);
	await stop();
});

test('nothing is handed in before the node has the chain of its peers', async t => {
	const {contract, sync, until, stop} = await start();
	await until(CERTIFIED_SLOT - 2);
	sync.is = false;
	await until(CERTIFIED_SLOT + 10);
	t.deepEqual(contract.paid, []);
	await stop();
});

test('while Cardano does not answer it is asked less and less often, which is said once', async t => {
	const {contract, until, logged, stop} = await start();
	contract.readFailure = 'MAIN_CHAIN_UNREACHABLE';
	await until(CERTIFIED_SLOT + 20);
	t.deepEqual(messages(logged), [CERTIFIED, NOT_HANDED_IN]);
	t.like(logged[1], {level: 'warn', fields: {period: 1, error: {code: 'MAIN_CHAIN_UNREACHABLE'}}});
	contract.readFailure = undefined;
	await until(CERTIFIED_SLOT + 44);
	t.deepEqual(contract.paid, [1]);
	await stop();
});

test('nobody pays twice when nothing tells what became of a transaction', async t => {
	const {contract, until, logged, stop} = await start();
	contract.advanceFailure = {code: 'CARDANO_SUBMISSION_UNCLEAR', arrives: true};
	await until(CERTIFIED_SLOT + 40);
	t.deepEqual(contract.paid, [1]);
	t.deepEqual(messages(logged), [CERTIFIED, STANDS]);
	await stop();
});

test('a wallet without funds is told of, and the checkpoint is handed in once it has some', async t => {
	const {contract, until, logged, stop} = await start();
	contract.advanceFailure = {code: 'CARDANO_FUNDS_MISSING', arrives: false};
	await until(CERTIFIED_SLOT + 4);
	t.like(logged[1], {level: 'warn', message: NOT_HANDED_IN, fields: {period: 1}});
	contract.advanceFailure = undefined;
	await until(CERTIFIED_SLOT + 30);
	t.deepEqual(contract.paid, [1]);
	await stop();
});

test('a checkpoint that Cardano took back is handed in again', async t => {
	const {contract, until, stop} = await start();
	await until(CERTIFIED_SLOT);
	t.deepEqual(contract.paid, [1]);
	contract.period = 0;
	await until(CERTIFIED_SLOT + 5);
	t.deepEqual(contract.paid, [1, 1], 'on the chain that Cardano has now it was paid once');
	await stop();
});

test('signatures of a committee that Cardano does not name any more are not handed in', async t => {
	const {contract, until, logged, stop} = await start();
	contract.committee = hashOf(9);
	await until(CERTIFIED_SLOT + 10);
	t.deepEqual(contract.paid, []);
	t.deepEqual(messages(logged), [
		CERTIFIED,
		'cardano names another committee than the chain has heard of: waiting',
	]);
	await stop();
});

test('the newest period that is certified makes up for those before it', async t => {
	const {contract, until, stop} = await start();
	contract.readFailure = 'MAIN_CHAIN_UNREACHABLE';
	await until(CERTIFIED_SLOT + 45);
	contract.readFailure = undefined;
	await until(100 + genesis.k + 1);
	t.deepEqual(contract.paid, [2]);
	await stop();
});
