/** Operators of whom two of three sign, each on a machine of his own: what they give to the treasury, and what they are paid. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {writeDraft} from '#cli/cardano-file';
import {openClaim} from '#cli/commands/cardano-claim';
import {policy} from '#cli/commands/cardano-policy';
import {signOnCardano, submitOnCardano} from '#cli/commands/cardano-sign';
import {depositToTreasury} from '#cli/commands/treasury-deposit';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {createDraftContracts} from '#node/adapters/lucid/lucid-contracts';
import {readTreasuryDeposits} from '#node/adapters/lucid/treasury-deposits';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {parseAddress} from '#onchain/cardano/address';
import {type NativeScript, parseNativeScript} from '#onchain/cardano/native-script';
import {encodeDeployment} from '#onchain/deployment';
import {PAYOUT_TAG, payoutProof, payoutRoot} from '#onchain/payout';
import {emptyPlan} from '#onchain/plans/transaction-plan';
import {contractDevnet, WALLET} from '../support/contract-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {hashOf, signCheckpoint, testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ADA = 1_000_000n;
const COMMITTEE = testCommittee([1n]);

test('two of three operators give to the treasury and take what they are owed; one alone does neither', async t => {
	t.timeout(10 * 60_000);
	const devnet = await contractDevnet(t, {committee: COMMITTEE, traced: false});
	const {url, deployment, reader, contracts} = devnet;
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	await writeFile(file('deployment'), encodeDeployment(deployment));
	await writeKeyFile(file('pay.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	const keys = [11, 12, 13].map(byte => file(`operator-${byte}.skey`));
	for (const [index, key] of keys.entries())
		await writeKeyFile(key, 'PaymentSigningKeyShelley_ed25519', new Uint8Array(32).fill(11 + index));

	const run = async (verb: Verb, words: readonly string[], options: Options) =>
		(await verb(words, options, new AbortController().signal)).data as Record<string, unknown>;
	const place = {deployment: file('deployment'), kupoUrl: url};
	const made = await run(policy, [file('policy.json')], {key: keys, required: '2'});
	t.deepEqual(await run(policy, [file('policy.json')], {}), made);
	const address = String(made['address']);
	const bytes = parseAddress(address);
	if (!bytes.ok) return t.fail(bytes.error.code);
	await devnet.execute({...emptyPlan, outputs: [{address: bytes.value, lovelace: 40n * ADA}]});

	/** Each signs a copy of the file; those are put together. */
	const submit = async (tx: string, signers: readonly string[]) => {
		const copies = await Promise.all(
			signers.map(async (key, index) => {
				const out = file(`${index}-${path.basename(tx)}`);
				await run(signOnCardano, [], {tx, key: [key], out});
				return out;
			}),
		);
		return run(submitOnCardano, copies, place);
	};

	const gift = {...place, wallet: file('policy.json'), amount: '15ADA'};
	await t.throwsAsync(run(depositToTreasury, [], gift), {code: 'CARDANO_WALLET_NEEDS_KEY'});
	await run(depositToTreasury, [], {...gift, out: file('gift.json')});
	await t.throwsAsync(submit(file('gift.json'), keys.slice(0, 1)), {code: 'CARDANO_TRANSACTION_REFUSED'});
	await submit(file('gift.json'), keys.slice(1));
	t.like(await readTreasuryDeposits(url, deployment), [{lovelace: 15n * ADA, provenance: {source: 3}}]);

	const wallet = file('pay.skey');
	const opening = {...place, wallet, owner: file('policy.json'), collateral: '0'};
	const claimId = (await run(openClaim, [], opening))['claimId'] as Hash32;
	t.is(toHex((await reader.claim(claimId)).datum.ownerPkh), toHex(made['scriptHash'] as Uint8Array));
	await t.throwsAsync(
		run(openClaim, [], {...place, wallet: file('policy.json'), collateral: '0', out: file('x')}),
		{
			code: 'CARDANO_WALLET_NEEDS_KEY',
		},
	);

	const leaf = {tag: PAYOUT_TAG.withdrawal, claimId, cumulative: Lovelace(30n * ADA)};
	const next = {
		period: 1,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: payoutRoot(crypto, [leaf]),
		nextCommitteeHash: COMMITTEE.hash,
	};
	const signatures = signCheckpoint(COMMITTEE, deployment, next);
	await contracts.advanceCheckpoint({next, committee: COMMITTEE.members, signatures});
	const proof = payoutProof(crypto, [leaf], leaf);
	if (proof === undefined) return t.fail('no proof');
	await t.throwsAsync(contracts.claimWithdrawal({proof}, {unchecked: true}), {
		code: 'CARDANO_TRANSACTION_REFUSED',
	});
	const parsed = parseNativeScript(JSON.parse(await readFile(file('policy.json'), 'utf8')));
	const owners = (parsed as {readonly value: NativeScript}).value;
	const access = {kupoUrl: url, ogmiosUrl: url, network: deployment.network};
	const drafts = createDraftContracts(
		crypto,
		{...access, walletAddress: contracts.wallet.address},
		deployment,
		writeDraft(file('payout.json')),
	);
	const before = (await reader.moneyOf(address)).reduce((sum, {lovelace}) => sum + lovelace, 0n);
	await drafts.claimWithdrawal({proof, owners});
	await t.throwsAsync(submit(file('payout.json'), [wallet, keys[0] ?? '']), {
		code: 'CARDANO_TRANSACTION_REFUSED',
	});
	await submit(file('payout.json'), [wallet, ...keys.slice(0, 2)]);
	const after = (await reader.moneyOf(address)).reduce((sum, {lovelace}) => sum + lovelace, 0n);
	t.is(after - before, 30n * ADA);
	t.like((await reader.claim(claimId)).datum, {claimed: 30n * ADA});
	const others = {
		kind: 'at-least',
		required: 1,
		scripts: owners.kind === 'at-least' ? owners.scripts : [],
	} as const;
	await t.throwsAsync(drafts.claimWithdrawal({proof, owners: others}), {code: 'CARDANO_CLAIM_OTHER_OWNER'});
	return undefined;
});
