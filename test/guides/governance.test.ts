/** docs/GOVERNANCE.md, run: every block, by processes, on a devnet on which time passes by hand. */
import {execFile} from 'node:child_process';
import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import test from 'ava';
import {claimFileText} from '#cli/gov/allocation-list';
import {toHex} from '#kernel/bytes';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {encodeDeployment} from '#onchain/deployment';
import {crypto} from '../support/crypto.ts';
import {ALLOCATED, ALLOCATIONS, governanceDevnet} from '../support/governance-devnet.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

const PAUSES: ReadonlyMap<string, number> = new Map([
	['eleven days', 11],
	['two years', 731],
]);

/** The blocks of the guide, and where time passes. */
const steps = async (): Promise<readonly string[]> => {
	const text = await readFile('docs/GOVERNANCE.md', 'utf8');
	return [...text.matchAll(/```sh\n(.*?)```|<!-- (eleven days|two years) pass -->/gs)].map(
		([, block, pause]) => block ?? pause ?? '',
	);
};

test('every block of docs/GOVERNANCE.md does what it says, and the votes count', async t => {
	const {devnet, operator, pass} = await governanceDevnet(t, {traced: false});
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	await writeFile(file('deployment.json'), encodeDeployment(devnet.deployment));
	await writeFile(file('claims.json'), claimFileText(crypto, {allocations: ALLOCATIONS, sum: ALLOCATED}));
	await copyFile('docs/allocation-sample.csv', file('sample.csv'));
	for (const [index, name] of ['alice', 'bob'].entries())
		await writeKeyFile(
			file(`${name}.skey`),
			'PaymentSigningKeyShelley_ed25519',
			new Uint8Array(32).fill(0x41 + index),
		);
	const body = {title: 'Dearer transactions', abstract: 'a', motivation: 'm', rationale: 'r'};
	await writeFile(file('why.json'), JSON.stringify({hashAlgorithm: 'blake2b-256', body}));
	await writeFile(
		file('dcloud'),
		`#!/bin/sh\nexec "${process.execPath}" "${path.resolve('dist/cli/main.js')}" "$@"\n`,
	);
	await chmod(file('dcloud'), 0o755);
	const env = {PATH: `${folder}:${process.env['PATH'] ?? ''}`, KUPO: devnet.url};

	const said: string[] = [];
	for (const step of await steps()) {
		const days = PAUSES.get(step);
		if (days !== undefined) await pass(days * DAY_MS);
		else said.push((await run('sh', ['-ec', step], {cwd: folder, env})).stdout);
	}
	const all = said.join('\n');
	for (const part of [
		'5 keys get 50000000 DCG',
		'Nothing has happened yet',
		'feeBase becomes 20000',
		'4000000 DCG',
		'5000000 DCG: reached',
		'capPerMille',
		'executed',
		'kept for claims  3021000 DCG, sure until 2028-',
		'Makes 3021000 DCG, which nobody has claimed until 2028-',
		'kept for claims  nothing: claims are over',
	])
		t.true(all.includes(part), part);

	const {enacted, stakes} = await operator.governance.reader.state();
	t.deepEqual(
		enacted.map(({id}) => id),
		[0],
	);
	t.is(stakes.length, 1, 'the tokens of the one who withdrew are out');
	const {bridge, registry, checkpoint} = devnet.deployment.scripts;
	const mainChain = createKupoMainChain({
		kupoUrl: devnet.url,
		bridgeScriptHash: bridge.hash,
		registryPolicy: registry.hash,
		checkpointScriptHash: checkpoint.hash,
		governanceScriptHash: devnet.deployment.governance?.governance.hash ?? null,
	});
	const [after, upTo] = await Promise.all([mainChain.blockAt(0), mainChain.tip()]);
	const events = after === undefined ? [] : await mainChain.events({after, upTo});
	const [event] = events.filter(({kind}) => kind === 'enacted');
	t.like(event, {kind: 'enacted', proposal: 0, effect: {kind: 'side-chain-parameters'}});
	t.is(
		event?.kind === 'enacted' && event.effect.kind === 'side-chain-parameters'
			? toHex(event.effect.change)
			: '',
		'8203818200194e20',
	);
});
