/** A command that is killed while it pays, as a process of its own, and is run once more. */
import {spawn} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {readTreasuryDeposits} from '#node/adapters/lucid/treasury-deposits';
import {readPaymentKey} from '#node/adapters/payment-key';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet, WALLET} from '../support/contract-devnet.ts';
import {forwardingServer} from '../support/forwarding-server.ts';
import {PROGRAM, runCli} from '../support/run-cli.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const WORDS = 'art forum devote street sure rather head chuckle guard poverty release quote oak craft enemy';

test('a command that is killed before or after it hands its transaction in is finished by the next run, not repeated', async t => {
	t.timeout(10 * 60_000);
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'pay.words'), WORDS, {mode: 0o600});
	const wallets = [await readPaymentKey(path.join(folder, 'pay.words'))];
	const committee = testCommittee([1n]);
	const {url, deployment} = await contractDevnet(t, {committee, traced: false, wallets});
	await writeFile(path.join(folder, 'deployment.json'), encodeDeployment(deployment));
	await writeKeyFile(path.join(folder, 'pay.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	const words = ['treasury', 'deposit', '--deployment', 'deployment.json', '--kupo-url', url, '--json'];
	const order = (amount: string, wallet = 'pay.skey'): string[] => [
		...words,
		'--amount',
		amount,
		'--wallet',
		wallet,
	];
	const deposits = async () => (await readTreasuryDeposits(url, deployment)).map(({lovelace}) => lovelace);
	const note = async (wallet = 'pay.skey'): Promise<Record<string, unknown>> =>
		JSON.parse(await readFile(path.join(folder, `${wallet}.payments`, '42.json'), 'utf8'));

	/** Runs a deposit until it hands its transaction in, and kills it then. */
	const killed = async (amount: string, isForwarded: boolean, wallet?: string): Promise<unknown> => {
		let kill = (): void => undefined;
		const ogmios = await forwardingServer(t, url, async (body, forward) => {
			if (!body.includes('"submitTransaction"')) return forward();
			const answer = isForwarded ? await forward() : undefined;
			kill();
			return answer;
		});
		const child = spawn(process.execPath, [PROGRAM, ...order(amount, wallet), '--ogmios-url', ogmios], {
			cwd: folder,
			stdio: 'ignore',
		});
		kill = () => void child.kill('SIGKILL');
		const signal = await new Promise(resolve => {
			child.once('exit', (_code, name) => resolve(name));
		});
		t.is(signal, 'SIGKILL');
		return (await note(wallet))['txId'];
	};
	const again = async (amount: string, wallet?: string): Promise<Record<string, unknown>> =>
		JSON.parse((await runCli(folder, ...order(amount, wallet))).stdout);

	const before = await killed('5ADA', false);
	t.deepEqual(await deposits(), []);
	t.like(await again('5ADA'), {txId: before, isResumed: true});
	t.deepEqual(await deposits(), [5_000_000n]);

	const after = await killed('7ADA', true);
	t.like(await again('7ADA'), {txId: after, isResumed: true});
	t.deepEqual(await deposits(), [5_000_000n, 7_000_000n]);

	const byWords = await killed('9ADA', false, 'pay.words');
	t.like(await again('9ADA', 'pay.words'), {txId: byWords, isResumed: true});
	t.deepEqual(await deposits(), [5_000_000n, 7_000_000n, 9_000_000n]);

	// Who wants to pay the same once more does; something else that was left is finished first.
	await killed('5ADA', false);
	const other = await runCli(folder, ...order('3ADA'));
	t.regex(
		other.stderr,
		/which an earlier run had signed, is in a block: treasury deposit of 5000000 lovelace/,
	);
	t.false('isResumed' in (JSON.parse(other.stdout) as object));
	t.deepEqual(await deposits(), [5_000_000n, 7_000_000n, 9_000_000n, 5_000_000n, 3_000_000n]);
});
