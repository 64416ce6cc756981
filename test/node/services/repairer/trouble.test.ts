/** Repairs while providers refuse, go silent, come back and go again: what has room for a piece must get it in the end. */
import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {Slot} from '#kernel/slot';
import type {RepairReport} from '#node/services/repairer/repair-pieces';
import type {Repairer} from '#node/services/repairer/repairer';
import {Random} from '../../../simulation/random.ts';
import {memorySink} from '../support/client-kit.ts';
import {RepairScene} from '../support/repair-scene.ts';
import {at, type WorldProvider} from '../support/storage-world.ts';

const SEVEN = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const NINE = [...SEVEN, 'p8', 'p9'];

const reasons = ({failed}: RepairReport): readonly string[] => [...new Set(failed.map(({reason}) => reason))];

const lostOf = async (repairer: Repairer, {tickets}: RepairScene): Promise<number> =>
	(await repairer.survey({tickets})).reduce((sum, {lost}) => sum + lost.length, 0);

/** No provider has two pieces of a segment, and each piece is somewhere. */
const spread = async (repairer: Repairer, {tickets, ticket}: RepairScene): Promise<readonly string[]> => {
	const vacated = await repairer.survey({tickets});
	const gone = new Set(vacated.map(({agreementId}) => toHex(agreementId)));
	const now = new Map<string, string[]>();
	const add = (segment: number, provider: Uint8Array): void => {
		now.set(`${segment}`, [...(now.get(`${segment}`) ?? []), toHex(provider)]);
	};
	for (const [segment, {pieces}] of (ticket?.segments ?? []).entries())
		for (const {holder} of pieces) {
			const at = ticket?.holders[holder];
			if (at !== undefined && !gone.has(toHex(at.agreementId))) add(segment, at.providerId);
		}
	for (const {successors} of vacated)
		for (const {held, provider} of successors) for (const {segment} of held) add(segment, provider.id);
	return [...now.values()].flatMap(all =>
		all.length === ticket?.code.optimal && new Set(all).size === all.length ? [] : [all.join(' ')],
	);
};

test('what one successor got only a part of, it gets the rest of later: the chain has no room for another one', async t => {
	// More segments than providers: some get more than one piece.
	const scene = await RepairScene.open(SEVEN, 500_000);
	const {world, tickets} = scene;
	const lost = at(scene.holders(), 0);
	await scene.stop(lost);
	await scene.untilVacated(1);
	const repairer = await scene.openRepairer();
	const pieces = await lostOf(repairer, scene);
	for (const {name} of scene.providers) scene.refusals.set(`${name} put`, 1);
	const first = await repairer.repair({tickets});
	t.deepEqual(reasons(first), ['TEST_REFUSED']);
	t.true(first.repaired.length > 0);
	const agreements = world.ledger.state.agreements.size;
	t.deepEqual((await repairer.repair({tickets})).failed, []);
	t.is(world.ledger.state.agreements.size, agreements);
	t.is(await lostOf(repairer, scene), 0);
	t.deepEqual(await spread(repairer, scene), []);
	const {claimed, incomplete} = await repairer.claim({tickets, wait: true});
	t.deepEqual([claimed.length, incomplete], [pieces, 0]);
	repairer.close();
	await scene.close();
});

test('somebody else is asked at once when a provider refuses, and it is told when nobody is left', async t => {
	const scene = await RepairScene.open(NINE);
	const {tickets} = scene;
	await scene.stop(at(scene.holders(), 0));
	await scene.untilVacated(1);
	const repairer = await scene.openRepairer();
	for (const name of NINE) scene.refusals.set(`${name} agree`, 4);
	const none = await repairer.repair({tickets});
	t.deepEqual(reasons(none), ['TEST_REFUSED']);
	t.is(none.failed.length, await lostOf(repairer, scene));
	for (const name of NINE) scene.refusals.set(`${name} agree`, 0);
	scene.refusals.set('p1 agree', 1);
	scene.refusals.set('p2 agree', 1);
	t.deepEqual((await repairer.repair({tickets})).failed, []);
	t.is(await lostOf(repairer, scene), 0);
	repairer.close();
	await scene.close();
});

test('more are lost than a file can lose, but some are back: what they keep counts, and they take other pieces', async t => {
	const scene = await RepairScene.open(SEVEN);
	const {tickets} = scene;
	const gone = scene.holders().slice(0, 4);
	await scene.stop(...gone);
	await scene.untilVacated(4);
	await scene.restart(...gone);
	const repairer = await scene.openRepairer();
	t.true((await lostOf(repairer, scene)) > 8);
	t.deepEqual((await repairer.repair({tickets})).failed, []);
	t.is(await lostOf(repairer, scene), 0);
	t.deepEqual(await spread(repairer, scene), []);
	repairer.close();
	await scene.close();
});

for (const remembers of [true, false])
	test(`successors of successors go too, and a repairer that ${remembers ? 'was there' : 'knows nothing'} brings all back`, async t => {
		const scene = await RepairScene.open(NINE);
		const {tickets} = scene;
		const [first, second] = [at(scene.holders(), 0), at(scene.holders(), 1)];
		await scene.stop(first, second);
		await scene.untilVacated(2);
		let repairer = await scene.openRepairer();
		const again = async (): Promise<void> => {
			if (remembers) return;
			repairer.close();
			repairer = await scene.openRepairer();
		};
		const {repaired, failed} = await repairer.repair({tickets});
		t.deepEqual(failed, []);
		const took = [...new Set(repaired.map(({providerId}) => toHex(providerId)))].slice(0, 2);
		await scene.stop(...scene.providers.filter(({id}) => took.includes(toHex(id))));
		await scene.untilVacated(2);
		await scene.restart(first, second);
		await again();
		t.true((await lostOf(repairer, scene)) > 0);
		t.deepEqual((await repairer.repair({tickets})).failed, []);
		await again();
		t.is(await lostOf(repairer, scene), 0);
		t.deepEqual(await spread(repairer, scene), []);
		repairer.close();
		await scene.close();
	});

test('what a silent successor may have is told as not repaired, unless the repairer knows what it has', async t => {
	const scene = await RepairScene.open(NINE);
	const {tickets} = scene;
	await scene.stop(at(scene.holders(), 0));
	await scene.untilVacated(1);
	const repairer = await scene.openRepairer();
	const {repaired} = await repairer.repair({tickets});
	await scene.stop(scene.byId(at(repaired, 0).providerId));
	t.deepEqual(await repairer.repair({tickets}), {repaired: [], failed: []});
	const stranger = await scene.openRepairer();
	t.deepEqual(reasons(await stranger.repair({tickets})), ['REPAIR_SUCCESSOR_SILENT']);
	stranger.close();
	repairer.close();
	await scene.close();
});

/** As in the soak: providers come, go and refuse while pieces are repaired; once they are calm, nothing is left to be repaired. */
const storm = async (t: ExecutionContext, seed: number, remembers: boolean): Promise<void> => {
	const scene = await RepairScene.open([...NINE, 'p10', 'p11', 'p12']);
	const {world, tickets, providers} = scene;
	const random = new Random(seed);
	const off = new Set<WorldProvider>();
	let rebuilt = 0;
	let repairer = await scene.openRepairer();
	const advance = async (): Promise<void> => {
		await world.advanceTo(Slot(world.ledger.slot + Math.round(world.ledger.env.genesis.epochLength * 0.6)));
	};
	const repair = async (): Promise<RepairReport> => {
		if (!remembers) {
			repairer.close();
			repairer = await scene.openRepairer();
		}
		const report = await repairer.repair({tickets});
		rebuilt += report.repaired.reduce((sum, {pieceIds}) => sum + pieceIds.length, 0);
		return report;
	};
	for (let round = 0; round < 20; round++) {
		const held = (await repairer.survey({tickets})).flatMap(({successors}) =>
			successors.map(each => each.provider),
		);
		const busy = [...scene.holders(), ...held.map(({id}) => scene.byId(id))];
		const provider = at(busy, random.below(busy.length));
		if (off.delete(provider)) await scene.restart(provider);
		else if (off.size < 3) {
			await scene.stop(provider);
			off.add(provider);
		}
		for (const kind of ['agree', 'put', 'revise'])
			scene.refusals.set(`${at(providers, random.below(providers.length)).name} ${kind}`, random.below(3));
		await advance();
		await repair();
	}
	await scene.restart(...off);
	scene.refusals.clear();
	let report = await repair();
	for (let tries = 0; report.failed.length > 0 && tries < 8; tries++) {
		await advance();
		await scene.reopen();
		report = await repair();
	}
	t.true(rebuilt > 0);
	t.deepEqual(reasons(report), []);
	t.is(await lostOf(repairer, scene), 0);
	t.deepEqual(await spread(repairer, scene), []);
	const sink = memorySink();
	await scene.client?.getFile({name: 'a', sink});
	t.is(toHex(sink.result ?? new Uint8Array(0)), toHex(scene.bytes));
	repairer.close();
	await scene.close();
};

for (const [seed, remembers] of [
	[1, true],
	[2, false],
	[28, false],
] as const)
	test(`after a storm (${seed}), a repairer that ${remembers ? 'goes on' : 'begins anew each time'} leaves nothing lost`, async t => {
		t.timeout(10 * 60_000);
		await storm(t, seed, remembers);
	});
