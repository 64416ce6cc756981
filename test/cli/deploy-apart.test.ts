/** Governed contracts from the genesis to the record: for a key that is on another machine, and with the words of a wallet. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Options, Verb} from '#cli/answer';
import {deploy} from '#cli/commands/cardano-deploy';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {createGenesis} from '#cli/commands/genesis';
import {toHex} from '#kernel/bytes';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {createContractReader} from '#node/adapters/lucid/contract-reader';
import {areBondsThere} from '#node/adapters/lucid/deploy-bonds';
import {createGovernanceReader} from '#node/adapters/lucid/governance-reader';
import {readPaymentKey} from '#node/adapters/payment-key';
import {readKeyFile, writeKeyFile} from '#node/adapters/text-envelope';
import {readDeployment} from '#node/read-inputs';
import {cardanoKey} from '#onchain/cardano/key-address';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {governanceOf} from '#onchain/governance-deployment';
import {encodeTerms} from '#onchain/governance-terms';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {crypto} from '../support/crypto.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {hashOf} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SYSTEM_START_MS = Date.parse('2026-11-22T00:00:00Z');
const ADA = 1_000_000n;
const CREDITS = 1_000n * ADA;
const WORDS =
	'excess behave track soul table wear ocean cash stay nature item turtle palm soccer lunch horror start stumble month panic right must lock dress';

/** A devnet where the wallet of `file` owns one output, and all that a founder needs besides. */
const place = async (t: ExecutionContext, write: (file: string) => Promise<void>, lovelace: bigint) => {
	const folder = await temporaryFolder(t);
	const at = (name: string): string => path.join(folder, name);
	await write(at('wallet'));
	const {address} = cardanoKey(crypto, 'testnet', await readPaymentKey(at('wallet')));
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: at('devnet'),
		port: 0,
		slotLengthMs: 100,
		funds: [{address, lovelace}],
	});
	t.teardown(() => devnet.stop());
	const {url, networkMagic, zeroTimeMs, slotLengthMs} = devnet;
	await writeFile(at('cardano.json'), JSON.stringify({url, networkMagic, zeroTimeMs, slotLengthMs}));
	const terms = {
		allocationRoot: hashOf(1),
		allocated: 5_000_000_000_000n,
		claimUntilMs: 0,
		settings: DEFAULT_SETTINGS,
	};
	// The end of claims is left out: it follows from the start of the side-chain.
	await writeFile(at('terms.json'), encodeTerms(terms).replace(/\s*"claimUntilMs": 0,/, ''));
	await makeNodeFiles(at('pool'));
	const cold = await readKeyFile(at('pool/cold.vkey'), 'StakePoolVerificationKey_ed25519');
	const pool = toHex(crypto.blake2b224(cold));

	const say = async (verb: Verb, options: Options, words: readonly string[] = []) =>
		(await verb(words, options, new AbortController().signal)).data as Record<string, unknown>;
	const both = {cardanoNetwork: at('cardano.json'), governance: at('terms.json')};
	const genesis = (options: Options) =>
		say(createGenesis, {
			...both,
			...options,
			out: at('genesis.json'),
			profile: 'test',
			networkMagic: '1095',
			start: new Date(SYSTEM_START_MS).toISOString(),
			pool: [at('pool')],
			account: [`${pool}=1000ADA@${pool}`],
		});
	const put = (options: Options) =>
		say(deploy, {...both, ...options, genesis: at('genesis.json'), out: at('deployment.json')});
	const sign = (tx: string) => say(signOnCardano, {tx, key: [at('wallet')]});
	const submit = (tx: string) => say(submitOnCardano, {kupoUrl: url}, [tx]);
	return {url, at, address, genesis, put, sign, submit};
};

/** That everything which a record names is where it says. */
const assertWhole = async (t: ExecutionContext, url: string, file: string, genesisHash: unknown) => {
	const deployment = await readDeployment(crypto, file);
	t.deepEqual(deployment.genesisHash, genesisHash as Uint8Array as typeof deployment.genesisHash);
	const governance = governanceOf(deployment);
	if (governance === undefined) return t.fail('it is governed');
	const {governor} = await createGovernanceReader(url, governance).state();
	t.deepEqual(governor.datum.treasury, deployment.scripts.treasury.hash);
	t.is(governance.claimUntilMs, SYSTEM_START_MS + CLAIM_TIME_MS.usual);
	const reader = createContractReader(url, deployment);
	t.like((await reader.checkpoint()).datum, {period: 0, genesisHash: deployment.genesisHash});
	t.deepEqual(
		(await reader.bridgeMoney()).map(({lovelace}) => lovelace),
		[CREDITS],
	);
	t.true(await areBondsThere({kupoUrl: url, ogmiosUrl: url}, deployment));
	const {scripts, governance: recorded, bonds} = deployment;
	const published = [
		...Object.values(scripts),
		...(recorded === undefined ? [] : [recorded.token, recorded.governance]),
		...(bonds === undefined ? [] : [bonds.script]),
	];
	t.is(published.length, 7);
	for (const {reference} of published) {
		const there = await openCardanoIndex(url).matches(`*@${toHex(reference.txId)}`, 'unspent', undefined);
		t.true(there.some(({index}) => index === reference.index));
	}
	return undefined;
};

test('governed contracts are deployed by drafts for an address alone, after its only output was split', async t => {
	const write = (file: string): Promise<void> =>
		writeKeyFile(file, 'PaymentSigningKeyShelley_ed25519', new Uint8Array(32).fill(21));
	const {url, at, address: wallet, genesis, put, sign, submit} = await place(t, write, CREDITS + 300n * ADA);
	await t.throwsAsync(genesis({wallet}), {code: 'CARDANO_WALLET_UNSPLIT', message: /--split-out/});
	await t.throwsAsync(genesis({wallet, splitOut: at('split.json')}), {
		code: 'CARDANO_WALLET_UNSPLIT',
		message: /was written/,
	});
	await sign(at('split.json'));
	await submit(at('split.json'));
	const {genesisHash} = await genesis({wallet});

	const {drafts, submitted} = await put({wallet, txOut: at('deploy.json')});
	t.false(submitted);
	const files = (drafts as readonly {readonly file: string}[]).map(({file}) => file);
	t.deepEqual(
		files,
		[1, 2, 3, 4, 5].map(number => at(`deploy.${number}.json`)),
	);
	for (const file of files) await sign(file);
	const [first = '', second = ''] = files;
	await t.throwsAsync(submit(second), {code: 'CARDANO_TRANSACTION_REFUSED'}, 'before what it builds on');
	await submit(first);
	for (const file of files) await submit(file);
	await assertWhole(t, url, at('deployment.json'), genesisHash);
});

test('the words of a wallet make a genesis and deploy its governed contracts', async t => {
	const write = (file: string): Promise<void> => writeFile(file, `${WORDS}\n`, {mode: 0o600});
	const {url, at, genesis, put} = await place(t, write, CREDITS + 300n * ADA);
	const {genesisHash} = await genesis({wallet: at('wallet')});
	t.like(await put({wallet: at('wallet')}), {genesisHash, backing: CREDITS});
	await assertWhole(t, url, at('deployment.json'), genesisHash);
});
