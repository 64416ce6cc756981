import test from 'ava';
import fc from 'fast-check';
import type {ChainEntry} from '#node/services/chain/chain-entry';
import {inOneGo} from '#node/services/chain/switch-chain';
import {TestChain} from '../../support/test-chain.ts';

const world = new TestChain();
const {header} = world.grow(world.origin, 1).blocks[0] as {header: ChainEntry['header']};
const entryOf = (bodySize: number): ChainEntry => ({
	header: {...header, bodySize},
	praosState: world.origin.praosState,
	body: undefined,
	effect: undefined,
});

test('a branch is applied in parts of 256 KiB, each at least one block, and whole when it undoes something', t => {
	fc.assert(
		fc.property(fc.array(fc.integer({min: 0, max: 400_000}), {minLength: 1, maxLength: 40}), sizes => {
			const branch = sizes.map(entryOf);
			t.is(inOneGo({rollback: 1, branch}), branch);
			let rest = branch;
			while (rest.length > 0) {
				const part = inOneGo({rollback: 0, branch: rest});
				t.deepEqual(part, rest.slice(0, part.length));
				const bytes = part.reduce((sum, entry) => sum + entry.header.bodySize, 0);
				t.true(part.length === 1 || (part.length > 1 && bytes <= 262_144));
				const next = rest[part.length];
				t.true(next === undefined || bytes + next.header.bodySize > 262_144);
				rest = rest.slice(part.length);
			}
		}),
	);
});
