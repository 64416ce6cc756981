import {randomBytes} from 'node:crypto';
import {readdir} from 'node:fs/promises';
import test from 'ava';
import {identifyPiece} from '#crypto/piece-id';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import type {PieceStore} from '#node/ports/piece-store';
import {watchDisk} from '#node/services/provider/upkeep/disk-watch';
import {createIoBudget} from '#node/services/provider/upkeep/io-budget';
import {LossBook} from '#node/services/provider/upkeep/loss-book';
import {Scrubber} from '#node/services/provider/upkeep/scrubber';
import {startUpkeep} from '#node/services/provider/upkeep/upkeep';
import {crypto} from '../../../../support/crypto.ts';
import {createMemoryPieceStore} from '../../../../support/memory-piece-store.ts';
import {silentLog} from '../../../../support/silent-log.ts';
import {temporaryFolder} from '../../../../support/temporary-folder.ts';
import {createVirtualClock, type VirtualClock} from '../../../../support/virtual-clock.ts';
import {pieceTrees, settled} from '../../support/storage-world.ts';

const A = Hash32(new Uint8Array(32).fill(1));
const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

const fill = async (store: PieceStore, count: number, length = 1000): Promise<readonly Hash32[]> => {
	const ids: Hash32[] = [];
	for (let piece = 0; piece < count; piece++) {
		const bytes = new Uint8Array(randomBytes(length));
		const pieceId = identifyPiece(crypto, pieceTrees, bytes);
		await store.put(A, pieceId, bytes);
		ids.push(pieceId);
	}
	await store.change(A, {hold: ids});
	return ids;
};

const portsOf = async (store: PieceStore, clock: VirtualClock) => ({
	store,
	clock,
	crypto,
	trees: pieceTrees,
	losses: await LossBook.open(store),
	disk: watchDisk(store, clock, {reserveBytes: 100}),
	log: silentLog,
});

/** Lets a service work while time goes on in steps. */
const pass = async (clock: VirtualClock, ms: number, steps: number): Promise<void> => {
	for (let step = 0; step < steps; step++) {
		await settled(10);
		clock.advanceTo(clock.now() + ms / steps);
	}
	await settled(10);
};

test('every held piece is looked at once in each period, and the damaged ones are known', async t => {
	const store = createMemoryPieceStore();
	const clock = createVirtualClock(1000);
	const ids = await fill(store, 5);
	await store.put(A, Hash32(new Uint8Array(32)), new Uint8Array(10));
	store.corrupt(A, ids[3] as Hash32);
	const ports = await portsOf(store, clock);
	const scrubber = await Scrubber.open(ports, 14 * DAY_MS);
	let looked = 0;
	while ((await scrubber.step()) !== undefined) looked++;
	t.is(looked, 5);
	t.like(scrubber.round, {pieces: 5, bytes: 5000, damaged: 1, finishedMs: 1000});
	t.deepEqual(ports.losses.losses, [{agreementId: A, pieceId: ids[3] as Hash32, code: 'PIECE_CORRUPT'}]);
	t.is(scrubber.restsUntilMs, 1000 + 14 * DAY_MS);
	t.is(await scrubber.step(), undefined);
	clock.advanceTo(1000 + 14 * DAY_MS);
	t.is(await scrubber.step(), 1000);
	t.is(scrubber.round.pieces, 1);
});

test('a round goes on after a restart where it was', async t => {
	const store = createMemoryPieceStore();
	const clock = createVirtualClock();
	await fill(store, 4);
	const ports = await portsOf(store, clock);
	const first = await Scrubber.open(ports, DAY_MS);
	await first.step();
	await first.step();
	await first.note();
	const second = await Scrubber.open(ports, DAY_MS);
	t.deepEqual(second.round, first.round);
	let left = 0;
	while ((await second.step()) !== undefined) left++;
	t.is(left, 2);
});

test('the pace is what the rest of the round needs, and slow enough for a small store to rest most of the time', async t => {
	const clock = createVirtualClock();
	const store = {...createMemoryPieceStore(), totals: () => ({pieces: 1, bytes: 10 * 1024 ** 4, leaves: 0})};
	const scrubber = await Scrubber.open(await portsOf(store, clock), 14 * DAY_MS);
	// Ten terabytes in four fifths of two weeks.
	t.is(Math.round(scrubber.bytesPerSecond / MIB), Math.round((10 * 1024 ** 2) / (0.8 * 14 * 86_400)));
	clock.advanceTo(14 * DAY_MS);
	t.is(scrubber.bytesPerSecond, Number.POSITIVE_INFINITY);
	const small = await Scrubber.open(await portsOf(createMemoryPieceStore(), createVirtualClock()), DAY_MS);
	t.is(small.bytesPerSecond, MIB / 4);
});

test('background work is no faster than its budget', async t => {
	const clock = createVirtualClock();
	const budget = createIoBudget(clock, 1000);
	const {signal} = new AbortController();
	let done = 0;
	const work = async (): Promise<void> => {
		for (let part = 0; part < 4; part++) {
			await budget.spend(500, {signal});
			done += 500;
		}
	};
	const working = Promise.all([work(), work()]);
	for (let second = 1; second <= 4; second++) {
		await settled(3);
		clock.advanceTo(second * 1000 - 500);
		await settled(3);
		clock.advanceTo(second * 1000);
		await settled(3);
		t.true(done <= second * 1000, `${done} bytes after ${second} s`);
	}
	await working;
	t.is(done, 4000);
});

test('space of dropped pieces is given back in the background, a little at a time', async t => {
	const folder = await temporaryFolder(t);
	const store = await openFilePieceStore(folder, {fileBytesMax: 10_000});
	const clock = createVirtualClock();
	const ids = await fill(store, 12, 3000);
	await store.change(A, {dropPieces: ids.slice(0, 8)});
	const before = (await readdir(folder)).length;
	const upkeep = await startUpkeep(await portsOf(store, clock), {
		scrubPeriodMs: DAY_MS,
		ioBytesPerSecond: 1e6,
	});
	for (let turn = 0; turn < 2000 && (await upkeep.view()).compactedBytes < 3000; turn++)
		await pass(clock, 60_000, 1);
	t.true((await readdir(folder)).length < before);
	t.true((await upkeep.view()).compactedBytes >= 3000);
	await upkeep.stop();
	for (const pieceId of ids.slice(8))
		t.is((await (await store.open(A, pieceId))?.read(0, 3000))?.length, 3000);
	await store.close();
});

test('upkeep goes on when the disk has failed for a while, and says what it found', async t => {
	const inner = createMemoryPieceStore();
	const clock = createVirtualClock(1);
	const ids = await fill(inner, 3);
	inner.corrupt(A, ids[0] as Hash32);
	let isDead: boolean = true;
	const dying: PieceStore = {
		...inner,
		nextHeld: after => {
			if (isDead) return Promise.reject(new NodeError({code: 'PIECE_STORE_FAILED'}));
			return inner.nextHeld(after);
		},
	};
	const disk = watchDisk(dying, clock, {reserveBytes: 0});
	const ports = {...(await portsOf(disk.store, clock)), disk};
	const upkeep = await startUpkeep(ports, {scrubPeriodMs: DAY_MS, ioBytesPerSecond: 1e6});
	await settled();
	t.like((await upkeep.view()).disk, {state: 'failing', failures: 1, lastFailureMs: 1});
	isDead = false;
	await pass(clock, 300_000, 20);
	const {disk: seen, scrub, losses} = await upkeep.view();
	t.is(seen.state, 'good');
	t.like(scrub, {pieces: 3, damaged: 1});
	t.is(losses.length, 1);
	await upkeep.stop();
});

test('pieces leave the reserve of the disk alone, commitments do not', async t => {
	const inner = createMemoryPieceStore();
	const clock = createVirtualClock();
	const {store, view, refusal} = watchDisk(inner, clock, {reserveBytes: 1000});
	inner.disk = {free: 3000, total: 10_000};
	const put = (seed: number) => store.put(A, Hash32(new Uint8Array(32).fill(seed)), new Uint8Array(900));
	await put(1);
	await put(2);
	// What was written since is taken off before the disk is asked again.
	await t.throwsAsync(put(3), {code: 'PIECE_STORE_FULL'});
	await store.putCommitment({epoch: 1, root: A, agreements: []});
	t.like(await view(), {state: 'good', failures: 0});
	t.is(await refusal(1800 + 200), undefined);
	t.deepEqual(await refusal(1800 + 201), {code: 'PROVIDER_DISK_SHORT', promisedBytes: 2001, roomBytes: 2000});
	inner.disk = {free: 999, total: 10_000};
	clock.advanceTo(1000);
	t.like(await view(), {state: 'full', free: 999});
	await t.throwsAsync(put(3), {code: 'PIECE_STORE_FULL'});
	inner.disk = {free: 5000, total: 10_000};
	clock.advanceTo(2000);
	await put(3);
	t.is((await view()).state, 'good');
});

test('a disk that does not answer is failing until something can be written and read again', async t => {
	const inner = createMemoryPieceStore();
	let isDead: boolean = true;
	const dead = new NodeError({code: 'PIECE_STORE_FAILED'});
	const {store, view, refusal, probe} = watchDisk(
		{
			...inner,
			putNote: (name, bytes) => (isDead ? Promise.reject(dead) : inner.putNote(name, bytes)),
			change: (agreementId, change) => (isDead ? Promise.reject(dead) : inner.change(agreementId, change)),
		},
		createVirtualClock(5),
		{reserveBytes: 0},
	);
	await probe();
	t.is((await view()).state, 'good');
	await t.throwsAsync(store.change(A, {}), {code: 'PIECE_STORE_FAILED'});
	t.deepEqual(await refusal(1), {code: 'PROVIDER_DISK_FAILING'});
	await t.throwsAsync(probe(), {code: 'PIECE_STORE_FAILED'});
	t.like(await view(), {state: 'failing', failures: 2});
	isDead = false;
	await probe();
	t.like(await view(), {state: 'good', failures: 2, lastFailureMs: 5});
	t.is(await refusal(1), undefined);
});
