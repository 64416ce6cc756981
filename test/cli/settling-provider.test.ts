/** A provider as a process of its own, on a network where nothing is paid until somebody asks: it asks when that is worth the fee. */
import path from 'node:path';
import test from 'ava';
import {followEvents} from '#cli/demo/event-log';
import {createProcessGroup} from '#cli/demo/processes';
import {networkOf, submitAction, waitForTransaction} from '#cli/wallet';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Genesis} from '#ledger/genesis/genesis';
import {connectControl} from '#node/adapters/control-client';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import {writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlFile} from '#node/ports/control-api';
import {CLAIM_STATUS, claimDatum} from '#onchain/data/claim-data';
import {leavesOf, openAccomplice} from '../attacks/accomplice.ts';
import {crypto} from '../support/crypto.ts';
import {type Party, party} from '../support/ledger-chain.ts';
import {ada} from '../support/ledger-genesis.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {runCli} from '../support/run-cli.ts';
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

/** What half a GiB brings an epoch: less than a hundred fees, of which two epochs bring more. */
const RATE = ada(2);
const CAPACITY_LEAVES = 2 ** 19;
const REVENUE = 1_000_000n;

/** The ledger settles by itself after ten epochs. Providers and their clients have money; Cardano is the scripted one. */
const adapt = ({parameters, accounts, cardano, ...rest}: Genesis): Genesis => ({
	...rest,
	// A busy machine may make it late once.
	parameters: {...parameters, settleEpochs: 10, missesToVacate: 3},
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

const claimOf = ({account}: Party, operatorVk: Uint8Array) => ({
	...claimOutput(place(2), CLAIM, account, CLAIM_STATUS.provider),
	datum: claimDatum.encode({
		ownerPkh: account,
		operatorVk,
		claimed: Lovelace(0n),
		collateral: Lovelace(0n),
		status: CLAIM_STATUS.provider,
		exitAfter: 0n,
	}),
});

test('a provider process has several proven epochs paid with one transaction of its own', async t => {
	const folder = await temporaryFolder(t);
	const keys = path.join(folder, 'keys');
	const {genesis, producerFlags} = await makeNodeFiles(keys, {slotMs: 30, adapt});
	const operatorKey = path.join(keys, 'operator.skey');
	const settleKey = path.join(keys, 'owner.skey');
	await writeKeyFile(operatorKey, 'DCloudOperatorSigningKey_ed25519', operator.seed);
	await writeKeyFile(settleKey, 'PaymentSigningKeyShelley_ed25519', owner.seed);
	const kupoUrl = await serve(t, scripted({registry: [claimOf(owner, operator.verificationKey)], tip: 30}));
	const stopped = new AbortController();
	const group = createProcessGroup(path.join(folder, 'logs'), stopped.signal);
	t.teardown(async () => {
		stopped.abort();
		await group.stop();
	});
	const data = path.join(folder, 'data');
	const {vrfKey, kesKey, certificate} = producerFlags;
	const started = await group.start('provider', [
		...['provider', 'run', '--data-dir', data, '--genesis', genesis, '--kupo-url', kupoUrl],
		...['--vrf-key', vrfKey, '--kes-key', kesKey, '--certificate', certificate],
		...['--operator-key', operatorKey, '--provider', CLAIM, '--settle-key', settleKey],
	]);
	await group.ready<ControlFile>(started, path.join(data, 'control.json'));
	const node = await connectControl(data);
	const network = await networkOf(crypto, node);
	const events = followEvents(node, {from: 0, signal: stopped.signal});
	const kind = (name: string) => events.waitFor(name, ({event}) => event.kind === name, SEEN_MS_MAX);
	const send = async (order: Parameters<typeof submitAction>[2]) =>
		waitForTransaction(node, await submitAction(node, network, order), stopped);

	await kind('claim-opened');
	const provider = Hash32(fromHex(CLAIM));
	await send({
		sender: owner.seed,
		cosigners: [operator.seed],
		action: {
			kind: 'provider-register',
			provider,
			operatorVk: operator.verificationKey,
			payoutAccount: owner.account,
			bond: ada(500),
			storePrice: RATE,
			minTermEpochs: 1,
			capacityLeaves: 4 * CAPACITY_LEAVES,
		},
	});
	const customer = await openAccomplice(
		{relay: {client: node}, crypto, signal: stopped.signal},
		client,
		await createPieceTreeKernel(),
	);
	await customer.store(await customer.open(CLAIM, CAPACITY_LEAVES), leavesOf(1, 8));
	customer.close();
	const paid = await kind('storage-paid');
	const epochs = Number(paid.event['epochs']);
	t.true(epochs >= 2, 'one epoch is not worth the fee');
	t.is(paid.event['amount'], String(BigInt(epochs) * REVENUE));
	t.true(events.lines().filter(({event}) => event.kind === 'proven').length >= epochs);
	const sent = events
		.lines()
		.filter(({event, blockNo}) => event['action'] === 'agreement-settle' && blockNo === paid.blockNo);
	t.is(sent.length, 1);
	t.is(sent[0]?.event['sender'], toHex(owner.account));
	const earnings = await runCli(folder, 'provider', 'earnings', CLAIM, '--node', data, '--json');
	t.is(earnings.code, 0, earnings.stderr);
	const [income] = (JSON.parse(earnings.stdout) as {readonly incomes: readonly unknown[]}).incomes.slice(-1);
	const net = (BigInt(epochs) * REVENUE * 19n) / 20n;
	t.like(income, {blockNo: paid.blockNo, payments: 1, amount: String(net)});
});
