import test from 'ava';
import {isFlat, thirdsOf} from './memory.ts';

const samplesOf = (...held: readonly number[]) =>
	held.map(heldBytes => ({residentBytes: 10 * heldBytes, heldBytes}));

test('of each third the most that was resident and the least that was held count', t => {
	t.deepEqual(thirdsOf(samplesOf(1, 2, 3, 4, 9, 8)), {residentMax: [20, 40, 90], heldMin: [1, 3, 8]});
});

test('too few samples give one figure for all thirds', t => {
	t.deepEqual(thirdsOf(samplesOf(5)), {residentMax: [50, 50, 50], heldMin: [5, 5, 5]});
});

test('memory is flat when the last third takes no more than the first and what is allowed', t => {
	const allowance = {share: 0.5, bytes: 10};
	t.true(isFlat([100, 900, 160], allowance));
	t.false(isFlat([100, 100, 161], allowance));
});
