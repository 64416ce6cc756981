/** What a wallet does, through everything that may stand between it and Cardano. */
import test from 'ava';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {NodeError} from '#kernel/node-error';
import {createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {PAYOUT_TAG, payoutProof, payoutRoot} from '#onchain/payout';
import {blockfrostOverDevnet} from '../../../support/blockfrost-over-devnet.ts';
import {contractDevnet, WALLET} from '../../../support/contract-devnet.ts';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../../support/side-chain.ts';

const ADA = 1_000_000n;

test('transactions are built, submitted and refused alike through Kupo and Ogmios and through Blockfrost', async t => {
	t.timeout(10 * 60_000);
	const committee = testCommittee([1n]);
	const {url, deployment, reader} = await contractDevnet(t, {committee, traced: false});
	const blockfrost = await blockfrostOverDevnet(t, url, 9);
	const places = [url, blockfrost.url];
	for (const [index, place] of places.entries()) {
		const access = {kupoUrl: place, ogmiosUrl: place, network: deployment.network, walletKey: WALLET};
		const contracts = createLucidContracts(crypto, access, deployment);
		const before = await contracts.bridgeBalance();
		await contracts.depositToBridge({account: Hash28(new Uint8Array(28)), amount: Lovelace(9n * ADA)});
		t.is(await contracts.bridgeBalance(), Lovelace(before + 9n * ADA), place);
		const opening = {kind: 'account', operatorVk: new Uint8Array(32), collateral: Lovelace(0n)} as const;
		const {claimId} = await contracts.openClaim(opening);
		const leaf = {tag: PAYOUT_TAG.withdrawal, claimId, cumulative: Lovelace(4n * ADA)};
		const next = {
			period: index + 1,
			blockHash: hashOf(index),
			stateRoot: hashOf(2),
			payoutRoot: payoutRoot(crypto, [leaf]),
			nextCommitteeHash: committee.hash,
		};
		const signatures = signCheckpoint(committee, deployment, next);
		await contracts.advanceCheckpoint({next, committee: committee.members, signatures});
		t.like(await contracts.readCheckpoint(), {period: index + 1});
		const proof = payoutProof(crypto, [leaf], leaf);
		if (proof === undefined) return t.fail('no proof');
		const tooMuch = {proof, amount: 4n * ADA + 1n};
		await t.throwsAsync(contracts.claimWithdrawal(tooMuch), {code: 'CARDANO_SCRIPT_REFUSED'}, place);
		const error = await t.throwsAsync<NodeError>(contracts.claimWithdrawal(tooMuch, {unchecked: true}));
		t.is(error?.code, 'CARDANO_TRANSACTION_REFUSED', place);
		await contracts.claimWithdrawal({proof});
		t.like((await reader.claim(claimId)).datum, {claimed: 4n * ADA}, place);
	}
	t.true(blockfrost.asked() > 20);
	const other = blockfrost.url.replace(/\/\/[^@]*@/, '//mainnetOther@');
	const access = {kupoUrl: other, ogmiosUrl: other, network: deployment.network, walletKey: WALLET};
	const refused = createLucidContracts(crypto, access, deployment);
	const request = {account: Hash28(new Uint8Array(28)), amount: Lovelace(9n * ADA)};
	const error = await t.throwsAsync<NodeError>(refused.depositToBridge(request));
	t.regex(error?.message ?? '', /project id is wrong/);
	t.false(JSON.stringify(error?.detail).includes('mainnetOther'));
	return undefined;
});
