/** Nodes with libp2p: a relay, a provider that nobody can dial, and a customer who reaches it. */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {NodeError} from '#kernel/node-error';
import {createSystemClock} from '#node/adapters/system-clock';
import {type RunningNode, startNode} from '#node/compose';
import {readConfig} from '#node/config';
import {libp2pNode} from '#node/libp2p-service';
import {customerTransport} from '#node/machine-transport';
import {provideStorage} from '#node/provider-service';
import {createProviderPeer} from '#node/services/storage-client/provider-peer';
import {readCustomerTransport} from '#node/transport-config';
import {ANNOUNCEMENT_BYTES_MAX as CARRIED_BYTES_MAX} from '#relay/protocols/announcements/limits';
import {ANNOUNCEMENT_BYTES_MAX} from '#transport/protocols/announcement';
import {createSessionPool} from '#transport/session-pool';
import {hashOf, party} from '../support/ledger-chain.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const operator = party('operator');

const addressesOf = async (dataDir: string): Promise<string> => {
	const {addresses} = JSON.parse(await readFile(path.join(dataDir, 'p2p.json'), 'utf8'));
	return addresses.join(',');
};

const start = async (
	t: ExecutionContext,
	flags: Readonly<Record<string, unknown>>,
	extend: Parameters<typeof startNode>[1],
): Promise<RunningNode> => {
	const node = await startNode(await readConfig({flags, environment: {}}), extend);
	t.teardown(() => node.stop());
	return node;
};

const announced = (node: RunningNode, key: Uint8Array): Promise<void> =>
	new Promise(resolve => {
		const {announcements} = node.inner;
		const look = (): void => {
			if (announcements.of(key) !== undefined) resolve();
		};
		announcements.onKept(look, {signal: new AbortController().signal});
		look();
	});

test('a provider behind a router announces itself over libp2p and is reached through a relay', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const relayDir = path.join(folder, 'relay');
	const relay = await start(
		t,
		{dataDir: relayDir, genesis, p2pPort: 0, p2pRelay: true, p2pRelayBytes: '64MiB'},
		{extend: libp2pNode},
	);
	const dataDir = path.join(folder, 'provider');
	await start(
		t,
		{dataDir, genesis, p2pBehindNat: true, p2pBootstrap: await addressesOf(relayDir), gentle: true},
		{
			extend: provideStorage({
				providerId: hashOf('claim'),
				operatorSeed: operator.seed,
				listen: {host: '127.0.0.1', port: 0},
				announced: null,
				piecesFolder: path.join(dataDir, 'pieces'),
				vouchersFolder: path.join(dataDir, 'vouchers'),
			}),
		},
	);
	await announced(relay, operator.verificationKey);
	const announcement = relay.inner.announcements.of(operator.verificationKey);
	t.is(announcement?.endpoint, null);
	t.true(announcement?.routes.every(route => route.endsWith('/p2p-circuit')));

	const config = await readCustomerTransport({flags: {gentle: true}, environment: {}});
	const transport = customerTransport(party('client').seed, config, async () => hashOf('unused'));
	const pool = createSessionPool(transport);
	const address = {routes: announcement?.routes ?? [], key: operator.verificationKey};
	const peer = createProviderPeer(pool, address, createSystemClock());
	const refused = await t.throwsAsync(peer.have(hashOf('agreement'), [hashOf('piece')]), {
		instanceOf: NodeError,
	});
	t.like(refused?.detail, {code: 'PROVIDER_REFUSED', reason: 'AGREEMENT_UNKNOWN', asked: 'have'});
	pool.close();
});

test('a provider tells browsers where they can dial it', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const dataDir = path.join(folder, 'provider');
	const provider = await start(
		t,
		{dataDir, genesis, p2pWsPort: 0, p2pWebrtcPort: 0},
		{
			extend: provideStorage({
				providerId: hashOf('claim'),
				operatorSeed: operator.seed,
				listen: {host: '127.0.0.1', port: 0},
				piecesFolder: path.join(dataDir, 'pieces'),
				vouchersFolder: path.join(dataDir, 'vouchers'),
			}),
		},
	);
	await announced(provider, operator.verificationKey);
	const {endpoint, routes = []} = provider.inner.announcements.of(operator.verificationKey) ?? {};
	t.regex(endpoint ?? '', /^127\.0\.0\.1:\d+$/);
	t.true(routes.some(route => route.endsWith('/ws')));
	t.true(routes.some(route => /\/udp\/\d+\/webrtc-direct\/certhash\/[\w-]+$/.test(route)));
});

test('the peer id of a node stays the same, and is that of its key', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const dataDir = path.join(folder, 'node');
	const ids: string[] = [];
	for (let life = 0; life < 2; life++) {
		const config = await readConfig({flags: {dataDir, genesis, p2pPort: 0}, environment: {}});
		const node = await startNode(config, {extend: libp2pNode});
		ids.push(JSON.parse(await readFile(path.join(dataDir, 'p2p.json'), 'utf8')).peerId);
		await node.stop();
	}
	t.is(ids[0], ids[1]);
	t.regex(ids[0] ?? '', /^12D3KooW/);
});

test('a port of libp2p that is taken stops the node, with a code', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const first = await start(t, {dataDir: path.join(folder, 'a'), genesis, p2pPort: 0}, {extend: libp2pNode});
	const taken = /\/tcp\/(\d+)/.exec(await addressesOf(first.inner.config.dataDir))?.[1];
	const config = await readConfig({
		flags: {dataDir: path.join(folder, 'b'), genesis, p2pPort: taken},
		environment: {},
	});
	const failure = await t.throwsAsync(startNode(config, {extend: libp2pNode}), {instanceOf: NodeError});
	t.is(failure?.code, 'TRANSPORT_LISTEN_FAILED');
});

test('what providers may announce is what peers carry', t => {
	t.is(ANNOUNCEMENT_BYTES_MAX, CARRIED_BYTES_MAX);
});
