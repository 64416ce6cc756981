/** Nodes of the topic overlay on a wire in memory: what reaches whom, and what becomes of those who break the rules. */
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {CounterName, GaugeName} from '#node/ports/metrics';
import {OverlayService, type TopicJudge} from '#node/services/overlay/overlay-service';
import {decodeAnswer, encodeRequest, RECEPTIONS} from '#transport/protocols/overlay/messages';
import {signProfile} from '#transport/protocols/overlay/profile';
import {Random} from '../../../simulation/random.ts';
import {crypto} from '../../../support/crypto.ts';
import {noMetrics} from '../../../support/no-metrics.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const genesisHash: GenesisHash = Hash32(new Uint8Array(32).fill(1));
const TOPIC = 3;

type Node = {
	readonly key: Uint8Array;
	readonly seed: Uint8Array;
	readonly service: OverlayService;
	readonly heard: string[];
	readonly counts: Map<CounterName | GaugeName, number>;
	isUp: boolean;
	/** Whether it cannot judge anything now. */
	isDeaf: boolean;
};

/** Payloads that begin with 0 break the topic's rules, those with 1 are of no use now. */
const judgeInto =
	(heard: string[], isDeaf: () => boolean): TopicJudge =>
	payload => {
		if (isDeaf()) return 'ignore';
		if (payload[0] === 0) return 'reject';
		if (payload[0] === 1) return 'ignore';
		heard.push(toHex(payload));
		return 'accept';
	};

const seedOf = (number: number): Uint8Array => new Uint8Array(32).fill(number + 1);

const world = (count: number) => {
	const clock = createVirtualClock(1_000_000);
	const nodes = new Map<string, Node>();
	const wire = {isCut: false};
	/** Everybody is connected with the first one, and nobody else. */
	const first = crypto.ed25519VerificationKey(seedOf(0));
	const make = (number: number): Node => {
		const seed = seedOf(number);
		const key = crypto.ed25519VerificationKey(seed);
		const random = new Random(`overlay node ${number}`);
		const heard: string[] = [];
		const counts: Node['counts'] = new Map();
		const service = new OverlayService(
			{
				crypto,
				genesisHash,
				currentSlot: () => Slot(10),
				clock,
				entropy: {bytes: length => random.bytes(length)},
				log: silentLog,
				metrics: {
					...noMetrics,
					increment: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
					set: (name, value) => void counts.set(name, value),
				},
				wire: {
					ask: async (contact, request) => {
						const other = nodes.get(toHex(contact.key));
						if (other?.isUp !== true || wire.isCut) throw new NodeError({code: 'TRANSPORT_CONNECT_FAILED'});
						return await other.service.answer(key, request);
					},
					routes: () => [`/ip4/127.0.0.1/tcp/${4000 + number}`],
					speakers: () => (number === 0 ? [] : [first]),
				},
			},
			{
				seed,
				judges: {'checkpoint-signatures': judgeInto(heard, () => node.isDeaf)},
				fanout: 3,
				tickMs: 1000,
				lifeSlots: 100,
			},
		);
		const node: Node = {key, seed, service, heard, counts, isUp: true, isDeaf: false};
		nodes.set(toHex(key), node);
		return node;
	};
	const all = Array.from({length: count}, (_, number) => make(number));
	const tick = async (): Promise<void> => {
		for (const node of all) if (node.isUp) await node.service.tick();
	};
	return {all, tick, wire};
};

const ticked = async (count: number, ticks: number): Promise<readonly Node[]> => {
	const {all, tick} = world(count);
	for (let turn = 0; turn < ticks; turn++) await tick();
	return all;
};

/** Until nothing is under way: the wire is in memory, so that all of it is promises. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
	for (let turn = 0; turn < 1000 && !holds(); turn++) await settle();
};

test('what one puts on a topic reaches all others, each once', async t => {
	const all = await ticked(12, 45);
	const payload = Uint8Array.of(9, 1);
	t.true(all.every(({service}) => service.neighboursOn('checkpoint-signatures') === 4));
	t.is(await all[3]?.service.publish('checkpoint-signatures', payload), 3);
	const others = all.filter((_, index) => index !== 3);
	await until(() => others.every(({heard}) => heard.length > 0));
	t.deepEqual(
		others.map(({heard}) => heard),
		others.map(() => [toHex(payload)]),
	);
	t.is(await all[3]?.service.publish('checkpoint-signatures', payload), 0);
	t.true(others.every(({counts}) => counts.get('dcloud_overlay_checkpoint_signatures_total') === 1));
	t.true((all[0]?.counts.get('dcloud_overlay_known_peers') ?? 0) >= 4);
});

test('who could not judge a message hears of it again, and passes it on then', async t => {
	const all = await ticked(12, 45);
	const payload = Uint8Array.of(9, 3);
	const [speaker, ...others] = all as [Node, ...Node[]];
	for (const other of others) other.isDeaf = true;
	t.is(await speaker.service.publish('checkpoint-signatures', payload), 0);
	for (const other of others) other.isDeaf = false;
	t.is(await speaker.service.publishAgain('checkpoint-signatures', payload), 3);
	await until(() => others.every(({heard}) => heard.length > 0));
	t.true(others.every(({heard}) => heard.length === 1));
	t.is(await speaker.service.publishAgain('checkpoint-signatures', payload), 3);
	t.true(others.every(({heard}) => heard.length === 1));
});

test('others are told in the place of those that do not answer', async t => {
	const all = await ticked(12, 45);
	for (const at of [1, 5, 8]) (all[at] as Node).isUp = false;
	const up = all.filter(({isUp}) => isUp);
	const [speaker, ...others] = up;
	await speaker?.service.publish('checkpoint-signatures', Uint8Array.of(9, 2));
	await until(() => others.every(({heard}) => heard.length > 0));
	t.true(others.every(({heard}) => heard.length === 1));
	t.true(up.some(({counts}) => (counts.get('dcloud_overlay_unanswered_total') ?? 0) > 0));
});

const push = (payload: Uint8Array, topic = TOPIC): Uint8Array =>
	encodeRequest({kind: 'push', topic, hops: 0, payload});

const receptionOf = (answer: Uint8Array): string => {
	const decoded = decodeAnswer(answer);
	return decoded.ok && decoded.value.kind === 'received' ? (RECEPTIONS[decoded.value.reception] ?? '') : '';
};

test('what breaks the rules of a topic goes no further, and who sends it is shut out', async t => {
	const [victim, foe, ...others] = (await ticked(6, 30)) as [Node, Node, ...Node[]];
	for (let number = 0; number < 5; number++)
		t.is(receptionOf(await victim.service.answer(foe.key, push(Uint8Array.of(0, number)))), 'unwanted');
	const refused = await t.throwsAsync(victim.service.answer(foe.key, push(Uint8Array.of(9))), {
		instanceOf: NodeError,
	});
	t.is(refused?.code, 'OVERLAY_BUSY');
	await settle();
	t.true(others.every(({heard}) => heard.length === 0));
	t.is(receptionOf(await victim.service.answer(others[0]?.key as Uint8Array, push(Uint8Array.of(9)))), 'new');
});

test('what is of no use now is not passed on and is no fault; topics that we do not know neither', async t => {
	const [one, two, ...others] = (await ticked(6, 30)) as [Node, Node, ...Node[]];
	for (let number = 0; number < 20; number++)
		t.is(receptionOf(await one.service.answer(two.key, push(Uint8Array.of(1, number)))), 'unwanted');
	t.is(receptionOf(await one.service.answer(two.key, push(Uint8Array.of(9), 1))), 'unwanted');
	t.is(receptionOf(await one.service.answer(two.key, push(Uint8Array.of(9), 200))), 'unwanted');
	t.is(receptionOf(await one.service.answer(two.key, push(Uint8Array.of(9)))), 'new');
	t.is(receptionOf(await one.service.answer(two.key, push(Uint8Array.of(9)))), 'known');
	await until(() => others.every(({heard}) => heard.length > 0));
	t.true(others.every(({heard}) => heard.length === 1));
});

test('an exchange that does not begin with the profile of its sender is refused, and forged profiles are left out', async t => {
	const [victim, foe, third] = (await ticked(3, 12)) as [Node, Node, Node];
	const profile = (seed: Uint8Array, sequence: bigint) =>
		signProfile(crypto, genesisHash, seed, {sequence, validUntilSlot: Slot(60), routes: [], topics: [TOPIC]});
	const exchange = (...profiles: readonly Uint8Array[]): Uint8Array =>
		encodeRequest({
			kind: 'exchange',
			layer: 0,
			entries: profiles.map(each => ({profile: each, age: 0})),
		});
	const wrong = await t.throwsAsync(victim.service.answer(foe.key, exchange(profile(third.seed, 9n))), {
		instanceOf: NodeError,
	});
	t.is(wrong?.code, 'OVERLAY_SENDER_WRONG');
	const before = victim.service.knownCount;
	const stranger = seedOf(100);
	const forged = profile(stranger, 9n);
	forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
	await victim.service.answer(foe.key, exchange(profile(foe.seed, 2_000_000n), forged));
	t.is(victim.service.knownCount, before);
	await victim.service.answer(third.key, exchange(profile(third.seed, 2_000_000n), profile(stranger, 9n)));
	t.is(victim.service.knownCount, before + 1);
});

test('whatever bytes a peer sends, it gets an answer or a code, and in the end nothing more', async t => {
	const [victim] = (await ticked(2, 6)) as [Node];
	const foe = crypto.ed25519VerificationKey(seedOf(77));
	await fc.assert(
		fc.asyncProperty(fc.uint8Array({maxLength: 64}), async bytes => {
			const failure = await victim.service.answer(foe, bytes).then(
				() => undefined,
				(error: unknown) => error,
			);
			t.true(failure === undefined || failure instanceof NodeError);
		}),
	);
	const refused = await t.throwsAsync(victim.service.answer(foe, push(Uint8Array.of(9))), {
		instanceOf: NodeError,
	});
	t.is(refused?.code, 'OVERLAY_BUSY');
});

test('a peer that asks for more than its allowance waits for the next round', async t => {
	const {all, tick} = world(3);
	const [victim, foe] = all as [Node, Node];
	for (let turn = 0; turn < 12; turn++) await tick();
	let taken = 0;
	for (let number = 0; number < 600; number++)
		await victim.service.answer(foe.key, push(Uint8Array.of(1, number))).then(
			() => taken++,
			() => undefined,
		);
	t.true(taken > 300 && taken < 600);
	for (let turn = 0; turn < 6; turn++) await tick();
	t.is(receptionOf(await victim.service.answer(foe.key, push(Uint8Array.of(9)))), 'new');
});

test('whoever has lost everybody finds back over the connections that stand', async t => {
	const {all, tick, wire} = world(8);
	for (let turn = 0; turn < 30; turn++) await tick();
	wire.isCut = true;
	for (let turn = 0; turn < 30; turn++) await tick();
	t.true(all.every(({service}) => service.knownCount === 0));
	wire.isCut = false;
	for (let turn = 0; turn < 45; turn++) await tick();
	t.true(all.every(({service}) => service.neighboursOn('checkpoint-signatures') === 4));
});
