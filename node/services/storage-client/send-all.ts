import {Slot} from '#kernel/slot';
import type {Action} from '#ledger/tx/action';
import type {ChainClient} from './chain-client.ts';

type Call = {readonly signal?: AbortSignal};

/** So long may the transactions of one call take to come into blocks, in slots. */
const VALID_SLOTS = 120;
/** As many are on their way at once: a mempool and a block hold more. */
const AT_ONCE = 64;

const sendSome = async (chain: ChainClient, actions: readonly Action[], call: Call): Promise<void> => {
	const sequence = await chain.nextSequence(call);
	const validUntil = Slot((await chain.currentSlot(call)) + VALID_SLOTS);
	const prepared = actions.map((action, at) =>
		chain.prepare(action, {sequence: sequence + at, validUntil, witnesses: 1}),
	);
	for (const transaction of prepared) await chain.submit(transaction, [], call);
	await chain.included(prepared, call);
};

/** Sends actions one after the other without a wait for each, and waits for all of them. Throws TRANSACTION_REFUSED. */
export const sendAll = async (
	chain: ChainClient,
	actions: readonly Action[],
	call: Call = {},
): Promise<void> => {
	for (let from = 0; from < actions.length; from += AT_ONCE)
		await sendSome(chain, actions.slice(from, from + AT_ONCE), call);
};
