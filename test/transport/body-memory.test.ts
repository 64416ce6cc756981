import test from 'ava';
import {BodyMemory} from '#transport/body-memory';

const MIB = 2 ** 20;

test('bodies that are on their way take no more together than there is room', t => {
	const memory = new BodyMemory(5 * MIB);
	const first = memory.take(4 * MIB);
	t.is(first?.length, 4 * MIB);
	t.is(memory.take(2 * MIB), undefined);
	t.is(memory.take(MIB)?.length, MIB);
	t.is(memory.take(1), undefined);
	if (first !== undefined) memory.free(first);
	t.is(memory.take(4 * MIB)?.length, 4 * MIB);
});

test('memory of a body that was answered is used for the next one of about its length', t => {
	const memory = new BodyMemory(64 * MIB);
	const first = memory.take(4 * MIB) as Uint8Array<ArrayBuffer>;
	memory.free(first);
	const second = memory.take(3 * MIB);
	t.is(second?.buffer, first.buffer);
	t.is(second?.length, 3 * MIB);
	t.not(memory.take(4 * MIB)?.buffer, first.buffer);
});

test('of what was used no more than 16 MiB is kept, and nothing of short bodies', t => {
	const memory = new BodyMemory(256 * MIB);
	const all = Array.from({length: 5}, () => memory.take(4 * MIB) as Uint8Array<ArrayBuffer>);
	const short = memory.take(1000) as Uint8Array<ArrayBuffer>;
	for (const each of [short, ...all]) memory.free(each);
	const buffers = new Set(all.map(({buffer}) => buffer));
	const again = Array.from({length: 5}, () => memory.take(4 * MIB) as Uint8Array<ArrayBuffer>);
	t.is(again.filter(({buffer}) => buffers.has(buffer)).length, 4);
	t.not(memory.take(1000)?.buffer, short.buffer);
});
