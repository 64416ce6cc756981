/** Keys that are read again while a producer runs: which are taken, and that no slot is signed twice or lost over it. */
import test from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {encodeTransaction} from '#ledger/tx/transaction';
import type {ForgingKeys, KesSigner} from '#node/ports/forging-keys';
import type {SigningGuard} from '#node/ports/signing-guard';
import {judgeChangeOfKeys} from '#node/services/forge/change-of-keys';
import {LedgerChain, party} from '../../../support/ledger-chain.ts';
import {type TestPool, testCertificate, testPool, testSeed} from '../../../support/praos.ts';
import {
	blockBytes,
	codesOf,
	delegator,
	eventually,
	forgingKeysOf,
	kindsOf,
	memoryGuard,
	memoryKes,
	type Producer,
	producerGenesis,
	startProducer,
} from '../../../support/producer.ts';

const ours = testPool(1);
const genesis = producerGenesis([ours]);
const params = {slotsPerKesPeriod: 10, maxKesEvolutions: 62};

/** The pool with another KES key, as after `dcloud keys renew`. */
const renewed = (counter: bigint, startPeriod = 0n, pool = ours): TestPool => {
	const kesSeed = testSeed('renewed', Number(counter));
	return {
		...pool,
		kesSeed,
		operationalCertificate: testCertificate(pool.coldSeed, kesSeed, counter, startPeriod),
	};
};

const keysOf = (counter: bigint, startPeriod?: bigint): ForgingKeys =>
	forgingKeysOf(renewed(counter, startPeriod));

const evolved = async (pool: TestPool, evolution: number): Promise<ForgingKeys> => {
	const kes = memoryKes(pool.kesSeed);
	await kes.evolveTo(evolution);
	return forgingKeysOf(pool, kes);
};

/** Tells when it was erased. */
const watchedKes = (pool: TestPool): {readonly kes: KesSigner; isDiscarded(): boolean} => {
	let isDiscarded = false;
	const kes = memoryKes(pool.kesSeed);
	return {
		kes: {
			get evolution() {
				return kes.evolution;
			},
			evolveTo: evolution => kes.evolveTo(evolution),
			sign: message => kes.sign(message),
			discard: () => {
				isDiscarded = true;
			},
		},
		isDiscarded: () => isDiscarded,
	};
};

const reload = (producer: Producer, keys: ForgingKeys | undefined) =>
	producer.forge.reloadKeys(async () => keys);

const forgedSlots = ({outcomes}: Producer): readonly number[] =>
	outcomes.filter(({kind}) => kind === 'forged').map(({slot}) => slot);

const judged = (
	keys: ForgingKeys | undefined,
	next: ForgingKeys,
	{slot = 15, signedUnder = -1n}: {slot?: number; signedUnder?: bigint} = {},
): string => {
	const lastSigned =
		signedUnder < 0n ? undefined : {hotVk: new Uint8Array(32), counter: signedUnder, evolution: 0};
	const result = judgeChangeOfKeys(params, {keys, lastSigned}, next, Slot(slot));
	return result.ok ? result.value : result.error.code;
};

test('newer keys are taken; the same change nothing; older ones and those of another pool are refused', t => {
	t.is(judged(keysOf(1n), keysOf(2n)), 'other');
	t.is(judged(keysOf(1n), keysOf(1n)), 'same');
	t.is(judged(keysOf(2n), keysOf(1n)), 'FORGE_KEYS_OLDER');
	t.is(judged(keysOf(1n), {...keysOf(1n), vrfVk: testPool(2).vrfVk}), 'other');
	t.is(judged(keysOf(1n), forgingKeysOf(testPool(2))), 'FORGE_KEYS_OF_ANOTHER_POOL');
});

test('without keys in use, what the data folder has signed under counts', t => {
	t.is(judged(undefined, keysOf(0n)), 'other');
	t.is(judged(undefined, keysOf(3n), {signedUnder: 3n}), 'other');
	t.is(judged(undefined, keysOf(2n), {signedUnder: 3n}), 'FORGE_KEYS_OLDER');
	t.is(judged(keysOf(1n), keysOf(2n), {signedUnder: 3n}), 'FORGE_KEYS_OLDER');
});

test('keys that could not sign now take no place', async t => {
	t.is(judged(keysOf(1n), keysOf(2n, 2n)), 'OPCERT_NOT_YET_VALID');
	t.is(judged(keysOf(1n), keysOf(2n), {slot: 620}), 'OPCERT_EXPIRED');
	t.is(judged(keysOf(1n), await evolved(renewed(2n), 2)), 'KES_KEY_TOO_NEW');
	t.is(judged(keysOf(1n), await evolved(renewed(2n), 1)), 'other');
});

test('a KES key behind the one in use is from a backup', async t => {
	const pool = renewed(1n);
	t.is(judged(await evolved(pool, 1), await evolved(pool, 0)), 'FORGE_KES_KEY_RESTORED');
	t.is(judged(await evolved(pool, 1), await evolved(pool, 1)), 'same');
});

test('a producer goes on with the next certificate: no slot is lost, none is signed twice', async t => {
	const guard = memoryGuard();
	const old = watchedKes(ours);
	const producer = await startProducer({pool: ours, genesis, guard, keys: forgingKeysOf(ours, old.kes)});
	await producer.until(4);
	t.false(old.isDiscarded());
	t.deepEqual(await reload(producer, keysOf(1n)), {ok: true, value: 'changed'});
	t.true(old.isDiscarded());
	// Again in the slot that has been signed for: the slot is used up.
	t.deepEqual(await producer.settled(), []);
	await producer.until(9);
	await producer.stop();
	t.deepEqual(forgedSlots(producer), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	t.deepEqual(codesOf(producer.outcomes), []);
	t.is(guard.lastSignedUnder()?.counter, 1n);
	t.like(producer.forge.view(), {mode: 'active', enabled: true, forged: 10, adopted: 10});
});

test('keys that come in the middle of a slot wait for its end', async t => {
	const guard = memoryGuard();
	let goOn: (() => void) | undefined;
	const slow: SigningGuard = {
		...guard,
		record: async (slot, under) => {
			await new Promise<void>(resolve => {
				goOn = resolve;
			});
			await guard.record(slot, under);
		},
	};
	const old = watchedKes(ours);
	const keys = forgingKeysOf(ours, old.kes);
	const producer = await startProducer({pool: ours, genesis, guard: slow, keys});
	const inSlot = producer.slot(0);
	await eventually(() => goOn !== undefined);
	const acts: string[] = [];
	producer.forge.onOutcome(({kind}) => acts.push(kind), {signal: new AbortController().signal});
	const reloaded = producer.forge.reloadKeys(async () => {
		acts.push('read');
		return keysOf(1n);
	});
	await producer.settled();
	t.deepEqual(acts, []);
	t.false(old.isDiscarded());
	goOn?.();
	t.deepEqual(kindsOf(await inSlot), ['leader', 'forged', 'adopted']);
	t.deepEqual(await reloaded, {ok: true, value: 'changed'});
	t.deepEqual(acts, ['forged', 'adopted', 'read']);
	t.is(guard.lastSignedUnder()?.counter, 0n);
	await producer.stop();
});

test('keys that are refused, or cannot be read, leave the producer as it was', async t => {
	const producer = await startProducer({pool: renewed(1n), genesis});
	await producer.until(1);
	const next = watchedKes(ours);
	t.like(await reload(producer, forgingKeysOf(ours, next.kes)), {
		ok: false,
		error: {code: 'FORGE_KEYS_OLDER', counter: 0n, usedCounter: 1n},
	});
	t.true(next.isDiscarded());
	t.deepEqual(await reload(producer, keysOf(1n)), {ok: true, value: 'same'});
	await t.throwsAsync(
		producer.forge.reloadKeys(() => Promise.reject(new Error('not readable'))),
		{
			message: 'not readable',
		},
	);
	t.deepEqual(kindsOf(await producer.until(3)).slice(-3), ['leader', 'forged', 'adopted']);
	await producer.stop();
	t.deepEqual(forgedSlots(producer), [0, 1, 2, 3]);
});

test('keys that are taken away end forging; given back, it begins as after a start', async t => {
	const producer = await startProducer({pool: ours, genesis});
	await producer.until(2);
	t.deepEqual(await reload(producer, undefined), {ok: true, value: 'ended'});
	t.like(producer.forge.view(), {mode: 'none', enabled: false, poolId: null, kesPeriod: null, forged: 3});
	t.deepEqual(await producer.until(5), []);
	t.deepEqual(await reload(producer, undefined), {ok: true, value: 'none'});
	t.deepEqual(await reload(producer, forgingKeysOf(ours)), {ok: true, value: 'begun'});
	// Whoever had them meanwhile may have signed for these.
	t.deepEqual(codesOf(await producer.until(7)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(8)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('new keys cut the quiet slots of a start short by none', async t => {
	const producer = await startProducer({pool: ours, genesis, startSlot: 10});
	t.deepEqual(await reload(producer, keysOf(1n)), {ok: true, value: 'changed'});
	t.deepEqual(codesOf(await producer.until(12)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(13)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

test('a standby stands by with its new keys, too', async t => {
	const producer = await startProducer({pool: ours, genesis, standby: true});
	await producer.until(1);
	t.deepEqual(await reload(producer, keysOf(1n)), {ok: true, value: 'changed'});
	t.deepEqual(kindsOf(await producer.until(3)), ['standby', 'standby']);
	producer.forge.promote();
	await producer.until(5);
	t.deepEqual(kindsOf(await producer.slot(6)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});

const transfer = new LedgerChain(genesis).transaction(delegator(0), {
	kind: 'transfer',
	to: party('somebody').account,
	amount: Lovelace(5_000_000n),
});

/** Slot by slot, the blocks of the first host go to the second. */
const together = async (first: Producer, second: Producer, slots: readonly number[]): Promise<void> => {
	for (const slot of slots) {
		await first.slot(slot);
		await second.slot(slot);
		for (const bytes of blockBytes(first.chain)) await second.chain.considerBlock(bytes);
	}
};

test('another host that forges with the keys keeps this one stopped, whatever certificate it gets', async t => {
	const first = await startProducer({pool: ours, genesis});
	const second = await startProducer({pool: ours, genesis, clock: first.clock, standby: true});
	await together(first, second, [0, 1, 2]);
	second.forge.promote();
	await together(first, second, [3, 4]);
	// Of what only one host knows come blocks that differ.
	t.true(first.mempool.submit(encodeTransaction(transfer), 'local').ok);
	await together(first, second, [5, 6, 7]);
	await first.stop();
	t.deepEqual(codesOf(await second.slot(8)), ['FORGE_KEYS_USED_ELSEWHERE']);
	t.deepEqual(await reload(second, keysOf(1n)), {ok: true, value: 'changed'});
	t.deepEqual(codesOf(await second.slot(9)), ['FORGE_KEYS_USED_ELSEWHERE']);
	second.forge.promote();
	await second.until(11);
	t.deepEqual(kindsOf(await second.slot(12)), ['leader', 'forged', 'adopted']);
	await second.stop();
});

test('a producer whose certificate was superseded begins again with a newer one', async t => {
	const guard = memoryGuard(Slot(3), {hotVk: new Uint8Array(32), counter: 1n, evolution: 0});
	const producer = await startProducer({pool: ours, genesis, startSlot: 5, guard});
	t.deepEqual(codesOf(await producer.slot(6)), ['FORGE_CERTIFICATE_SUPERSEDED']);
	t.deepEqual(await reload(producer, keysOf(1n)), {ok: true, value: 'changed'});
	t.deepEqual(codesOf(await producer.until(8)), ['FORGE_JUST_STARTED', 'FORGE_JUST_STARTED']);
	t.deepEqual(kindsOf(await producer.slot(9)), ['leader', 'forged', 'adopted']);
	await producer.stop();
});
