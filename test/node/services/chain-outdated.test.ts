/** Software that is too old for what token holders decided says so and stops: it makes and takes nothing by the wrong rules. */
import test from 'ava';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {PROTOCOL_VERSION_MAX} from '#ledger/governance/protocol-version';
import {numberKey} from '#ledger/state/keys';
import {crypto} from '../../support/crypto.ts';
import {silentLog} from '../../support/silent-log.ts';
import {feed, openTestChain, TestChain, testNetwork, timeOfSlot} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const VERSION = PROTOCOL_VERSION_MAX + 1;
const ACTIVATION = 2;
const world = new TestChain(testNetwork({checkpointEvery: 1}));
const {network} = world;
const mcBlock = (slot: number) => ({slot, hash: crypto.blake2b256(Uint8Array.of(slot))});

/** Epoch 1: the upgrade was reported in epoch 0, whose checkpoint is confirmed. */
const decided = (() => {
	const effect = {kind: 'protocol-upgrade', version: VERSION, activationEpoch: ACTIVATION} as const;
	let branch = world.grow(world.origin, 1, {
		mainChain: {mcRef: mcBlock(20), events: [{kind: 'enacted', proposal: 7, effect}]},
	});
	while (branch.ledger.pendingCheckpoints.size === 0) branch = world.grow(branch, 1);
	const {blockHash} = defined(branch.ledger.pendingCheckpoints.get(numberKey(1)), 'period 1 is closed');
	return world.grow(branch, 1, {
		mainChain: {mcRef: mcBlock(21), events: [{kind: 'checkpoint-confirmed', period: 1, blockHash}]},
	});
})();

const before = timeOfSlot(network, network.params.epochLength * ACTIVATION - 1);
const after = timeOfSlot(network, network.params.epochLength * ACTIVATION);

test('old software goes on until the epoch of an upgrade, and warns as soon as it is decided', async t => {
	const warned: unknown[] = [];
	const log = {...silentLog, warn: (message: string, fields?: object) => warned.push({message, ...fields})};
	const chain = await openTestChain(network, {log, clock: createVirtualClock(before)});
	await feed(chain, decided.blocks);
	t.deepEqual(chain.tip, decided.tip);
	t.like(warned.at(-1), {proposal: 7, version: VERSION, activationEpoch: ACTIVATION});
});

test('old software stops when the clock says that the epoch has begun, whatever blocks say', async t => {
	const clock = createVirtualClock(before);
	const failures: NodeError[] = [];
	const chain = await openTestChain(network, {clock, failed: error => failures.push(error)});
	await feed(chain, decided.blocks);
	clock.advanceTo(after);
	const error = await t.throwsAsync(chain.reconsider(), {instanceOf: NodeError});
	t.like(error?.detail, {
		code: 'PROTOCOL_UPGRADE_REQUIRED',
		version: VERSION,
		versionMax: PROTOCOL_VERSION_MAX,
		epoch: ACTIVATION,
	});
	t.deepEqual(failures, [error]);
});
