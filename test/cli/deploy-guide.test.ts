/** What docs/ONCHAIN.md says of putting the contracts on a Cardano network, run as it stands. */
import {spawn} from 'node:child_process';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {createContractReader} from '#node/adapters/lucid/contract-reader';
import {areBondsThere} from '#node/adapters/lucid/deploy-bonds';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {cardanoKey} from '#onchain/cardano/key-address';
import {decodeDeployment} from '#onchain/deployment';
import {crypto} from '../support/crypto.ts';
import {forwardingServer} from '../support/forwarding-server.ts';
import {PROGRAM} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const WALLET = new Uint8Array(32).fill(21);
const ADA = 1_000_000n;

const blocksOf = (text: string, heading: string): string => {
	const [, section = ''] = text.split(`\n## ${heading}\n`);
	const [own = ''] = section.split('\n## ');
	return [...own.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block).join('');
};

const run = (
	script: string,
	folder: string,
): Promise<{readonly code: number | null; readonly text: string}> =>
	new Promise(resolve => {
		const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
			cwd: folder,
			env: {HOME: folder, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`},
		});
		let text = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (part: Buffer) => {
				text += part.toString('utf8');
			});
		child.once('close', code => resolve({code, text}));
	});

/** A Kupo and an Ogmios at addresses of their own: neither answers what is the other's. */
const separated = async (t: ExecutionContext, url: string) => {
	const counts = {kupo: 0, ogmios: 0};
	const kupo = await forwardingServer(t, url, async (body, forward) => {
		if (body === '') counts.kupo++;
		return body === '' ? forward() : {status: 405, text: '{}'};
	});
	const ogmios = await forwardingServer(t, url, async (body, forward) => {
		if (body !== '') counts.ogmios++;
		return body === '' ? {status: 405, text: '{}'} : forward();
	});
	return {kupo, ogmios, counts};
};

test('the contracts are put on a Cardano network as the document says, through Kupo and Ogmios', async t => {
	t.timeout(10 * 60_000);
	const folder = await temporaryFolder(t);
	const at = (name: string): string => path.join(folder, name);
	const {address} = cardanoKey(crypto, 'testnet', WALLET);
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: at('devnet'),
		port: 0,
		slotLengthMs: 100,
		funds: [{address, lovelace: 6_000n * ADA}],
	});
	t.teardown(() => devnet.stop());
	const {kupo, ogmios, counts} = await separated(t, devnet.url);
	const {networkMagic, zeroTimeMs, slotLengthMs} = devnet;
	const network = {url: kupo, ogmiosUrl: ogmios, networkMagic, zeroTimeMs, slotLengthMs};
	await writeFile(at('cardano.json'), JSON.stringify(network));
	await writeKeyFile(at('wallet.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	await writeFile(at('dcloud'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
	await chmod(at('dcloud'), 0o755);

	const guide = await readFile('docs/ONCHAIN.md', 'utf8');
	const script = blocksOf(guide, 'Putting it on a Cardano network');
	t.regex(script, /dcloud cardano deploy/);
	const {code, text} = await run(script, folder);
	t.is(code, 0, text);
	t.true(counts.kupo > 0 && counts.ogmios > 0);
	const deployment = decodeDeployment(crypto, await readFile(at('deployment.json'), 'utf8'));
	if (!deployment.ok) return t.fail(deployment.error.code);
	const place = {kupoUrl: kupo, ogmiosUrl: ogmios};
	t.true(await areBondsThere(place, deployment.value), 'bonds of providers beside the contracts');
	const reader = createContractReader(kupo, deployment.value);
	t.like((await reader.checkpoint()).datum, {period: 0, genesisHash: deployment.value.genesisHash});
	const [backing] = await reader.bridgeMoney();
	t.is(backing?.lovelace, 5_000n * ADA);
	return undefined;
});
