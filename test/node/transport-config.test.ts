import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {readConfig} from '#node/config';
import {socketsMaxOf} from '#node/machine-transport';
import {readCustomerTransport} from '#node/transport-config';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ADDRESS = '/ip4/203.0.113.7/tcp/4002/p2p/12D3KooWKU3XAjuP3Vu6Nj4SdKREp66VNqNpYFV2Wd6Ab8tU2rz8';

test('a customer takes a flag over the environment over the file over the default', async t => {
	const configFile = path.join(await temporaryFolder(t), 'transport.json');
	await writeFile(configFile, JSON.stringify({uploadRate: '1MiB', downloadRate: '1MiB', sockets: 5}));
	const config = await readCustomerTransport({
		flags: {downloadRate: '3MiB'},
		configFile,
		environment: {DCLOUD_DOWNLOAD_RATE: '2MiB', DCLOUD_UPLOAD_RATE: '512KiB', DCLOUD_GENTLE: 'true'},
	});
	t.like(config, {
		uploadRate: 512 * 1024,
		downloadRate: 3 * 1024 * 1024,
		sockets: 5,
		gentle: true,
		p2pHost: '127.0.0.1',
	});
});

test('32 connections at most, 8 when gentle, or as many as are asked for', async t => {
	const sockets = async (flags: Readonly<Record<string, unknown>>): Promise<number> =>
		socketsMaxOf(await readCustomerTransport({flags, environment: {}}));
	t.deepEqual(await Promise.all([{}, {gentle: true}, {gentle: true, sockets: 3}].map(sockets)), [32, 8, 3]);
});

test('of its connections a customer leaves some to finding peers, when it looks for them', async t => {
	const sockets = async (flags: Readonly<Record<string, unknown>>): Promise<number> =>
		socketsMaxOf(await readCustomerTransport({flags: {...flags, p2pBootstrap: ADDRESS}, environment: {}}));
	t.deepEqual(await Promise.all([{}, {gentle: true}, {sockets: 3}].map(sockets)), [24, 4, 1]);
});

test('a node reads the same options, lists of addresses among them', async t => {
	const config = await readConfig({
		flags: {
			dataDir: 'data',
			genesis: 'genesis.json',
			p2pBootstrap: `${ADDRESS}, ${ADDRESS}`,
			p2pRelay: 'yes',
		},
		environment: {},
	});
	t.like(config, {p2pBootstrap: [ADDRESS, ADDRESS], p2pRelay: true, p2pRelayBytes: 128 * 1024});
});

const bad: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
	'a rate without a unit': {uploadRate: '100'},
	'a rate at which the other side would see us stall': {downloadRate: '63KiB'},
	'no socket at all': {sockets: 0},
	'an address that is none': {p2pBootstrap: `${ADDRESS},example.org:4001`},
	'a port out of range': {p2pPort: 65_536},
};
for (const [what, flags] of Object.entries(bad))
	test(`refuses ${what}`, async t => {
		const failure = await t.throwsAsync(readCustomerTransport({flags, environment: {}}), {
			instanceOf: NodeError,
		});
		t.like(failure?.detail, {code: 'CONFIG_BAD_OPTION', option: Object.keys(flags)[0]});
	});

test('the topic overlay is on unless it is told otherwise, by a flag over the environment', async t => {
	const config = (flags: Readonly<Record<string, unknown>>, environment = {}) =>
		readConfig({flags: {dataDir: 'data', genesis: 'genesis.json', ...flags}, environment});
	t.like(await config({}), {overlay: true, overlayFanout: 3, overlayTick: 1000});
	const given = await config(
		{overlay: 'no', overlayTick: 250},
		{DCLOUD_OVERLAY_TICK: '500', DCLOUD_OVERLAY_FANOUT: '4'},
	);
	t.like(given, {overlay: false, overlayFanout: 4, overlayTick: 250});
	for (const flags of [{overlayFanout: 1}, {overlayFanout: 9}, {overlayTick: 10}, {overlay: 'perhaps'}]) {
		const failure = await t.throwsAsync(config(flags), {instanceOf: NodeError});
		t.is(failure?.code, 'CONFIG_BAD_OPTION');
		t.is(failure?.detail['option'], Object.keys(flags)[0]);
	}
});
