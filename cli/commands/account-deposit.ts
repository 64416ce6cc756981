import {setTimeout as delay} from 'node:timers/promises';
import {fromHex, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {findDerivedKey} from '#node/adapters/payment-key';
import type {ControlClient} from '#node/ports/control-api';
import {OUTPUT_LOVELACE_MIN} from '#onchain/plans/transaction-plan';
import {accountOf} from '../account-id.ts';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {type DepositOutlook, depositOutlook} from '../bridge-outlook.ts';
import {openContracts, openKupo, orResumed} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {ada, utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

const POLL_MS = 500;

/** When a transaction that is in a Cardano block counts. */
const outlookOf = async (
	options: Options,
	node: ControlClient,
	txId: Hash32,
	signal: AbortSignal,
): Promise<DepositOutlook & {readonly stableDepth: number}> => {
	const {kupoUrl, deployment} = await openKupo(options);
	const kupo = openCardanoIndex(kupoUrl);
	const [tip, [output], {cardano}] = await Promise.all([
		kupo.checkpoint(undefined, signal),
		kupo.matches(`*@${toHex(txId)}`, '', signal),
		node.status({signal}),
	]);
	const {stableDepth} = cardano;
	const tipSlot = tip?.slot ?? 0;
	// A rollback may have taken it out of its block: then it comes into a later one.
	const slot = output?.createdAt.slot ?? tipSlot;
	return {...depositOutlook(deployment.network, {slot, tipSlot, stableDepth}), stableDepth};
};

/** Who gets the credits. A wallet's own key signs on Cardano only, so nobody could spend credits of it. */
const receiver = async (options: Options): Promise<string> => {
	const to = optionalText(options, 'to');
	if (to !== undefined) return accountOf(to);
	const wallet = textOption(options, 'wallet');
	if ((await findDerivedKey(wallet)) === undefined) return accountOf(wallet);
	throw new NodeError({
		code: 'ACCOUNT_NOT_NAMED',
		message:
			'A key that a wallet has derived from its words has no account on the side-chain: say with --to who gets the credits ("dcloud account create" makes an account).',
	});
};

/** Locks ADA in the bridge and waits until the side-chain has it as credits. */
export const depositOnCardano: Verb = async (_words, options, signal) => {
	const amount = parseAmount(textOption(options, 'amount'));
	if (amount < OUTPUT_LOVELACE_MIN)
		throw new NodeError({
			code: 'BRIDGE_DEPOSIT_TOO_SMALL',
			message: `A deposit is at least ${ada(OUTPUT_LOVELACE_MIN)}: Cardano keeps no smaller output of this kind.`,
		});
	const account = await receiver(options);
	const [contracts, node] = await Promise.all([openContracts(options), openNode(options)]);
	const balance = async (): Promise<bigint> => BigInt((await node.account(account, {signal})).balance);
	const before = await balance();
	const request = {account: fromHex(account) as AccountId, amount};
	const transaction = await contracts.depositToBridge(request, {signal});
	const draft = draftAnswer(options, transaction, `locks ${ada(amount)} in the bridge for ${account}`);
	if (draft !== undefined) return draft;
	const {txId, fee} = transaction;
	const said = `${ada(amount)} for ${account} are in the bridge: transaction ${toHex(txId)}, fee ${ada(fee)}`;
	// What an earlier run has paid may have arrived before this one looked.
	if (options['wait'] === false || transaction.isResumed === true) {
		const {depth, expectedMs, stableDepth} = await outlookOf(options, node, txId, signal);
		return orResumed(transaction, {
			data: {account, amount, txId, fee, depth, stableDepth, expectedMs},
			text: `${said}\nthey are credits once that is ${stableDepth} slots deep on Cardano (now ${depth}): about ${utc(expectedMs)}`,
		});
	}
	while ((await balance()) < before + amount) await delay(POLL_MS, undefined, {signal});
	return {
		data: {account, amount, txId, fee, balance: await balance()},
		text: `${said}\nthey are credits now`,
	};
};
