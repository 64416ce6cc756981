import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {readP2poolWork, readXmrigHashRate} from '#node/adapters/income/miner';
import {jsonServer} from '../../../support/json-server.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

test("xmrig's longest known mean is its hash rate, and its token is shown", async t => {
	const folder = await temporaryFolder(t);
	const tokenFile = path.join(folder, 'token');
	await writeFile(tokenFile, 'secret\n');
	let total: unknown[] = [4800.5, 4900.25, null];
	const url = await jsonServer(t, (route, _body, {headers}) =>
		route === '/2/summary' && headers.authorization === 'Bearer secret'
			? [200, JSON.stringify({hashrate: {total, highest: 5000}})]
			: [401, '{}'],
	);
	t.is(await readXmrigHashRate({url, tokenFile}), 4900n);
	total = [1, 2, 5000.9];
	t.is(await readXmrigHashRate({url, tokenFile}), 5000n);
	total = [null, null, null];
	t.is(await readXmrigHashRate({url, tokenFile}), 0n);
	await t.throwsAsync(readXmrigHashRate({url}), {code: 'XMRIG_ANSWER_INVALID'});
	await t.throwsAsync(readXmrigHashRate({url: 'http://127.0.0.1:1'}), {code: 'XMRIG_UNREACHABLE'});
});

test('p2pool tells hash rate, difficulty and reward in the files of its data API', async t => {
	const folder = await temporaryFolder(t);
	await t.throwsAsync(readP2poolWork(folder), {code: 'FILE_NOT_FOUND'});
	await mkdir(path.join(folder, 'local'));
	await mkdir(path.join(folder, 'network'));
	const stratum = path.join(folder, 'local/stratum');
	const network = path.join(folder, 'network/stats');
	await writeFile(stratum, '{"hashrate_15m": 1, "hashrate_24h": 5000}');
	await writeFile(network, '{"difficulty": 430000000000, "reward": 600000000000, "height": 3}');
	t.deepEqual(await readP2poolWork(folder), {
		hashRate: 5000n,
		difficulty: 430_000_000_000n,
		reward: 600_000_000_000n,
	});
	for (const text of ['{"difficulty": 1.5, "reward": 1}', '[]', 'x']) {
		await writeFile(network, text);
		await t.throwsAsync(readP2poolWork(folder), {code: 'P2POOL_FILE_INVALID'}, text);
	}
});
