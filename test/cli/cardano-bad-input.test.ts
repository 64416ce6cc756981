/** What can be wrong with what a command on Cardano is given, each with its code; and whatever it is, the wallet keeps its money. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {depositOnCardano} from '#cli/commands/account-deposit';
import {openClaim} from '#cli/commands/cardano-claim';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {claim, execute, lock, propose, sweepUnclaimed, vote} from '#cli/commands/gov-act';
import {listProposals} from '#cli/commands/gov-views';
import {showTreasury} from '#cli/commands/treasury-show';
import {claimFileText} from '#cli/gov/allocation-list';
import {defined} from '#kernel/assert';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {enterpriseAddress} from '#onchain/cardano/address';
import {cardanoKey} from '#onchain/cardano/key-address';
import {dataConstructor, dataInteger} from '#onchain/cardano/plutus-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {TOKEN_SUPPLY} from '#onchain/data/token-data';
import {encodeDeployment} from '#onchain/deployment';
import {governanceOf} from '#onchain/governance-deployment';
import {governanceAddress} from '#onchain/plans/governance-plans';
import {emptyPlan} from '#onchain/plans/transaction-plan';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {WALLET} from '../support/contract-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {forwardingServer} from '../support/forwarding-server.ts';
import {
	ADA,
	ALLOCATED,
	ALLOCATIONS,
	CLAIM_UNTIL_MS,
	governanceDevnet,
	HOLDERS,
	TOKENS,
} from '../support/governance-devnet.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const POOR = new Uint8Array(32).fill(0x66);
const THIN = new Uint8Array(32).fill(0x67);
const SIGNING_KEY = 'PaymentSigningKeyShelley_ed25519';
const {signal} = new AbortController();
const addressOf = (seed: Uint8Array): string => cardanoKey(crypto, 'testnet', seed).address;

test('whatever is wrong with what a command is given has its code, and no money moves', async t => {
	const {devnet, operator, pass} = await governanceDevnet(t, {traced: false});
	const {url, deployment} = devnet;
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	const keys = {operator: WALLET, alice: HOLDERS[0] ?? POOR, bob: HOLDERS[1] ?? POOR, poor: POOR, thin: THIN};
	for (const [name, seed] of Object.entries(keys)) await writeKeyFile(file(name), SIGNING_KEY, seed);
	await writeFile(file('deployment'), encodeDeployment(deployment));
	const list = {allocations: ALLOCATIONS, sum: ALLOCATED};
	await writeFile(file('claims'), claimFileText(crypto, list));
	const body = {title: 'A grant', abstract: 'a', motivation: 'm', rationale: 'r'};
	await writeFile(file('why'), JSON.stringify({hashAlgorithm: 'blake2b-256', body}));
	const place: Options = {deployment: file('deployment'), kupoUrl: url, yes: true};
	const fundsOf = async (at = url): Promise<bigint> => {
		const index = openCardanoIndex(at);
		const all = await Promise.all(
			Object.values(keys).map(seed => index.matches(addressOf(seed), 'unspent', signal)),
		);
		return all.flat().reduce((sum, {lovelace}) => sum + lovelace, 0n);
	};
	const run = (verb: Verb, words: readonly string[], wallet: string, options: Options = {}) =>
		verb(words, {...place, wallet: file(wallet), ...options}, signal);
	const refused = async (code: string, attempt: () => Promise<unknown>, at = url): Promise<NodeError> => {
		const before = await fundsOf(at);
		const error = await t.throwsAsync(attempt, {instanceOf: NodeError, code}, code);
		t.is(await fundsOf(at), before, code);
		t.regex(error?.message ?? '', /\S+ \S+ .*[.)]$/, 'a sentence says what to do');
		t.notRegex(error?.message ?? '', /makes no sense/);
		return error as NodeError;
	};
	const proposal = {rationale: file('why'), url: 'https://example.org/why', fetch: false};
	const grant = {...proposal, grant: addressOf(POOR), amount: '20ADA'};

	// An altered allocation file, and one that is whole but not the deployment's.
	const altered = claimFileText(crypto, list).replace('"4000000000000"', '"5000000000000"');
	await writeFile(file('altered'), altered);
	await refused('CLAIM_FILE_ALTERED', () => run(claim, [], 'alice', {claims: file('altered')}));
	const others = ALLOCATIONS.map((each, at) => (at === 0 ? {...each, amount: each.amount + 1n} : each));
	await writeFile(file('other'), claimFileText(crypto, {allocations: others, sum: ALLOCATED + 1n}));
	await refused('ALLOCATION_WRONG_ROOT', () => run(claim, [], 'alice', {claims: file('other')}));
	await run(claim, [], 'alice', {claims: file('claims')});
	await run(claim, [], 'bob', {claims: file('claims')});

	// A proof that was used, and a stake that has voted.
	await refused('ALLOCATION_MISSING', () => run(claim, [], 'alice', {claims: file('claims')}));
	await run(lock, ['4000000'], 'alice');
	for (const tokens of ['2000000', '1000000']) await run(lock, [tokens], 'bob');

	// A wallet with nothing, one with too little for collateral, one without the tokens.
	const {keyHash: hash} = cardanoKey(crypto, 'testnet', THIN);
	const thin = enterpriseAddress('testnet', {kind: 'key', hash});
	await operator.execute({...emptyPlan, outputs: [{address: thin, lovelace: 4n * ADA}]});
	await refused('CARDANO_FUNDS_MISSING', () => run(openClaim, [], 'thin', {collateral: '0'}));
	await refused('CARDANO_FUNDS_MISSING', () => run(propose, [], 'poor', grant));
	await refused('CARDANO_FUNDS_MISSING', () => run(openClaim, [], 'poor', {collateral: '0', yes: undefined}));
	await refused('CARDANO_FUNDS_MISSING', () => run(lock, ['1'], 'operator'));

	await run(propose, [], 'operator', grant);
	await refused('GRANT_TOO_SMALL', () => run(propose, [], 'operator', {...grant, amount: '0.5ADA'}));
	await run(vote, ['0', 'yes'], 'alice');
	await refused('STAKE_MISSING', () => run(vote, ['0', 'no'], 'alice'));

	// Outputs with datums that are none of ours, where stakes and proposals lie.
	const address = governanceAddress(defined(governanceOf(deployment), 'the contracts are governed'));
	const junk = [dataConstructor(3, dataInteger(1n)), dataConstructor(1), dataInteger(7n)];
	await operator.execute({...emptyPlan, outputs: junk.map(datum => ({address, lovelace: 3n * ADA, datum}))});
	const {data} = await run(listProposals, [], 'operator');
	t.like(data, {proposals: [{id: 0, yes: 4_000_000n * TOKENS}], stakes: {length: 3}});

	// Deposits that the ledger keeps in no output.
	const account = Hash28(new Uint8Array(28));
	await refused('BRIDGE_DEPOSIT_TOO_SMALL', () =>
		run(depositOnCardano, [], 'operator', {amount: '1.999999'}),
	);

	// A Cardano network on which the contracts are not.
	const elsewhere = await startCardanoDevnet({
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		slotLengthMs: 1_000,
		funds: [{address: addressOf(WALLET), lovelace: 1_000n * ADA}],
	});
	t.teardown(() => elsewhere.stop());
	const there = {kupoUrl: elsewhere.url};
	const network = {...deployment.network, zeroTimeMs: elsewhere.zeroTimeMs, slotLengthMs: 1_000};
	const lost = createLucidContracts(
		crypto,
		{kupoUrl: elsewhere.url, ogmiosUrl: elsewhere.url, network, walletKey: WALLET},
		deployment,
	);
	const amount = Lovelace(50n * ADA);
	const provenance = {source: 3, amount, rate: 1_000_000n, reference: new Uint8Array(32)};
	for (const attempt of [
		() => lost.depositToBridge({account, amount}),
		() => lost.depositToTreasury({amount, provenance}),
		() => lost.openClaim({kind: 'account', operatorVk: new Uint8Array(32), collateral: Lovelace(0n)}),
	])
		await refused('CARDANO_CONTRACT_MISSING', attempt, elsewhere.url);
	await refused('CARDANO_GOVERNANCE_MISSING', () => run(vote, ['0', 'no'], 'bob', there), elsewhere.url);

	// A node that answers garbage, half, or something else.
	for (const [how, code] of [
		['<html>', 'MAIN_CHAIN_ANSWER_INVALID'],
		['half', 'MAIN_CHAIN_ANSWER_INVALID'],
		['{"result": 1}', 'MAIN_CHAIN_ANSWER_INVALID'],
	] as const) {
		const liar = await forwardingServer(t, url, async (_asked, forward) => {
			const answer = await forward();
			return how === 'half'
				? {...answer, text: answer.text.slice(0, answer.text.length / 2)}
				: {...answer, text: how};
		});
		await refused(code, () => run(vote, ['0', 'no'], 'bob', {kupoUrl: liar}));
	}

	// Too late for the vote, too early and too late for the execution.
	await refused('PROPOSAL_NOT_PASSED', () => run(execute, ['0'], 'bob'));
	await run(vote, ['0', 'yes'], 'bob');
	await refused('PROPOSAL_NOT_EXECUTABLE', () => run(execute, ['0'], 'bob'));
	const {voteMs, timelockMs, expiryMs} = DEFAULT_SETTINGS;
	await pass(voteMs);
	await refused('PROPOSAL_VOTE_OVER', () => run(vote, ['0', 'yes'], 'bob'));
	await pass(timelockMs + expiryMs);
	await refused('PROPOSAL_NOT_EXECUTABLE', () => run(execute, ['0'], 'bob'));
	await refused('PROPOSAL_UNKNOWN', () => run(execute, ['7'], 'bob'));

	// Too early to end claims, and too late to claim, or to end them again.
	const early = await refused('CLAIMS_STILL_OPEN', () => run(sweepUnclaimed, [], 'poor'));
	t.is(early.detail['claimUntilMs'], CLAIM_UNTIL_MS);
	t.regex(early.message, /until 2028-/);
	await pass(CLAIM_TIME_MS.usual);
	const asked = await run(sweepUnclaimed, [], 'operator', {yes: false});
	const unclaimed = ALLOCATED - 7_000_000n * TOKENS;
	t.like(asked.data, {unclaimed, claimUntilMs: CLAIM_UNTIL_MS, done: false});
	t.regex(asked.text, /^Makes 3021000 DCG, which nobody has claimed until 2028-.* the treasury's\./);
	const draft = file('sweep');
	const drafted = await run(sweepUnclaimed, [], 'operator', {out: draft, yes: false});
	t.like(drafted.data, {unclaimed, submitted: false});
	await signOnCardano([], {tx: draft, key: [file('operator')]}, signal);
	await submitOnCardano([draft], {kupoUrl: url}, signal);
	await refused('CLAIMS_OVER', () => run(sweepUnclaimed, [], 'operator'));
	await refused('CLAIMS_OVER', () => run(claim, [], 'alice', {claims: file('claims')}));
	const {data: treasury} = await run(showTreasury, [], 'operator');
	const tokens = {treasury: TOKEN_SUPPLY - 7_000_000n * TOKENS, unclaimed: 0n, claimUntilMs: CLAIM_UNTIL_MS};
	t.like(treasury, {tokens});
});
