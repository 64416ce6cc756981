import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test from 'ava';
import fc from 'fast-check';
import {SharedPool} from '#node/adapters/segment-threads/shared-pool';

const MIB = 2 ** 20;

test('what is given back is handed out again, and what is in use is not', t => {
	const pool = new SharedPool();
	const first = pool.take(8 * MIB);
	t.not(pool.take(8 * MIB).buffer, first.buffer);
	pool.give(first);
	t.deepEqual(pool.take(8 * MIB), first);
});

test('long memory serves several who need little, each of them a part', t => {
	const pool = new SharedPool();
	const long = pool.take(8 * MIB);
	pool.give(long);
	const parts = [pool.take(5 * MIB), pool.take(3 * MIB)];
	t.deepEqual(
		parts.map(({buffer, byteOffset}) => [buffer === long.buffer, byteOffset]),
		[
			[true, 0],
			[true, 5 * MIB],
		],
	);
	t.not(pool.take(1).buffer, long.buffer, 'it is full');
});

test('the place is taken where least is left over', t => {
	const pool = new SharedPool();
	const [long, short] = [pool.take(8 * MIB), pool.take(6 * MIB)];
	for (const each of [long, short]) pool.give(each);
	t.is(pool.take(5 * MIB).buffer, short.buffer);
	t.is(pool.take(5 * MIB).buffer, long.buffer);
});

test('it keeps 160 MiB at most, those that were used last', t => {
	const pool = new SharedPool();
	const all = [60, 70, 80].map(mib => pool.take(mib * MIB));
	for (const each of all) pool.give(each);
	const again = [80, 70, 60].map(mib => pool.take(mib * MIB).buffer);
	t.deepEqual(
		all.map(({buffer}) => again.includes(buffer)),
		[false, true, true],
	);
});

test('memory that is not of the pool is left alone', t => {
	const pool = new SharedPool();
	const foreign = new Uint8Array(new SharedArrayBuffer(MIB));
	pool.give(foreign);
	pool.give(new Uint8Array(MIB));
	t.not(pool.take(MIB).buffer, foreign.buffer);
});

test('whatever is taken and given back, nobody writes where somebody else does', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.integer({min: 1, max: 5000}), fc.nat(8))), steps => {
			const pool = new SharedPool();
			const held: {readonly memory: Uint8Array; readonly mark: number}[] = [];
			for (const [step, [bytes, turn]] of steps.entries()) {
				const memory = pool.take(bytes);
				memory.fill(step % 251);
				held.push({memory, mark: step % 251});
				if (turn > 4) pool.give((held.splice(turn % held.length, 1)[0] as (typeof held)[number]).memory);
			}
			return held.every(({memory, mark}) => memory.every(byte => byte === mark));
		}),
	);
	t.pass();
});

test('memory of somebody who broke off and never gave it back goes with him', async t => {
	setFlagsFromString('--expose-gc');
	const collect: () => void = runInNewContext('gc');
	const pool = new SharedPool();
	const lost = new WeakRef(pool.take(MIB).buffer);
	const kept = pool.take(2 * MIB);
	const idle = new WeakRef(kept.buffer);
	pool.give(kept);
	for (let rounds = 0; rounds < 100 && lost.deref() !== undefined; rounds++) {
		await new Promise(resolve => setImmediate(resolve));
		collect();
	}
	t.is(lost.deref(), undefined);
	t.true(pool.take(2 * MIB).buffer === idle.deref());
});
