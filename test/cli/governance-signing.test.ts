/** Governing with a key of cardano-cli, with the words of a wallet, and with drafts that are signed on another machine. */
import {chmod, copyFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {claim, execute, lock, propose, vote, withdraw} from '#cli/commands/gov-act';
import {showParameters} from '#cli/commands/gov-parameters';
import {claimFileText} from '#cli/gov/allocation-list';
import {compareBytes, toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {readPaymentKey} from '#node/adapters/payment-key';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {allocationRoot} from '#onchain/allocation';
import {cardanoKey, keyAddress, type PaymentKey} from '#onchain/cardano/key-address';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet, passSlots} from '../support/contract-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SLOT_MS = 1_800_000;
const DAYS_11_SLOTS = (11 * 86_400_000) / SLOT_MS;
const WORDS =
	'excess behave track soul table wear ocean cash stay nature item turtle palm soccer lunch horror start stumble month panic right must lock dress';
/** As much as the quorum, so that one vote decides. */
const AMOUNT = 5_000_000_000_000n;

test('a key of cardano-cli, the words of a wallet and a draft signed elsewhere claim, lock, propose, vote and execute', async t => {
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	await writeKeyFile(file('alice.skey'), 'PaymentSigningKeyShelley_ed25519', new Uint8Array(32).fill(0x41));
	await writeFile(file('bob.words'), `${WORDS}\n`, {mode: 0o600});
	for (const name of ['extended-payment.skey', 'extended-payment.vkey'])
		await copyFile(path.resolve('test/vectors/cardano-cli', name), file(name));
	await chmod(file('extended-payment.skey'), 0o600);
	const keys: readonly PaymentKey[] = await Promise.all([
		readPaymentKey(file('alice.skey')),
		readPaymentKey(file('bob.words'), {account: 1}),
		readPaymentKey(file('extended-payment.skey')),
	]);
	const holders = keys.map(key => cardanoKey(crypto, 'testnet', key));
	const allocations = holders
		.map(({keyHash}) => ({keyHash, amount: AMOUNT}))
		.sort((a, b) => compareBytes(a.keyHash, b.keyHash));
	const allocated = 3n * AMOUNT;
	const {url, deployment, walletOf} = await contractDevnet(t, {
		committee: testCommittee([1n]),
		traced: false,
		slots: {lengthMs: SLOT_MS, manual: true},
		wallets: keys,
		governance: {
			allocationRoot: allocationRoot(crypto, allocations),
			allocated,
			claimUntilMs: 2_000_000_000_000,
			settings: DEFAULT_SETTINGS,
		},
	});
	await writeFile(file('deployment.json'), encodeDeployment(deployment));
	await writeFile(file('claims.json'), claimFileText(crypto, {allocations, sum: allocated}));
	const body = {title: 'Dearer transactions', abstract: 'a', motivation: 'm', rationale: 'r'};
	await writeFile(file('why.json'), JSON.stringify({hashAlgorithm: 'blake2b-256', body}));

	const place = {deployment: file('deployment.json'), kupoUrl: url};
	const say = async (verb: Verb, words: readonly string[], options: Options) =>
		(await verb(words, options, new AbortController().signal)).data as Record<string, unknown>;
	const atOnce =
		(wallet: Options) =>
		(verb: Verb, words: readonly string[], options: Options = {}) =>
			say(verb, words, {...place, ...options, ...wallet, yes: true});
	const elsewhere = async (verb: Verb, words: readonly string[], options: Options = {}) => {
		const [out, key] = [file('tx.json'), [file('extended-payment.skey')]];
		const wallet = file('extended-payment.vkey');
		const {txId, submitted} = await say(verb, words, {...place, ...options, wallet, out});
		t.false(submitted, 'a draft does nothing');
		t.like(await say(signOnCardano, [], {tx: out, key}), {
			txId,
			signers: [toHex(holders[2]?.keyHash ?? new Uint8Array(0))],
		});
		t.deepEqual(await say(submitOnCardano, [out], {kupoUrl: url}), {txId});
	};
	const alice = atOnce({wallet: file('alice.skey')});
	const bob = atOnce({wallet: file('bob.words'), walletAccount: '1'});
	const all = [alice, bob, elsewhere] as const;
	const proposal = {
		rationale: file('why.json'),
		url: 'https://example.org/why.json',
		fetch: false,
		set: ['feeBase=20000'],
		fromEpoch: '3',
	};

	const told = async (verb: Verb, words: readonly string[], options: Options = {}) =>
		say(verb, words, {...place, ...options, wallet: file('alice.skey')});
	t.like(await told(claim, [], {claims: file('claims.json')}), {
		words: 'Claims 5000000 DCG, which the list gives to the key of this wallet, once.',
		done: false,
	});
	for (const sign of all) {
		await sign(claim, [], {claims: file('claims.json')});
		await sign(lock, ['5000000']);
	}
	for (const [index, sign] of all.entries()) {
		await sign(propose, [], proposal);
		await sign(vote, [`${index}`, 'yes']);
	}
	await t.throwsAsync(told(withdraw, []), {code: 'STAKE_BOUND'});
	await t.throwsAsync(told(vote, ['0', 'no']), {code: 'STAKE_MISSING'});
	await t.throwsAsync(told(execute, ['0']), {code: 'PROPOSAL_NOT_EXECUTABLE'});
	await t.throwsAsync(told(lock, ['1']), {code: 'CARDANO_FUNDS_MISSING', message: /tokens/});
	const {words} = await told(vote, ['1', 'abstain']);
	t.regex(String(words), /^Votes abstain on proposal 1 with 5000000 DCG\..* feeBase becomes 20000,/);
	await passSlots(url, DAYS_11_SLOTS);
	t.regex(String((await told(execute, ['2']))['words']), /^Carries out proposal 2, .*feeBase becomes 20000,/);
	t.regex(String((await told(withdraw, []))['words']), /^Withdraws 5000000 DCG/);
	for (const [index, sign] of all.entries()) await sign(execute, [`${index}`]);

	const {contracts} = await walletOf(keys[1] ?? new Uint8Array(32));
	const {enacted, stakes} = (await contracts.governance?.reader.state()) ?? {enacted: [], stakes: []};
	t.deepEqual(
		enacted.map(({id}) => id).sort((a, b) => a - b),
		[0, 1, 2],
	);
	t.is(stakes.length, 3);
	const {chain, governance} = await say(showParameters, [], place);
	t.is(chain, null);
	const {executed} = governance as {readonly executed: readonly {readonly outlook: unknown}[]};
	t.deepEqual(
		executed.map(({outlook}) => outlook),
		[null, null, null],
		'what the side-chain has heard of, only a node knows',
	);

	await bob(withdraw, []);
	const index = openCardanoIndex(url);
	const {address, keyHash} = holders[1] ?? t.fail('bob is the second');
	const outputs = await index.matches(address, 'unspent', undefined);
	const tokens = outputs.flatMap(({units}) => [...units.values()]);
	t.deepEqual(tokens, [AMOUNT], 'where the owner of the words sees them');
	// Governance has paid the deposit back to the key alone, and what is at the wallet's own address is too little.
	const plain = () => index.matches(keyAddress('testnet', keyHash), 'unspent', undefined);
	t.is((await plain()).length, 1);
	await contracts.depositToBridge({
		account: keyHash as Uint8Array as AccountId,
		amount: Lovelace(950_000_000n),
	});
	t.deepEqual(await plain(), []);
});
