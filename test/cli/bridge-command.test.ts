/** `dcloud bridge` against a node that runs and contracts on a devnet. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Verb} from '#cli/answer';
import {depositOnCardano} from '#cli/commands/account-deposit';
import {showBridge} from '#cli/commands/bridge-status';
import {createProcessGroup} from '#cli/demo/processes';
import {toHex} from '#kernel/bytes';
import {writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlFile} from '#node/ports/control-api';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet, WALLET} from '../support/contract-devnet.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a deposit is on its way in bridge status from the block that it came with, and nothing is when it is only a draft', async t => {
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	const {genesis} = await makeNodeFiles(file('keys'));
	const group = createProcessGroup(file('logs'), new AbortController().signal);
	t.teardown(() => group.stop());
	const started = await group.start('relay', [
		'node',
		'run',
		'--data-dir',
		file('data'),
		'--genesis',
		genesis,
	]);
	const {url, deployment, contracts} = await contractDevnet(t, {
		committee: testCommittee([1n]),
		traced: false,
	});
	await group.ready<ControlFile>(started, path.join(file('data'), 'control.json'));
	await writeFile(file('deployment'), encodeDeployment(deployment));
	await writeKeyFile(file('wallet.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);

	const place = {node: file('data'), deployment: file('deployment'), kupoUrl: url};
	const run = async (verb: Verb, options: Parameters<Verb>[1]) =>
		(await verb([], {...place, ...options}, new AbortController().signal)).data as Record<string, unknown>;
	const account = toHex(contracts.wallet.keyHash);
	const deposit = {wallet: file('wallet.skey'), amount: '25ADA', to: account};

	t.like(await run(depositOnCardano, {...deposit, out: file('tx.json')}), {submitted: false});
	t.like(await run(showBridge, {account}), {pending: [], bridge: 1_000_000_000n, checkpoint: 0});

	const {txId, expectedMs, stableDepth} = await run(depositOnCardano, {...deposit, wait: false});
	const {pending, bridge, credits, cardano} = await run(showBridge, {account});
	t.is(bridge, 1_025_000_000n);
	t.true((credits as bigint) > 0n);
	t.like(cardano, {unreachableSinceMs: null, stableDepth});
	t.like(pending, [{txId: toHex(txId as Uint8Array), account, amount: 25_000_000n, expectedMs}]);
	t.like(await run(showBridge, {account: '00'.repeat(28)}), {pending: []});
});
