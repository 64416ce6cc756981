/** Announcements among real libp2p nodes: passed on at once, caught up with later, and no bad one any further. */
import test, {type ExecutionContext} from 'ava';
import {toHex, u32be} from '#kernel/bytes';
import {catchUp} from '#transport/libp2p/catch-up';
import {type Gossip, joinGossip, type Verdict} from '#transport/libp2p/gossip';
import type {Libp2pTransportOptions} from '#transport/libp2p/host-options';
import {addressesOf, type Machine, machine} from './support/machine.ts';

const NETWORK = 'test';

/** A member that keeps items whose first byte is 1; what comes is told in order. */
type Member = {
	readonly machine: Machine;
	readonly gossip: Gossip;
	readonly kept: Uint8Array[];
	/** Resolves when so many items were judged. */
	judged(count: number): Promise<void>;
	readonly addresses: readonly string[];
};

const member = async (
	t: ExecutionContext,
	bootstrap: readonly string[],
	overrides: Partial<Libp2pTransportOptions> = {},
): Promise<Member> => {
	const made = machine(t, {
		network: NETWORK,
		staysUp: true,
		bootstrap,
		listen: ['/ip4/127.0.0.1/tcp/0'],
		...overrides,
	});
	const hold = await made.host.hold();
	const kept: Uint8Array[] = [];
	const seen: Uint8Array[] = [];
	const waiting: {readonly count: number; readonly resolve: () => void}[] = [];
	const judge = (item: Uint8Array): Verdict => {
		seen.push(item);
		for (const {count, resolve} of waiting) if (seen.length >= count) resolve();
		if (item[0] !== 1) return 'reject';
		kept.push(item.slice());
		return 'accept';
	};
	const gossip = await joinGossip(made.host, {network: NETWORK, judge});
	return {
		machine: made,
		gossip,
		kept,
		judged: count =>
			new Promise(resolve => {
				waiting.push({count, resolve});
				if (seen.length >= count) resolve();
			}),
		addresses: addressesOf(hold),
	};
};

/** Says it again, with another number, until it is heard: a mesh takes some heartbeats to form, and what was said once is not passed on twice. */
const publishUntil = async (
	from: Member,
	make: (turn: number) => Uint8Array,
	heard: Promise<void>,
): Promise<void> => {
	let isHeard = false;
	const done = heard.then(() => {
		isHeard = true;
	});
	for (let turn = 0; !isHeard; turn++) {
		await from.gossip.publish(make(turn));
		await Promise.race([done, new Promise(resolve => setTimeout(resolve, 100))]);
	}
};

test('what one says reaches those that it is not connected with, through others', async t => {
	const first = await member(t, []);
	const second = await member(t, first.addresses);
	const third = await member(t, first.addresses);
	await publishUntil(second, turn => Uint8Array.of(1, 2, ...u32be(turn)), third.judged(1));
	t.is(third.kept[0]?.[1], 2);
	t.true(first.kept.length > 0);
});

test('many peers on one address that is known to be shared all hear each other', async t => {
	const first = await member(t, []);
	// More than ten on one address are else taken for one that pretends.
	const others = await Promise.all(Array.from({length: 15}, () => member(t, first.addresses)));
	const [speaker, ...listeners] = others;
	const heard = Promise.all(listeners.map(each => each.judged(1))).then(() => undefined);
	await publishUntil(speaker as Member, turn => Uint8Array.of(1, 3, ...u32be(turn)), heard);
	t.true(listeners.every(({kept}) => kept[0]?.[1] === 3));
});

test('what is refused goes no further', async t => {
	const first = await member(t, []);
	const second = await member(t, first.addresses);
	const third = await member(t, first.addresses);
	await publishUntil(second, turn => Uint8Array.of(0, ...u32be(turn)), first.judged(3));
	await publishUntil(second, turn => Uint8Array.of(1, ...u32be(turn)), third.judged(1));
	t.true(third.kept.every(([kind]) => kind === 1));
});

test('whoever comes later reads what a peer knows, page by page', async t => {
	const known = Array.from({length: 150}, (_, index) => Uint8Array.of(1, index));
	const first = machine(t, {network: NETWORK, staysUp: true, listen: ['/ip4/127.0.0.1/tcp/0']});
	const hold = await first.host.hold();
	await catchUp(
		first.host,
		{
			since: cursor => {
				const items = known.slice(Number(cursor), Number(cursor) + 64);
				return items.length === 0 ? undefined : {cursor: cursor + BigInt(items.length), items};
			},
			take: () => undefined,
		},
		first.options,
	);
	const late = machine(t, {network: NETWORK, bootstrap: addressesOf(hold)});
	const taken: string[] = [];
	await new Promise<void>((resolve, reject) => {
		catchUp(
			late.host,
			{
				since: () => undefined,
				take: items => {
					taken.push(...items.map(toHex));
					if (taken.length === known.length) resolve();
				},
			},
			late.options,
		).catch(reject);
	});
	t.deepEqual(taken, known.map(toHex));
});
