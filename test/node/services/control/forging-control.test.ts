import test from 'ava';
import {toHex} from '#kernel/bytes';
import {createVrfEvaluator} from '#node/adapters/native-vrf-prove';
import {createForgingControl, forgingView} from '#node/services/control/forging-control';
import {LeaderSchedule} from '#node/services/forge/leader-schedule';
import {crypto} from '../../../support/crypto.ts';
import {testPool} from '../../../support/praos.ts';
import {kindsOf, producerGenesis, startProducer} from '../../../support/producer.ts';

const pool = testPool(1);
const genesis = producerGenesis([pool]);
const {signal} = new AbortController();

test('promotes and demotes, and shows what the pool leads with', async t => {
	const producer = await startProducer({pool, genesis, standby: true});
	const {chain, clock, forge} = producer;
	const schedule = new LeaderSchedule({
		crypto,
		chain,
		keys: () => ({...pool, vrfOutputOf: createVrfEvaluator(pool.vrfSeed)}),
		clock,
		breathe: async () => undefined,
		isSynced: () => true,
	});
	const ports = {chain, clock, forge, schedule, signal};
	const control = createForgingControl(ports);
	await producer.until(2);
	t.like(await control.promote(), {mode: 'active', enabled: true, nextLeaderSlot: null});
	await producer.until(5);
	t.is(kindsOf(producer.outcomes).filter(kind => kind === 'adopted').length, 1);
	const shown = await control.schedule('current');
	t.like(shown, {
		pool: toHex(pool.poolId),
		epoch: 0,
		firstSlot: 0,
		lastSlot: 49,
		epochNonce: toHex(producer.network.env.genesisHash),
		stake: '1/1',
		activeSlotCoefficient: '1/1',
		vrfKeyHash: toHex(pool.vrfKeyHash),
		isFinal: true,
		slots: Array.from({length: 50}, (_, slot) => slot),
	});
	t.is(forgingView(ports).nextLeaderSlot, 6);
	t.like(await control.leadership(toHex(pool.poolId), 'current'), {certificateCounter: '0', isFinal: true});
	t.like(await control.leadership('00'.repeat(28), 'current'), {code: 'HEADER_POOL_UNKNOWN'});
	const frozenAt = new Date(genesis.systemStartMs + 30 * genesis.slotMs).toISOString();
	t.deepEqual(await control.leadership(toHex(pool.poolId), 'next'), {
		code: 'SCHEDULE_NONCE_NOT_FROZEN',
		epoch: 1,
		fromSlot: 30,
		tipSlot: 5,
		message: `The nonce of epoch 1 is settled when the chain has come to slot 30, from ${frozenAt} on.`,
	});
	t.like(await control.demote(), {mode: 'standby', enabled: false});
	t.deepEqual(kindsOf(await producer.slot(6)), ['standby']);
	await producer.stop();
});

test('a relay says that it has no keys', async t => {
	const producer = await startProducer({pool, genesis});
	const {chain, clock} = producer;
	const ports = {chain, clock, forge: undefined, schedule: undefined, signal};
	const control = createForgingControl(ports);
	for (const answer of [control.promote(), control.demote(), control.schedule('next')])
		t.like(await answer, {code: 'FORGE_NO_KEYS'});
	t.like(forgingView(ports), {mode: 'none', enabled: false, poolId: null});
	await producer.stop();
});
