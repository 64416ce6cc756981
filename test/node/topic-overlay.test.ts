/**
 * Offers and proofs over the topic overlay alone, between processes: a producer, a provider whose line to it carries neither announcements
 * nor, once it has committed, transactions, and a node that has no line to anybody.
 */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {type EventLog, followEvents} from '#cli/demo/event-log';
import {createProcessGroup} from '#cli/demo/processes';
import {networkOf, submitAction, waitForTransaction} from '#cli/wallet';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Genesis} from '#ledger/genesis/genesis';
import {connectControl} from '#node/adapters/control-client';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import {writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlClient, ControlFile} from '#node/ports/control-api';
import {CLAIM_STATUS, claimDatum} from '#onchain/data/claim-data';
import {leavesOf, openAccomplice} from '../attacks/accomplice.ts';
import {crypto} from '../support/crypto.ts';
import {party} from '../support/ledger-chain.ts';
import {ada} from '../support/ledger-genesis.ts';
import {type NarrowLine, narrowLine} from '../support/narrow-line.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {
	bridge,
	checkpoint,
	claimName,
	claimOutput,
	place,
	ref,
	registry,
	scripted,
	serve,
} from '../support/scripted-kupo.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const [owner, operator, client] = [party('owner'), party('operator'), party('client')];
const CLAIM = claimName(9);
const SEEN_MS_MAX = 300_000;
const SLOT_MS = 60;
const CAPACITY_LEAVES = 2 ** 19;
/** Numbers of the mini-protocols. */
const TRANSACTIONS = 4;
const ANNOUNCEMENTS = 40;

const adapt = ({parameters, accounts, cardano, ...rest}: Genesis): Genesis => ({
	...rest,
	// A busy machine may make it late.
	parameters: {...parameters, missesToVacate: 50},
	accounts: [
		...accounts,
		...[owner, client].map(({account}) => ({account, balance: ada(1000), pool: null})),
	].toSorted((a, b) => (toHex(a.account) < toHex(b.account) ? -1 : 1)),
	cardano: {
		...cardano,
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		start: ref(10),
	},
});

const claimOnCardano = {
	...claimOutput(place(2), CLAIM, owner.account, CLAIM_STATUS.provider),
	datum: claimDatum.encode({
		ownerPkh: owner.account,
		operatorVk: operator.verificationKey,
		claimed: Lovelace(0n),
		collateral: Lovelace(0n),
		status: CLAIM_STATUS.provider,
		exitAfter: 0n,
	}),
};

const register = {
	kind: 'provider-register',
	provider: Hash32(fromHex(CLAIM)),
	operatorVk: operator.verificationKey,
	payoutAccount: owner.account,
	bond: ada(500),
	storePrice: ada(2),
	minTermEpochs: 1,
	capacityLeaves: 4 * CAPACITY_LEAVES,
} as const;

/** Of a node's metrics. */
const counted = async ({metricsUrl}: ControlFile, name: string): Promise<number> => {
	const text = metricsUrl === null ? '' : await (await fetch(metricsUrl)).text();
	return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
	while (!(await holds())) await delay(50);
};

const knows = (control: ControlFile): Promise<void> =>
	until(async () => (await counted(control, 'dcloud_overlay_known_peers')) > 0);

const tipOf = async (node: ControlClient): Promise<number> => (await node.status()).tip?.blockNo ?? 0;

const hears = (node: ControlClient): Promise<void> =>
	until(async () => (await node.announcements()).some(({key}) => key === toHex(operator.verificationKey)));

/** Closes the line to transactions after the provider's commitment and before its challenge is drawn; resolves with the epoch. */
const closeAfterCommitment = async (events: EventLog, line: NarrowLine, startMs: number): Promise<number> => {
	for (let epoch = 0; ; epoch++) {
		const inEpoch =
			(kind: string) =>
			({event}: {readonly event: Readonly<Record<string, unknown>>}) =>
				event['kind'] === kind && Number(event['epoch']) >= epoch;
		const committed = await events.waitFor('a commitment', inEpoch('committed'), SEEN_MS_MAX);
		epoch = Number(committed.event['epoch']);
		line.leaveOut([TRANSACTIONS]);
		const closedMs = Date.now();
		const drawn = await events.waitFor('its challenge', inEpoch('challenge-drawn'), SEEN_MS_MAX);
		if (Number(drawn.event['epoch']) === epoch && closedMs < startMs + drawn.slot * SLOT_MS) return epoch;
		// Too slow: a proof may have passed.
		line.startAnew([ANNOUNCEMENTS]);
	}
};

test('offers and proofs of a provider reach nodes that have no other way to it than the topic overlay', async t => {
	const folder = await temporaryFolder(t);
	const keys = path.join(folder, 'keys');
	const startMs = Date.now();
	const {genesis, producerFlags, topologyTo} = await makeNodeFiles(keys, {
		slotMs: SLOT_MS,
		systemStartMs: startMs,
		adapt,
	});
	const operatorKey = path.join(keys, 'operator.skey');
	await writeKeyFile(operatorKey, 'DCloudOperatorSigningKey_ed25519', operator.seed);
	const kupoUrl = await serve(t, scripted({registry: [claimOnCardano], tip: 30}));
	const stopped = new AbortController();
	const group = createProcessGroup(path.join(folder, 'logs'), stopped.signal);
	t.teardown(async () => {
		stopped.abort();
		await group.stop();
	});
	const start = async (name: string, verb: string, ...words: readonly string[]) => {
		const data = path.join(folder, name);
		const started = await group.start(name, [
			...[
				verb,
				'run',
				'--data-dir',
				data,
				'--genesis',
				genesis,
				'--kupo-url',
				kupoUrl,
				'--metrics-port',
				'0',
			],
			// Gossip would be another way.
			...['--p2p-port', '0', '--overlay-tick', '100', '--p2p-announcements', 'no', '--verify-threads', '0'],
			...words,
		]);
		const control = await group.ready<ControlFile>(started, path.join(data, 'control.json'));
		return {control, client: await connectControl(data), data};
	};
	const {vrfKey, kesKey, certificate} = producerFlags;
	const producer = await start(
		'producer',
		'node',
		...['--vrf-key', vrfKey, '--kes-key', kesKey, '--certificate', certificate],
	);
	const {addresses} = JSON.parse(await readFile(path.join(producer.data, 'p2p.json'), 'utf8'));
	const bootstrap = ['--p2p-bootstrap', addresses.join(',')];
	const listener = await start('listener', 'node', ...bootstrap);
	await Promise.all([producer, listener].map(({control}) => knows(control)));

	const line = await narrowLine(t, producer.control.p2pPort, [ANNOUNCEMENTS]);
	const topology = ['--topology', await topologyTo(line.port)];
	const name = ['--operator-key', operatorKey, '--provider', CLAIM];
	const provider = await start('provider', 'provider', ...bootstrap, ...topology, ...name);
	await Promise.all([producer, listener].map(each => hears(each.client)));
	t.deepEqual((await listener.client.status()).peers, []);
	t.true((await counted(listener.control, 'dcloud_overlay_storage_offers_total')) > 0);

	const node = producer.client;
	const network = await networkOf(crypto, node);
	const events = followEvents(node, {from: 0, signal: stopped.signal});
	await events.waitFor('the claim', ({event}) => event.kind === 'claim-opened', SEEN_MS_MAX);
	const order = {sender: owner.seed, cosigners: [operator.seed], action: register};
	await waitForTransaction(node, await submitAction(node, network, order), stopped);
	// Where the provider is, the customer learns from the producer's book.
	const ground = {relay: {client: node}, crypto, signal: stopped.signal};
	const customer = await openAccomplice(ground, client, await createPieceTreeKernel());
	const agreement = await customer.open(CLAIM, CAPACITY_LEAVES);
	const opened = await tipOf(node);
	await until(async () => (await tipOf(provider.client)) >= opened);
	await customer.store(agreement, leavesOf(1, 8));
	customer.close();

	const epoch = await closeAfterCommitment(events, line, startMs);
	const proven = await events.waitFor(
		'the proof in a block',
		({event}) => event.kind === 'proven' && event['epoch'] === epoch,
		SEEN_MS_MAX,
	);
	t.is(proven.event['provider'], CLAIM);
	t.true((await counted(producer.control, 'dcloud_overlay_proofs_total')) > 0);
	t.true((await counted(provider.control, 'dcloud_overlay_published_total')) > 0);
});
