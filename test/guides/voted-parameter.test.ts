/** From a vote on Cardano to a rule that a running node enforces: holders, contracts, checkpoints and the node are all real. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Options, Verb} from '#cli/answer';
import {execute, propose, vote} from '#cli/commands/gov-act';
import {showParameters} from '#cli/commands/gov-parameters';
import {followEvents} from '#cli/demo/event-log';
import {createProcessGroup} from '#cli/demo/processes';
import {deployOnCardano, prepareContracts} from '#cli/devnet/cardano-side';
import {genesisCommittee} from '#cli/genesis-place';
import {draftTransaction, networkOf, submitWire, waitForTransaction, witnessOf} from '#cli/wallet';
import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {type Genesis, genesisHashOf, genesisToJson, parseGenesisJson} from '#ledger/genesis/genesis';
import {encodeTransaction, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {connectControl} from '#node/adapters/control-client';
import {readKeyFile, writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlClient, ControlFile} from '#node/ports/control-api';
import {type Allocation, allocationRoot} from '#onchain/allocation';
import {cardanoKey} from '#onchain/cardano/key-address';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {passSlots} from '../support/contract-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {ADA, ALLOCATED, ALLOCATIONS, HOLDERS, TOKENS} from '../support/governance-devnet.ts';
import {party} from '../support/ledger-chain.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SIGNING_KEY = 'PaymentSigningKeyShelley_ed25519';
/** Cardano's slots last half an hour and pass by hand: a vote of a week takes no time. */
const SLOT_MS = 1_800_000;
const START_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const NEW_FEE_BASE = 70_000n;
const SEEN_MS_MAX = 500_000;
const POLL_MS = 200;

const operator = {seed: new Uint8Array(32).fill(3)};

const cardanoOf = async (t: ExecutionContext) => {
	const fundOf = (seed: Uint8Array, lovelace: bigint) => ({
		address: cardanoKey(crypto, 'testnet', seed).address,
		lovelace,
	});
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		slotLengthMs: SLOT_MS,
		zeroTimeMs: START_MS,
		manualSlots: true,
		instantBlocks: true,
		funds: [fundOf(operator.seed, 100_000n * ADA), ...HOLDERS.map(seed => fundOf(seed, 1_000n * ADA))],
	});
	t.teardown(() => devnet.stop());
	return {...devnet, pid: 0};
};

const terms = {
	allocationRoot: allocationRoot(crypto, ALLOCATIONS as readonly Allocation[]),
	allocated: ALLOCATED,
	claimUntilMs: 2_000_000_000_000,
	settings: DEFAULT_SETTINGS,
};

/** The contracts of the network whose files are in `keys`, deployed; its genesis file names them. */
const deploy = async (ready: Awaited<ReturnType<typeof cardanoOf>>, file: string, deployment: string) => {
	const parsed = parseGenesisJson(await readFile(file, 'utf8'));
	if (!parsed.ok) throw new TypeError(parsed.error.code);
	const access = {crypto, ready, operator};
	const committee = genesisCommittee(crypto, parsed.value);
	// Cardano's own time has nothing to do with the side-chain's here: its periods may end whenever they do.
	const times = {systemStartMs: START_MS - DAY_MS, periodMs: 1};
	const prepared = await prepareContracts(access, committee, {...times, governance: terms});
	const genesis: Genesis = {
		...parsed.value,
		systemStartMs: Date.now(),
		cardano: {...prepared.section, stableDepth: 2},
	};
	await writeFile(file, genesisToJson(genesis));
	const backing = genesis.accounts.reduce((sum: bigint, {balance}) => sum + balance, 0n);
	const request = {genesisHash: genesisHashOf(crypto, genesis), backing};
	return (await deployOnCardano(access, {deployment}, prepared, request)).side;
};

/** A transfer of one ADA at a fee of our choice. */
const payFee = async (node: ControlClient, seed: Uint8Array, fee?: Lovelace) => {
	const network = await networkOf(crypto, node);
	const sender = crypto.blake2b224(crypto.ed25519VerificationKey(seed));
	const action = {kind: 'transfer', to: party('somebody').account, amount: Lovelace(ADA)} as const;
	const {body} = await draftTransaction(node, network, {sender, action, witnesses: 1});
	const unsigned = unsignedTransaction(network, {...body, fee: fee ?? body.fee});
	const witness = await witnessOf(unsigned.id, seed);
	const txId = await submitWire(node, encodeTransaction(signedTransaction(unsigned, [witness])));
	const {signal} = new AbortController();
	await waitForTransaction(node, txId, {signal});
	return unsigned.body.fee;
};

test('a parameter that holders voted for is checkpointed, enters at its epoch, and the node refuses what the old value allowed', async t => {
	const folder = await temporaryFolder(t);
	const at = (name: string): string => path.join(folder, name);
	const cardano = await cardanoOf(t);
	const {genesis, producerFlags} = await makeNodeFiles(at('keys'));
	const side = await deploy(cardano, genesis, at('deployment.json'));
	await writeKeyFile(at('operator.skey'), SIGNING_KEY, operator.seed);

	const stopped = new AbortController();
	const {signal} = stopped;
	const group = createProcessGroup(at('logs'), signal);
	t.teardown(async () => {
		stopped.abort();
		await group.stop();
	});
	const {vrfKey, kesKey, certificate, checkpointKey} = producerFlags;
	const started = await group.start('producer', [
		...['node', 'run', '--data-dir', at('data'), '--genesis', genesis, '--kupo-url', cardano.url],
		...['--vrf-key', vrfKey, '--kes-key', kesKey, '--certificate', certificate],
		...['--checkpoint-key', checkpointKey],
		...['--cardano-wallet', at('operator.skey'), '--deployment', at('deployment.json')],
	]);
	await group.ready<ControlFile>(started, path.join(at('data'), 'control.json'));
	const node = await connectControl(at('data'));
	const events = followEvents(node, {from: 0, signal});
	const seed = await readKeyFile(at('keys/account.skey'), SIGNING_KEY);
	const oldFee = await payFee(node, seed);

	const place = {deployment: at('deployment.json'), kupoUrl: cardano.url};
	const run = async (verb: Verb, words: readonly string[], options: Options) =>
		(await verb(words, {...place, yes: true, ...options}, signal)).data as Record<string, unknown>;
	for (const [index, holder] of HOLDERS.entries()) {
		await writeKeyFile(at(`holder-${index}.skey`), SIGNING_KEY, holder);
		const governance = defined(side.contractsOf({seed: holder}).governance, 'the contracts are governed');
		await governance.claimTokens(ALLOCATIONS);
		await governance.lockStake({tokens: BigInt(4 - index) * 1_000_000n * TOKENS});
	}
	const why = {title: 'Dearer transactions', abstract: 'a', motivation: 'm', rationale: 'r'};
	await writeFile(at('why.json'), JSON.stringify({hashAlgorithm: 'blake2b-256', body: why}));
	await run(propose, [], {
		wallet: at('operator.skey'),
		rationale: at('why.json'),
		url: 'https://example.org/why.json',
		fetch: false,
		set: [`feeBase=${NEW_FEE_BASE}`],
	});
	for (const [index, choice] of ['yes', 'yes', 'no'].entries())
		await run(vote, ['0', choice], {wallet: at(`holder-${index}.skey`)});
	t.like(await run(showParameters, [], {node: at('data')}), {
		chain: {waiting: []},
		governance: {proposals: [{id: 0, status: 'voting', effect: {kind: 'side-chain-parameters'}}]},
	});
	const days = (count: number): Promise<void> => passSlots(cardano.url, (count * DAY_MS) / SLOT_MS);
	await days(11);
	await run(execute, ['0'], {wallet: at('holder-2.skey')});
	t.like(await run(showParameters, [], {node: at('data')}), {
		chain: {waiting: []},
		governance: {
			proposals: [],
			executed: [{id: 0, effect: {kind: 'side-chain-parameters'}, outlook: {depth: 0}}],
		},
	});

	// Cardano's blocks become stable while time passes there.
	const passing = setInterval(() => void passSlots(cardano.url, 1).catch(() => undefined), POLL_MS);
	t.teardown(() => clearInterval(passing));
	const kind = async (name: string) =>
		(await events.waitFor(name, ({event}) => event.kind === name, SEEN_MS_MAX)).event;
	const scheduled = await kind('enactment-scheduled');
	t.like(scheduled, {proposal: 0});
	const changed = await kind('parameters-changed');
	t.like(changed, {proposal: 0, values: {feeBase: String(NEW_FEE_BASE)}});
	const confirmed = await events.waitFor(
		'the checkpoint of the period',
		({event}) =>
			event.kind === 'checkpoint-confirmed' && Number(event['period']) >= Number(scheduled['period']),
		SEEN_MS_MAX,
	);
	t.true(
		confirmed.slot < Number(changed['epoch']) * 100,
		'first the checkpoint, then the epoch that it enters with',
	);

	const {chain, governance} = await run(showParameters, [], {node: at('data')});
	t.like(governance, {executed: []}, 'the chain has heard of it');
	const {parameters} = chain as {readonly parameters: readonly Record<string, unknown>[]};
	t.like(parameters[0], {name: 'feeBase', value: String(NEW_FEE_BASE), genesis: '10000', next: []});
	await t.throwsAsync(payFee(node, seed, oldFee), {code: 'TX_FEE_TOO_SMALL'});
	t.true(oldFee < NEW_FEE_BASE && (await payFee(node, seed)) > NEW_FEE_BASE);
});
