import test from 'ava';
import fc from 'fast-check';
import {type ChainTip, isPreferred} from '#consensus/chain/chain-selection';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';

const tip = (
	blockNo: number,
	slot: number,
	vrf: number,
	{issuer = vrf, counter = 0n}: {issuer?: number; counter?: bigint} = {},
): ChainTip => ({
	blockNo: BlockNo(blockNo),
	slot: Slot(slot),
	hash: Hash32(new Uint8Array(32).fill(slot)),
	issuerVk: new Uint8Array(32).fill(issuer),
	counter,
	vrfOutput: new Uint8Array(64).fill(vrf),
});

test('anything is better than nothing, and a longer chain than a shorter one', t => {
	t.true(isPreferred('origin', tip(0, 9, 9)));
	t.true(isPreferred(tip(5, 10, 1), tip(6, 90, 9)));
	t.false(isPreferred(tip(6, 90, 9), tip(5, 10, 1)));
});

test('the golden triple: a to b, b to c, but not a to c', t => {
	const [a, b, c] = [tip(7, 0, 3), tip(7, 3, 2), tip(7, 6, 1)];
	t.true(isPreferred(a, b));
	t.true(isPreferred(b, c));
	t.false(isPreferred(a, c));
});

test('the lower VRF output decides up to 5 slots apart, whichever is the later one', t => {
	t.true(isPreferred(tip(7, 5, 2), tip(7, 0, 1)));
	t.true(isPreferred(tip(7, 0, 2), tip(7, 5, 1)));
	t.false(isPreferred(tip(7, 0, 2), tip(7, 6, 1)));
	t.false(isPreferred(tip(7, 6, 2), tip(7, 0, 1)));
	t.false(isPreferred(tip(7, 0, 1), tip(7, 5, 2)));
});

test('one leader’s newer certificate beats its older one in the same slot', t => {
	const old = tip(7, 4, 1, {issuer: 1, counter: 1n});
	const renewed = tip(7, 4, 2, {issuer: 1, counter: 2n});
	t.true(isPreferred(old, renewed));
	t.false(isPreferred(renewed, old));
	// Another slot or another issuer: the counter says nothing.
	t.false(isPreferred(old, tip(7, 5, 2, {issuer: 1, counter: 2n})));
	t.false(isPreferred(old, tip(7, 4, 2, {issuer: 2, counter: 2n})));
});

const tips = fc
	.tuple(fc.nat(3), fc.nat(12), fc.nat(3), fc.nat(2), fc.bigInt(0n, 2n))
	.map(([blockNo, slot, vrf, issuer, counter]) => tip(blockNo, slot, vrf, {issuer, counter}));

test('no chain is preferred to itself, and no two to each other', t => {
	fc.assert(
		fc.property(tips, tips, (a, b) => !isPreferred(a, a) && !(isPreferred(a, b) && isPreferred(b, a))),
		{numRuns: 2000},
	);
	t.pass();
});
