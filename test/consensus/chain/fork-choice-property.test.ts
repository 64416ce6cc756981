import test from 'ava';
import fc from 'fast-check';
import {ForkChoice} from '#consensus/chain/fork-choice';
import {assert} from '#kernel/assert';
import {type ForkBlock, forkBlock, lastOf} from '../../support/fork-blocks.ts';
import {SlowForks} from '../../support/slow-forks.ts';

type Event =
	/** Parents and blocks are counted from the newest, so that stories grow long chains. */
	| {readonly kind: 'header'; readonly parent: number; readonly slots: number; readonly vrf: number}
	| {readonly kind: 'body' | 'invalid'; readonly block: number}
	| {readonly kind: 'settle'};

const events: fc.Arbitrary<Event[]> = fc.array(
	fc.oneof(
		{
			weight: 10,
			arbitrary: fc.record({
				kind: fc.constant('header' as const),
				parent: fc.nat(6),
				slots: fc.integer({min: 1, max: 4}),
				vrf: fc.nat(4),
			}),
		},
		{weight: 12, arbitrary: fc.record({kind: fc.constant('body' as const), block: fc.nat(7)})},
		{weight: 1, arbitrary: fc.record({kind: fc.constant('invalid' as const), block: fc.nat(7)})},
		{weight: 2, arbitrary: fc.constant({kind: 'settle' as const})},
	),
	{maxLength: 120},
);

type Both = {readonly forks: ForkChoice<ForkBlock>; readonly slow: SlowForks};

const addHeader = ({forks, slow}: Both, name: string, event: Event & {kind: 'header'}): void => {
	const parent = slow.blocks.at(-1 - event.parent);
	if (parent === undefined && forks.immutableTip !== 'origin') return;
	const slot = (parent?.slot ?? 0) + event.slots;
	const header = forkBlock(name, {parent, slot, vrf: event.vrf, issuer: event.vrf});
	if (!forks.place(header).ok) return;
	forks.addHeader(header, header);
	slow.blocks.push(header);
};

const invalidate = ({forks, slow}: Both, block: ForkBlock): void => {
	if (slow.isSelected(block)) return;
	const before = slow.blocks.length;
	const gone = forks.invalidate(block.hash, {code: 'BAD'});
	slow.drop(each => each === block);
	assert(gone.length === before - slow.blocks.length, 'both drop the same');
};

const settle = ({forks, slow}: Both): void => {
	const {final, dropped} = forks.settle();
	for (const anchor of final) assert(slow.raise() === anchor, 'both raise the same');
	assert(
		dropped.every(each => !slow.blocks.includes(each)),
		'both drop the same',
	);
};

const happen = (both: Both, name: string, event: Event): void => {
	if (event.kind === 'header') addHeader(both, name, event);
	else if (event.kind === 'settle') settle(both);
	else {
		const block = both.slow.blocks.at(-1 - event.block);
		if (block === undefined) return;
		if (event.kind === 'invalid') invalidate(both, block);
		else {
			both.forks.addBody(block.hash);
			both.slow.addBody(block);
		}
	}
};

const select = (forks: ForkChoice<ForkBlock>): readonly string[] => {
	const tips: string[] = [];
	for (let step = forks.next(); step !== undefined; step = forks.next()) {
		const last = lastOf(step.branch);
		forks.switchTo(last.hash);
		tips.push(last.name);
	}
	return tips;
};

test('selects after every event what looking at every block selects', t => {
	fc.assert(
		fc.property(events, fc.integer({min: 1, max: 6}), (story, k) => {
			const slots = {systemStartMs: 0, slotLengthMs: 1000};
			const forks = new ForkChoice<ForkBlock>({k, slots, anchor: 'origin', nowMs: 1_000_000});
			const both = {forks, slow: new SlowForks(k)};
			for (const [at, event] of story.entries()) {
				happen(both, `${at}`, event);
				t.deepEqual(select(forks), both.slow.select());
				t.is(forks.size, both.slow.blocks.length);
			}
		}),
		{numRuns: 300},
	);
});
