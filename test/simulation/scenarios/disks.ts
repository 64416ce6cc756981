import {defined} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';
import type {DiskFault} from '../../support/faulty-file-system.ts';
import {createFileDisk, type FileDisk} from '../file-disk.ts';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import type {SimulatedNode} from '../simulated-node.ts';
import type {World} from '../world.ts';

const f = Ratio(1n, 4n);
const k = 40;
const CYCLE_SLOTS = 60;
const DOWN_SLOTS_MAX = 20;
const AGREE_SLOTS = 220;
const RECONNECT_SLOTS = 80;

/** What is refused for a disk that an operator has to give up on; a node says so and does not start. */
const DAMAGED: ReadonlySet<string> = new Set(['STORE_CORRUPT']);

const diskOf = ({disk}: SimulatedNode): FileDisk => disk as FileDisk;

/** Starts a node again; a disk that is damaged beyond what the node mends by itself is emptied first. */
const revive = (world: World, node: SimulatedNode): void => {
	if (node.isAlive) return;
	const disk = diskOf(node);
	disk.freeSpace();
	if (disk.hasLied) world.invariants.forget(node.name);
	world.start(node, error => {
		const {code} = error as {readonly code?: string};
		if (code === undefined || !(DAMAGED.has(code) || code === 'TEST_DIED' || code === 'STORE_DISK_FULL'))
			return false;
		world.note(node.name, `does not start: ${code}`);
		node.crash('process');
		if (DAMAGED.has(code)) disk.wipe();
		world.atSlot(world.slot + 1, `${node.name} starts again`, () => revive(world, node));
		return true;
	});
};

const KINDS: readonly DiskFault['kind'][] = ['kill', 'powerCut', 'tornCut', 'lie', 'flip', 'full'];

const diskEvents = (random: Random, size: Size): readonly PlannedEvent[] => {
	const planned: PlannedEvent[] = [];
	const nodeOf = (world: World, name: string): SimulatedNode =>
		defined(
			world.nodes.find(node => node.name === name),
			'it is there',
		);
	for (let slot = 10; slot + CYCLE_SLOTS < size.slots; slot += CYCLE_SLOTS) {
		const name = random.pick(honestNames(size));
		const isRot = random.chance(0.2);
		const kind = random.pick(KINDS);
		const at = random.below(30);
		planned.push({
			slot: slot + random.next() * 20,
			what: isRot ? `a bit of the disk of ${name} turns` : `the disk of ${name}: ${kind} at write ${at}`,
			happen: world => {
				const disk = diskOf(nodeOf(world, name));
				if (isRot) world.note(name, `bit turned: ${disk.rot()}`);
				else disk.arm({kind, at});
			},
		});
		// Most faults are found out when a disk is opened.
		const end = slot + 30 + random.next() * 10;
		const how = random.pick(['process', 'power'] as const);
		planned.push({
			slot: end,
			what: `${name} loses its ${how}`,
			happen: world => nodeOf(world, name).crash(how),
		});
		planned.push({
			slot: end + 0.1 + random.next() * DOWN_SLOTS_MAX,
			what: `${name} starts again`,
			happen: world => revive(world, nodeOf(world, name)),
		});
	}
	return planned;
};

export const diskFaults: Scenario = {
	name: 'disk-faults',
	about:
		'Disks kill the node at a write, tear, lie, turn bits and fill up; nodes mend themselves or say what to do.',
	nodes: 6,
	slots: 4_000,
	shortSlots: 800,
	genesis: {k, f},
	odds: size =>
		honestOdds(size, {
			k,
			f,
			delaySlots: 0,
			apart: {times: Math.ceil(size.slots / CYCLE_SLOTS), slots: RECONNECT_SLOTS, nodes: 1},
			agreeWithinSlots: AGREE_SLOTS,
			reconnectSlots: RECONNECT_SLOTS,
		}),
	bounds: () => ({agreeWithinSlots: AGREE_SLOTS}),
	build: (world, size) => {
		const {env} = world.network;
		addRing(world, size, name => ({
			disk: createFileDisk(env.crypto, env.genesisHash, world.random.fork(`disk of ${name}`)),
			afterFailure: node =>
				world.atSlot(world.slot + 2, `${node.name} starts again`, () => revive(world, node)),
		}));
		addLoad(world, size, {everySlots: 8});
	},
	plan: diskEvents,
};
