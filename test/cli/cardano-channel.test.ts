/** A payment channel in ADA from its opening to its end, by the commands of both sides. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {
	closeCardanoChannel,
	openCardanoChannel,
	settleCardanoChannel,
	showCardanoChannel,
	topUpCardanoChannel,
} from '#cli/commands/cardano-channel';
import {encodeVoucher, signVoucher} from '#crypto/vouchers/voucher';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {cardanoKey} from '#onchain/cardano/key-address';
import {encodeDeployment} from '#onchain/deployment';
import {contractDevnet, WALLET} from '../support/contract-devnet.ts';
import {crypto} from '../support/crypto.ts';
import {testCommittee} from '../support/side-chain.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ADA = 1_000_000n;
const PAYEE = new Uint8Array(32).fill(0x72);

test('a channel in ADA is opened, topped up, settled and ended by its payee; its funder waits for the window', async t => {
	const {url, deployment} = await contractDevnet(t, {
		committee: testCommittee([1n]),
		traced: false,
		wallets: [PAYEE],
	});
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	await writeFile(file('deployment'), encodeDeployment(deployment));
	await writeKeyFile(file('funder.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	await writeKeyFile(file('payee.skey'), 'PaymentSigningKeyShelley_ed25519', PAYEE);
	const run = async (
		who: 'funder' | 'payee',
		verb: Verb,
		words: readonly string[],
		options: Options = {},
	) => {
		const place = {deployment: file('deployment'), kupoUrl: url, wallet: file(`${who}.skey`)};
		const answer = await verb(words, {...place, ...options}, new AbortController().signal);
		return answer.data as Readonly<Record<string, unknown>>;
	};
	const payee = toHex(cardanoKey(crypto, 'testnet', PAYEE).keyHash);
	const open = async (): Promise<string> =>
		String(
			(await run('funder', openCardanoChannel, [], {payee, deposit: '40ADA', hours: '24', lane: '0'}))[
				'channelId'
			],
		);
	const voucher = (id: string, cumulative: bigint): string =>
		toHex(encodeVoucher(signVoucher(crypto, WALLET, {channelId: Hash32(fromHex(id)), cumulative})));

	const id = await open();
	await run('funder', topUpCardanoChannel, [id], {amount: '10ADA'});
	await run('payee', settleCardanoChannel, [voucher(id, 15n * ADA)]);
	t.like(await run('funder', showCardanoChannel, [id]), {
		paid: 15n * ADA,
		lovelace: 35n * ADA,
		closing: false,
	});
	await t.throwsAsync(run('payee', settleCardanoChannel, [voucher(id, 15n * ADA)]), {code: 'VOUCHER_STALE'});
	await t.throwsAsync(run('payee', settleCardanoChannel, [voucher(id, 51n * ADA)]), {
		code: 'VOUCHER_OVER_DEPOSIT',
	});
	await run('funder', closeCardanoChannel, [id]);
	t.like(await run('funder', showCardanoChannel, [id]), {closing: true});
	await t.throwsAsync(run('funder', closeCardanoChannel, [id]), {code: 'CHANNEL_CLOSING'});
	await run('payee', closeCardanoChannel, [id], {voucher: voucher(id, 30n * ADA)});
	await t.throwsAsync(run('funder', showCardanoChannel, [id]), {code: 'CHANNEL_UNKNOWN'});
});
