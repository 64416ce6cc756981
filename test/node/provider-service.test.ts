import path from 'node:path';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {connectControl} from '#node/adapters/control-client';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import {createSystemClock} from '#node/adapters/system-clock';
import {startNode} from '#node/compose';
import {readConfig} from '#node/config';
import {provideStorage} from '#node/provider-service';
import {createProviderPeer} from '#node/services/storage-client/provider-peer';
import {parseEndpoint} from '#transport/protocols/endpoint';
import {createSessionPool} from '#transport/session-pool';
import {createTlsTransport} from '#transport/tls';
import {hashOf, party} from '../support/ledger-chain.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a node with a provider announces it, answers over TLS, and leaves its pieces unlocked', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const operator = party('operator');
	const dataDir = path.join(folder, 'provider');
	const piecesFolder = path.join(dataDir, 'pieces');
	const config = await readConfig({flags: {dataDir, genesis}, environment: {}});
	const node = await startNode(config, {
		extend: provideStorage({
			providerId: hashOf('claim'),
			operatorSeed: operator.seed,
			listen: {host: '127.0.0.1', port: 0},
			piecesFolder,
			vouchersFolder: path.join(dataDir, 'vouchers'),
		}),
	});
	const [announced] = node.inner.announcements.all();
	t.is(toHex(announced?.key ?? new Uint8Array(0)), toHex(operator.verificationKey));
	const endpoint = parseEndpoint(announced?.endpoint ?? '');
	if (endpoint === undefined) return t.fail();
	const pool = createSessionPool(createTlsTransport(party('client').seed));
	const address = {endpoint, key: operator.verificationKey};
	const peer = createProviderPeer(pool, address, createSystemClock());
	const refused = await t.throwsAsync(peer.have(hashOf('agreement'), [hashOf('piece')]), {
		instanceOf: NodeError,
	});
	t.like(refused?.detail, {code: 'PROVIDER_REFUSED', reason: 'AGREEMENT_UNKNOWN', asked: 'have'});
	t.is(
		(await t.throwsAsync(openFilePieceStore(piecesFolder), {instanceOf: NodeError}))?.code,
		'PIECE_STORE_LOCKED',
	);
	pool.close();
	await node.stop();
	const store = await openFilePieceStore(piecesFolder);
	t.deepEqual(await store.agreements(), []);
	await store.close();
});

test('a node tells its owner of the provider in it, and of its disk; another node has none', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const dataDir = path.join(folder, 'provider');
	const config = await readConfig({flags: {dataDir, genesis}, environment: {}});
	const extend = provideStorage({
		providerId: hashOf('claim'),
		operatorSeed: party('operator').seed,
		listen: {host: '127.0.0.1', port: 0},
		piecesFolder: path.join(dataDir, 'pieces'),
		vouchersFolder: path.join(dataDir, 'vouchers'),
		reserveBytes: 4096,
	});
	const node = await startNode(config, {extend});
	const own = await (await connectControl(dataDir)).ownProvider();
	t.like(own, {
		provider: toHex(hashOf('claim')),
		pieces: 0,
		lastFailure: null,
		losses: [],
		compactedBytes: 0,
	});
	t.like(own?.disk, {state: 'good', reserveBytes: 4096, failures: 0});
	t.true((own?.disk.freeBytes ?? 0) > 0);
	await node.stop();
	const relay = await startNode(config);
	t.is(await (await connectControl(dataDir)).ownProvider(), undefined);
	await relay.stop();
});

test('a provider whose port is taken stops the whole node, with a code', async t => {
	const folder = await temporaryFolder(t);
	const {genesis} = await makeNodeFiles(folder);
	const taken = await createTlsTransport(party('other').seed).listen(
		{host: '127.0.0.1', port: 0},
		async ({head}) => ({head}),
	);
	const dataDir = path.join(folder, 'provider');
	const config = await readConfig({flags: {dataDir, genesis}, environment: {}});
	const piecesFolder = path.join(dataDir, 'pieces');
	const extend = provideStorage({
		providerId: hashOf('claim'),
		operatorSeed: party('operator').seed,
		listen: taken.endpoint,
		piecesFolder,
		vouchersFolder: path.join(dataDir, 'vouchers'),
	});
	const failure = await t.throwsAsync(startNode(config, {extend}), {instanceOf: NodeError});
	t.is(failure?.code, 'TRANSPORT_LISTEN_FAILED');
	// Nothing is left locked.
	await (await openFilePieceStore(piecesFolder)).close();
	await taken.close();
});
