import test from 'ava';
import fc from 'fast-check';
import {Deadline} from '#relay/deadline';
import {VirtualTimer} from '../support/relay/virtual-timer.ts';

test('a deadline that is set and cleared in any way is late exactly when it should be', t => {
	const step = fc.oneof(
		fc.record({kind: fc.constant('set' as const), ms: fc.integer({min: 1, max: 500})}),
		fc.record({kind: fc.constant('clear' as const)}),
		fc.record({kind: fc.constant('pass' as const), ms: fc.integer({min: 1, max: 300})}),
	);
	fc.assert(
		fc.property(fc.array(step, {maxLength: 40}), steps => {
			const timer = new VirtualTimer();
			const lates: number[] = [];
			const expected: number[] = [];
			const deadline = new Deadline(timer, () => lates.push(timer.nowMs()));
			let atMs: number | undefined;
			for (const action of steps) {
				if (action.kind === 'set') {
					deadline.set(action.ms);
					atMs = timer.nowMs() + action.ms;
				} else if (action.kind === 'clear') {
					deadline.clear();
					atMs = undefined;
				} else {
					if (atMs !== undefined && atMs <= timer.nowMs() + action.ms) {
						expected.push(atMs);
						atMs = undefined;
					}
					timer.advance(action.ms);
				}
				t.is(deadline.isSet, atMs !== undefined);
			}
			t.deepEqual(lates, expected);
			deadline.stop();
			t.is(timer.pending, 0);
		}),
		{numRuns: 300},
	);
});

test('setting a later time a thousand times arms one timer', t => {
	const timer = new VirtualTimer();
	const deadline = new Deadline(timer, () => t.fail());
	for (let index = 0; index < 1_000; index++) {
		deadline.set(1_000);
		t.is(timer.pending, 1);
	}
	deadline.stop();
});
