/** Bonds of providers beside a deployment: where its key is elsewhere, and where the wallet has not enough for them. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Options, Verb} from '#cli/answer';
import {deployCardanoBonds} from '#cli/commands/cardano-bond-deploy';
import {deploy} from '#cli/commands/cardano-deploy';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {prepareContracts} from '#cli/devnet/cardano-side';
import {genesisCommittee} from '#cli/genesis-place';
import type {Hash32} from '#kernel/hash';
import {genesisToJson, parseGenesisJson, periodMsOf} from '#ledger/genesis/genesis';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {areBondsThere} from '#node/adapters/lucid/deploy-bonds';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {readDeployment} from '#node/read-inputs';
import {cardanoKey} from '#onchain/cardano/key-address';
import {crypto} from '../support/crypto.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const WALLET = new Uint8Array(32).fill(21);
const ADA = 1_000_000n;
/** The genesis credits of `makeNodeFiles`. */
const BACKING = 1_000n * ADA;

/** A genesis whose contracts the wallet can deploy, on a devnet where it owns so much. */
const place = async (t: ExecutionContext, lovelace: bigint) => {
	const folder = await temporaryFolder(t);
	const at = (name: string): string => path.join(folder, name);
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: at('devnet'),
		port: 0,
		slotLengthMs: 100,
		funds: [{address: cardanoKey(crypto, 'testnet', WALLET).address, lovelace}],
	});
	t.teardown(() => devnet.stop());
	const {url, networkMagic, zeroTimeMs, slotLengthMs} = devnet;
	const ready = {pid: 0, url, networkMagic, zeroTimeMs, slotLengthMs};
	await writeFile(at('cardano.json'), JSON.stringify(ready));
	await writeKeyFile(at('wallet.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	const vk = crypto.ed25519VerificationKey(WALLET);
	await writeKeyFile(at('wallet.vkey'), 'PaymentVerificationKeyShelley_ed25519', vk);
	const {genesis: file} = await makeNodeFiles(at('keys'));
	const parsed = parseGenesisJson(await readFile(file, 'utf8'));
	if (!parsed.ok) throw new TypeError(parsed.error.code);
	const genesis = parsed.value;
	const times = {systemStartMs: genesis.systemStartMs, periodMs: periodMsOf(genesis)};
	const access = {crypto, ready, operator: {seed: WALLET}};
	const {section} = await prepareContracts(access, genesisCommittee(crypto, genesis), times);
	const {stableDepth} = genesis.cardano;
	await writeFile(file, genesisToJson({...genesis, cardano: {...section, stableDepth}}));

	const options = {genesis: file, cardanoNetwork: at('cardano.json'), out: at('deployment.json')};
	const run = async (verb: Verb, own: Options, words: readonly string[] = []) => {
		const {data, text} = await verb(words, {...options, ...own}, new AbortController().signal);
		return {text, ...(data as {readonly txId: Hash32; readonly bonds?: Hash32 | null})};
	};
	const record = () => readDeployment(crypto, at('deployment.json'));
	const areThere = async () => areBondsThere({kupoUrl: url, ogmiosUrl: url}, await record());
	const addBonds = () =>
		run(deployCardanoBonds, {deployment: at('deployment.json'), wallet: at('wallet.skey'), kupoUrl: url});
	return {url, at, run, record, areThere, addBonds};
};

test('contracts whose key is elsewhere are deployed by a draft, and their bonds by the next or by one of bond-deploy', async t => {
	const {at, url, run, areThere} = await place(t, BACKING + 300n * ADA);
	const drafted = await run(deploy, {wallet: at('wallet.vkey'), txOut: at('tx.json')});
	t.like(drafted, {submitted: false});
	t.regex(drafted.text, /tx\.1\.json.*deploys for genesis.*tx\.2\.json.*bonds.*nothing has happened yet/s);
	const signAndSubmit = async (tx: string) => {
		await run(signOnCardano, {tx, key: [at('wallet.skey')], out: tx});
		return (await run(submitOnCardano, {kupoUrl: url}, [tx])).txId;
	};
	t.deepEqual(await signAndSubmit(at('tx.1.json')), drafted.txId);
	t.false(await areThere(), 'only in the record');
	const record = {deployment: at('deployment.json'), kupoUrl: url};
	const bonds = await run(deployCardanoBonds, {...record, wallet: at('wallet.vkey'), out: at('bonds.json')});
	t.false(await areThere(), 'drafted again');
	t.deepEqual(await signAndSubmit(at('bonds.json')), bonds.txId);
	t.true(await areThere());
});

test('a wallet with too little for bonds deploys the contracts all the same, and is told so', async t => {
	const {at, run, record, areThere, addBonds} = await place(t, BACKING + 62n * ADA);
	const {bonds, text} = await run(deploy, {wallet: at('wallet.skey')});
	t.is(bonds, null);
	t.regex(
		text,
		/no bonds of providers yet \(CARDANO_FUNDS_MISSING\): "dcloud cardano bond-deploy" adds them/,
	);
	t.is((await record()).bonds, undefined);
	t.false(await areThere());
	await t.throwsAsync(addBonds(), {code: 'CARDANO_FUNDS_MISSING'});
});
