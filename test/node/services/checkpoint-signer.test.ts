import test from 'ava';
import {encodeBody} from '#ledger/block/block-body';
import {checkpointsOf} from '#ledger/queries';
import type {ChainService} from '#node/services/chain/chain-service';
import {createCheckpointSigner} from '#node/services/checkpoint-signer';
import {crypto} from '../../support/crypto.ts';
import {party} from '../../support/ledger-chain.ts';
import {forgeTestBlock, testPool} from '../../support/praos.ts';
import {
	checkpointParty,
	type LogLine,
	openObserver,
	type Producer,
	producerGenesis,
	recordingLog,
	startProducer,
} from '../../support/producer.ts';

const pools = [testPool(1), testPool(2)] as const;
/** A period is one epoch: 50 slots, each with a block. */
const genesis = producerGenesis(pools, {checkpointEvery: 1});
const {k} = genesis;
/** The block in slot 50 closes period 1, whose last block is the one of slot 49. */
const CLOSING_SLOT = 50;

type Signing = {readonly producer: Producer; readonly logged: LogLine[]; stop(): Promise<void>};

const startSigning = async (seed: Uint8Array, isSynced: () => boolean = () => true): Promise<Signing> => {
	const producer = await startProducer({pool: pools[0], genesis});
	const logged: LogLine[] = [];
	const {chain, mempool} = producer;
	const stopping = new AbortController();
	const signer = createCheckpointSigner(
		{crypto, chain, mempool, log: recordingLog(logged), isSynced},
		{seed},
	);
	const running = signer.run({signal: stopping.signal});
	return {
		producer,
		logged,
		stop: async () => {
			stopping.abort();
			await running;
			await producer.stop();
		},
	};
};

const signaturesOf = (chain: ChainService): readonly Uint8Array[] =>
	checkpointsOf(chain.network.env, chain.ledger).pending.flatMap(({signatures}) =>
		signatures.map(({memberVk}) => memberVk),
	);

const ours = checkpointParty(0);

test('a member signs a closed period when its last block is k deep, and the ledger takes it', async t => {
	const {producer, logged, stop} = await startSigning(ours.seed);
	const {chain, mempool} = producer;
	await producer.until(CLOSING_SLOT + k - 2);
	t.is(chain.ledger.pendingCheckpoints.size, 1);
	t.is(mempool.count, 0, 'the last block is k - 1 deep');
	await producer.slot(CLOSING_SLOT + k - 1);
	t.is(mempool.count, 1);
	await producer.slot(CLOSING_SLOT + k);
	t.deepEqual(signaturesOf(chain), [ours.verificationKey]);
	await producer.until(CLOSING_SLOT + 2 * k);
	t.deepEqual(logged, [{level: 'info', message: 'checkpoint signed', fields: {period: 1}}]);
	await stop();
});

test('signs every period that Cardano has not confirmed', async t => {
	const {producer, stop} = await startSigning(ours.seed);
	await producer.until(3 * 50 + k);
	t.deepEqual(signaturesOf(producer.chain), [
		ours.verificationKey,
		ours.verificationKey,
		ours.verificationKey,
	]);
	await stop();
});

test('a key that is not in the committee signs nothing', async t => {
	const {producer, logged, stop} = await startSigning(party('nobody').seed);
	await producer.until(CLOSING_SLOT + 2 * k);
	t.deepEqual(signaturesOf(producer.chain), []);
	t.deepEqual(logged, []);
	await stop();
});

test('signs nothing before it has the chain of its peers', async t => {
	let isSynced = false;
	const {producer, stop} = await startSigning(ours.seed, () => isSynced);
	await producer.until(CLOSING_SLOT + 2 * k);
	t.deepEqual(signaturesOf(producer.chain), []);
	isSynced = true;
	await producer.until(CLOSING_SLOT + 2 * k + 2);
	t.deepEqual(signaturesOf(producer.chain), [ours.verificationKey]);
	await stop();
});

test('the signature comes back after its block was rolled back', async t => {
	const {producer, stop} = await startSigning(ours.seed);
	const {chain, network, clock} = producer;
	const blocks: Uint8Array[] = [];
	const signedIn = CLOSING_SLOT + k;
	for (let slot = 0; slot <= signedIn; slot++) {
		if (slot === signedIn) t.deepEqual(signaturesOf(chain), []);
		await producer.slot(slot);
		const body = chain.tipHeader && chain.find(chain.tipHeader.hash)?.body;
		if (body !== undefined) blocks.push(body.block.bytes);
	}
	t.deepEqual(signaturesOf(chain), [ours.verificationKey]);
	const observer = await openObserver(genesis, clock);
	for (const bytes of blocks.slice(0, -1)) await observer.considerBlock(bytes);
	await producer.forge.demote();
	const segments = encodeBody({transactions: [], mainChain: {mcRef: genesis.cardano.start, events: []}});
	for (const slot of [signedIn, signedIn + 1]) {
		await producer.slot(slot);
		const {praosState: state, tip: parent} = observer;
		const rival = forgeTestBlock({params: network.params, state, parent, slot, pool: pools[1], segments});
		t.true((await observer.considerBlock(rival.bytes)).ok);
		await chain.considerBlock(rival.bytes);
	}
	t.deepEqual(chain.tip, observer.tip);
	t.deepEqual(signaturesOf(chain), []);
	producer.forge.promote();
	await producer.until(signedIn + 5);
	t.deepEqual(signaturesOf(chain), [ours.verificationKey]);
	await stop();
});

test('says once of a period that too few members have signed it in time', async t => {
	const {producer, logged, stop} = await startSigning(party('a stranger').seed);
	await producer.until(2 * CLOSING_SLOT - 1);
	t.deepEqual(logged, [], 'it is due at the end of the next period');
	await producer.until(2 * CLOSING_SLOT + 3);
	const [late, ...more] = logged;
	t.like(late, {
		level: 'warn',
		message: 'checkpoint is late: too few members have signed',
		fields: {period: 1, dueSlot: 2 * CLOSING_SLOT, signed: '0'},
	});
	t.deepEqual(more, []);
	await stop();
});
