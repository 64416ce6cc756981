/** A Cardano transaction that is built on one machine, signed on another and submitted from a third. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {openClaim} from '#cli/commands/cardano-claim';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {createDraftContracts} from '#node/adapters/lucid/lucid-contracts';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {addressText, enterpriseAddress, rewardAddress} from '#onchain/cardano/address';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet, WALLET} from '../support/contract-devnet.ts';
import {OWNER, production} from '../support/contract-world.ts';
import {crypto} from '../support/crypto.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a transaction is written with --out, signed without a network, submitted, and void when its inputs are spent', async t => {
	const {url, deployment, reader, contracts} = await contractDevnet(t, {
		committee: testCommittee([1n]),
		traced: false,
	});
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	const envelope = async (name: string): Promise<unknown> => JSON.parse(await readFile(file(name), 'utf8'));
	await writeFile(file('deployment'), encodeDeployment(deployment));
	const key = crypto.ed25519VerificationKey(WALLET);
	await writeKeyFile(file('wallet.vkey'), 'PaymentVerificationKeyShelley_ed25519', key);
	await writeKeyFile(file('wallet.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	const run = async (verb: Verb, words: readonly string[], options: Options) =>
		(await verb(words, options, new AbortController().signal)).data as Record<string, unknown>;
	const submit = (name: string) => run(submitOnCardano, [file(name)], {kupoUrl: url});
	const draft = (name: string, collateral = '0') =>
		run(openClaim, [], {
			deployment: file('deployment'),
			kupoUrl: url,
			collateral,
			wallet: file('wallet.vkey'),
			out: file(name),
		});
	const written = await draft('tx.json');
	await draft('late.json', '2ADA');
	t.like(await envelope('tx.json'), {
		type: 'Unwitnessed Tx ConwayEra',
		description: 'Ledger Cddl Format',
	});

	await t.throwsAsync(submit('tx.json'), {code: 'CARDANO_TRANSACTION_REFUSED'});
	const keys = {key: [file('wallet.skey')]};
	t.deepEqual(await run(signOnCardano, [], {tx: file('tx.json'), ...keys, out: file('signed.json')}), {
		txId: written['txId'],
		file: file('signed.json'),
		signers: [toHex(contracts.wallet.keyHash)],
	});
	t.like(await envelope('signed.json'), {type: 'Witnessed Tx ConwayEra'});
	t.deepEqual(await submit('signed.json'), {txId: written['txId']});
	t.deepEqual(await submit('signed.json'), {txId: written['txId']}, 'it is in a block already');
	const claim = await reader.claim(written['claimId'] as Hash32);
	t.deepEqual(claim.datum.ownerPkh, contracts.wallet.keyHash);

	await run(signOnCardano, [], {tx: file('late.json'), ...keys});
	await t.throwsAsync(submit('late.json'), {code: 'CARDANO_TRANSACTION_REFUSED'});
});

test('refuses wallets of another network, of scripts, and what is no address', t => {
	const {deployment} = production;
	const place = {kupoUrl: 'http://127.0.0.1:1', ogmiosUrl: 'http://127.0.0.1:1', network: deployment.network};
	const wrong = [
		addressText(enterpriseAddress('mainnet', {kind: 'key', hash: OWNER})),
		addressText(enterpriseAddress('testnet', {kind: 'script', hash: OWNER})),
		addressText(rewardAddress('testnet', {kind: 'key', hash: OWNER})),
		'addr_test1junk',
	];
	for (const walletAddress of wrong)
		t.throws(
			() => createDraftContracts(crypto, {...place, walletAddress}, deployment, async () => undefined),
			{
				code: 'CARDANO_WALLET_ADDRESS_BAD',
			},
		);
	const walletAddress = addressText(enterpriseAddress('testnet', {kind: 'key', hash: OWNER}));
	const {wallet} = createDraftContracts(crypto, {...place, walletAddress}, deployment, async () => undefined);
	t.deepEqual(wallet, {keyHash: OWNER, address: walletAddress});
});
