import {setTimeout as delay} from 'node:timers/promises';
import {fromHex, toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {accountOf} from '../account-id.ts';
import type {Verb} from '../answer.ts';
import {openContracts} from '../cardano-access.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

const POLL_MS = 500;

/** Locks ADA in the bridge and waits until the side-chain has it as credits. */
export const depositOnCardano: Verb = async (_words, options, signal) => {
	const amount = parseAmount(textOption(options, 'amount'));
	const to = options['to'];
	const account = await accountOf(typeof to === 'string' ? to : textOption(options, 'wallet'));
	const [contracts, node] = await Promise.all([openContracts(options), openNode(options)]);
	const balance = async (): Promise<bigint> => BigInt((await node.account(account, {signal})).balance);
	const before = await balance();
	const request = {account: fromHex(account) as AccountId, amount};
	const {txId, fee} = await contracts.depositToBridge(request, {signal});
	const said = `${ada(amount)} for ${account} are in the bridge: transaction ${toHex(txId)}, fee ${ada(fee)}`;
	if (options['wait'] === false)
		return {
			data: {account, amount, txId, fee},
			text: `${said}\nthey are credits once that is stable on Cardano`,
		};
	while ((await balance()) < before + amount) await delay(POLL_MS, undefined, {signal});
	return {
		data: {account, amount, txId, fee, balance: await balance()},
		text: `${said}\nthey are credits now`,
	};
};
