import test from 'ava';
import {createSystemClock} from '#node/adapters/system-clock';
import type {Clock} from '#node/ports/clock';
import {createVirtualClock} from '../support/virtual-clock.ts';

type TestClock = {
	readonly clock: Clock;
	/** Lets that many milliseconds go by. */
	readonly pass: (ms: number) => void;
	/** Sets the clock back by that many. */
	readonly setBack: (ms: number) => void;
};

const clocks: Readonly<Record<string, () => TestClock>> = {
	'the system clock': () => {
		let behindMs = 0;
		const setBack = (ms: number): void => {
			behindMs += ms;
		};
		return {clock: createSystemClock(() => Date.now() - behindMs), pass: () => undefined, setBack};
	},
	'the virtual clock': () => {
		const clock = createVirtualClock(10_000_000);
		return {
			clock,
			pass: ms => clock.advanceTo(clock.now() + ms),
			setBack: ms => clock.setBackTo(clock.now() - ms),
		};
	},
};

for (const [name, create] of Object.entries(clocks)) {
	test(`${name} does not go back`, t => {
		const {clock, pass} = create();
		const before = clock.now();
		pass(5);
		t.true(clock.now() >= before);
	});

	test(`${name} wakes whoever waited, not before their time`, async t => {
		const {clock, pass} = create();
		const {signal} = new AbortController();
		const due = clock.now() + 5;
		const waiting = clock.waitUntil(due, {signal});
		pass(5);
		await waiting;
		t.true(clock.now() >= due);
	});

	test(`${name} does not wait for the past`, async t => {
		const {clock} = create();
		const {signal} = new AbortController();
		await t.notThrowsAsync(clock.waitUntil(clock.now() - 1, {signal}));
	});

	test(`${name} wakes whoever asked for it when it is set back meanwhile, and nobody else`, async t => {
		const {clock, pass, setBack} = create();
		const stop = new AbortController();
		// Soon, but not before both wait for it, even where others have the processor in between.
		const due = clock.now() + 500;
		let isWoken = false;
		const others = clock.waitUntil(due, {signal: stop.signal}).then(() => {
			isWoken = true;
		});
		const asked = clock.waitUntil(due, {signal: stop.signal, orSetBack: true});
		setBack(3_600_000);
		pass(500);
		await asked;
		t.true(clock.now() < due);
		t.false(isWoken);
		stop.abort(new RangeError('enough'));
		await t.throwsAsync(others, {message: 'enough'});
	});

	test(`${name} gives the reason of an abort, before and during a wait`, async t => {
		const {clock} = create();
		const reason = new RangeError('enough');
		const stop = new AbortController();
		const waiting = clock.waitUntil(clock.now() + 1e9, {signal: stop.signal});
		stop.abort(reason);
		t.is(await t.throwsAsync(waiting), reason);
		t.is(await t.throwsAsync(clock.waitUntil(clock.now() + 1e9, {signal: stop.signal})), reason);
	});
}
