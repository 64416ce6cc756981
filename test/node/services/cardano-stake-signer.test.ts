import test from 'ava';
import {compareBytes} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Ratio} from '#kernel/ratio';
import {CARDANO_POOLS_MAX, type StakeList} from '#ledger/pools/cardano-stake';
import {cardanoPoolMessage, isOrdered} from '#ledger/pools/cardano-stake-message';
import {stakeQuestionOf} from '#ledger/pools/stake-question';
import {mcRefOf} from '#ledger/queries';
import {SINGLE} from '#ledger/state/singles';
import {feeOfBody} from '#ledger/tx/fee';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {CardanoStakes} from '#node/ports/cardano-stakes';
import {CardanoStakeSigner, stakeListOf} from '#node/services/cardano-stake-signer';
import {crypto} from '../../support/crypto.ts';
import {type Party, party} from '../../support/ledger-chain.ts';
import {ada} from '../../support/ledger-genesis.ts';
import {testPool} from '../../support/praos.ts';
import {
	checkpointParty,
	delegator,
	eventually,
	type LogLine,
	type Producer,
	producerGenesis,
	recordingLog,
	startProducer,
} from '../../support/producer.ts';

const pool = testPool(1);
/** Epochs of 50 slots; the one member of the committee is the producer. */
const plain = producerGenesis([pool]);
const genesis = {...plain, parameters: {...plain.parameters, cardanoStakeWeight: Ratio(1n, 10n)}};
const member = checkpointParty(0);
const east = party('cardano pool east');
const eastId = crypto.blake2b224(east.verificationKey);

/** Lets the stake of a Cardano pool count for the producer's. */
const bind = ({network: {env}, mempool}: Producer): void => {
	const {genesisHash} = env;
	const cardanoVk = east.verificationKey;
	const message = cardanoPoolMessage(crypto, {genesisHash, cardanoVk, pool: pool.poolId, counter: 1});
	const sender = delegator(0);
	const plainBody = {
		sender: sender.account,
		sequence: 0,
		validFrom: null,
		validUntil: null,
		action: {
			kind: 'cardano-pool-bind',
			cardanoVk,
			pool: pool.poolId,
			counter: 1,
			signature: crypto.signEd25519(east.seed, message),
		},
	} as const;
	const unsigned = unsignedTransaction(env, {
		...plainBody,
		fee: feeOfBody(env.genesis.parameters, plainBody, 2),
	});
	const signers = [sender, {seed: pool.coldSeed, verificationKey: pool.issuerVk}];
	const witnesses = signers.map(({seed, verificationKey}: Pick<Party, 'seed' | 'verificationKey'>) => ({
		verificationKey,
		signature: crypto.signEd25519(seed, unsigned.id),
	}));
	const submitted = mempool.submit(encodeTransaction(signedTransaction(unsigned, witnesses)), 'local');
	if (!submitted.ok) throw new TypeError(submitted.error.code);
};

type Cardano = CardanoStakes & {asked: number; isDown: boolean};

const cardanoWith = (stake: bigint): Cardano => ({
	asked: 0,
	isDown: false,
	async activeStake(_block, pools) {
		this.asked++;
		if (this.isDown) throw new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'});
		return pools.map(() => stake);
	},
});

const start = async (stakes: Cardano | undefined, seed = member.seed) => {
	const producer = await startProducer({pool, genesis});
	const {chain, mempool, clock} = producer;
	const logged: LogLine[] = [];
	const stopping = new AbortController();
	const signer = new CardanoStakeSigner(
		{crypto, chain, mempool, stakes, clock, log: recordingLog(logged), isSynced: () => true},
		seed,
	);
	const running = signer.run({signal: stopping.signal});
	await producer.slot(0);
	bind(producer);
	return {
		producer,
		logged,
		until: async (slot: number) => {
			await producer.until(slot);
			await producer.settled();
		},
		stop: async () => {
			stopping.abort();
			await running;
			await producer.stop();
		},
	};
};

test('a member asks Cardano what bound pools have staked, signs it, and the ledger knows', async t => {
	const cardano = cardanoWith(ada(7));
	const {producer, logged, until, stop} = await start(cardano);
	await until(49);
	t.is(cardano.asked, 0, 'nothing is asked yet');
	await until(52);
	t.is(cardano.asked, 1);
	t.like(producer.chain.ledger.attestedStake.get(SINGLE), {
		epoch: 1 as never,
		mcRef: mcRefOf(producer.chain.ledger),
		stakes: [{cardanoPool: eastId, stake: ada(7)}],
	});
	t.like(logged[0], {level: 'info', message: 'stake on cardano signed', fields: {epoch: 1, pools: 1}});
	t.is(stakeQuestionOf(producer.chain.ledger), undefined);
	await until(102);
	t.is(cardano.asked, 2, 'every epoch');
	await stop();
});

test('without an answer of Cardano nothing is signed, which is said, and it is asked again', async t => {
	const cardano = cardanoWith(ada(7));
	cardano.isDown = true;
	const {producer, logged, until, stop} = await start(cardano);
	await until(60);
	t.is(cardano.asked, 1, 'not at every block');
	t.like(logged[0], {level: 'warn', fields: {epoch: 1, error: {code: 'MAIN_CHAIN_UNREACHABLE'}}});
	cardano.isDown = false;
	await until(99);
	t.is(producer.chain.ledger.attestedStake.size, 0);
	await until(115);
	t.is(producer.chain.ledger.attestedStake.size, 1, 'a minute later, in the next epoch');
	await stop();
});

test('a member that cannot ask Cardano says so once an epoch, and signs nothing', async t => {
	const {producer, logged, until, stop} = await start(undefined);
	await until(120);
	t.deepEqual(
		logged.map(({level, message, fields}) => [level, message, fields?.['epoch']]),
		[1, 2].map(epoch => [
			'warn',
			'nothing tells this node what is staked on cardano: set --cardano-stakes-url',
			epoch,
		]),
	);
	t.is(producer.chain.ledger.attestedStake.size, 0);
	await stop();
});

test('who is not in the committee asks nothing', async t => {
	const cardano = cardanoWith(ada(7));
	const {producer, until, stop} = await start(cardano, party('nobody').seed);
	await until(60);
	t.is(cardano.asked, 0);
	t.not(stakeQuestionOf(producer.chain.ledger), undefined);
	await eventually(() => true);
	await stop();
});

test('a list has the pools with the most stake, in order, and none without', t => {
	const ids: readonly Hash28[] = Array.from({length: CARDANO_POOLS_MAX + 50}, (_, index) =>
		crypto.blake2b224(Uint8Array.of(index & 255, index >> 8)),
	);
	const list: StakeList = stakeListOf(
		ids,
		ids.map((_, index) => BigInt(index)),
	);
	t.is(list.length, CARDANO_POOLS_MAX);
	t.true(isOrdered(list));
	t.true(list.every(({stake}) => stake >= 50n));
	t.deepEqual(stakeListOf(ids.slice(0, 3), [0n, 0n, 5n]), [{cardanoPool: ids[2], stake: 5n}] as never);
	t.true(
		compareBytes(list[0]?.cardanoPool ?? new Uint8Array(), list[1]?.cardanoPool ?? new Uint8Array()) < 0,
	);
});
