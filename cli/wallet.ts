/** Building, signing and submitting side-chain transactions for whoever holds the keys. */
import {setTimeout as delay} from 'node:timers/promises';
import {getPublicKeyAsync, signAsync} from '@noble/ed25519';
import type {Crypto} from '#crypto/crypto';
import {fromHex, toHex} from '#kernel/bytes';
import type {AccountId, GenesisHash, TxId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {Genesis} from '#ledger/genesis/genesis';
import {genesisHashOf, parseGenesisJson} from '#ledger/genesis/genesis';
import {CREDITS_MAX} from '#ledger/limits';
import type {Action} from '#ledger/tx/action';
import {isFeeFree} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {
	encodeTransaction,
	signedTransaction,
	type TransactionBody,
	type UnsignedTransaction,
	unsignedTransaction,
	type Witness,
} from '#ledger/tx/transaction';
import type {ControlClient, TransactionStatus} from '#node/ports/control-api';
import {readParameters} from '#node/services/control/read-parameters';

/** A network as its genesis says, with the primitives to sign for it. */
export type Network = {
	readonly crypto: Crypto;
	readonly genesis: Genesis;
	readonly genesisHash: GenesisHash;
};

/** How long a transaction of the CLI stays valid, in slots of the chain. */
const VALID_SLOTS = 600;
const POLL_MS = 100;

/** The network that `node` follows. */
export const networkOf = async (crypto: Crypto, node: ControlClient): Promise<Network> => {
	const parsed = parseGenesisJson(await node.genesis());
	if (!parsed.ok)
		throw new NodeError({
			code: 'CONTROL_BAD_ANSWER',
			message: 'The node answered with a genesis that is none.',
			failure: parsed.error,
		});
	return {crypto, genesis: parsed.value, genesisHash: genesisHashOf(crypto, parsed.value)};
};

/** The Ed25519 witness of the key of `seed` (32 bytes) for a transaction. */
export const witnessOf = async (txId: TxId, seed: Uint8Array): Promise<Witness> => ({
	verificationKey: await getPublicKeyAsync(seed),
	signature: await signAsync(txId, seed),
});

export const accountIdOf = async (crypto: Crypto, seed: Uint8Array): Promise<AccountId> =>
	crypto.blake2b224(await getPublicKeyAsync(seed));

export type Draft = {
	/** null for actions that are free of charge. */
	readonly sender: AccountId | null;
	readonly action: Action;
	/** How many keys will sign: the fee covers their witnesses. */
	readonly witnesses: number;
	/** How long it can be in a block, from now; minutes if absent. */
	readonly validSlots?: number;
};

/** A body with the sender's next sequence number and the least fee, valid from now for a while. */
export const draftTransaction = async (
	node: ControlClient,
	network: Network,
	{sender, action, witnesses, validSlots = VALID_SLOTS}: Draft,
): Promise<UnsignedTransaction> => {
	const [account, status, parameters] = await Promise.all([
		sender === null ? undefined : node.account(toHex(sender)),
		node.status(),
		readParameters(node),
	]);
	const free = isFeeFree(action.kind);
	const body: TransactionBody = {
		sender,
		sequence: Number(account?.nextSequence ?? 0),
		fee: Lovelace(0n),
		validFrom: null,
		validUntil: free ? null : Slot(status.currentSlot + validSlots),
		action,
	};
	const fee = feeOfBody(parameters, body, witnesses);
	return unsignedTransaction(network, {...body, fee});
};

/** Hands a transaction in. Throws what the node refuses it with. */
export const submitWire = async (node: ControlClient, wire: Uint8Array): Promise<string> => {
	const submission = await node.submit(wire);
	if (!submission.ok)
		throw new NodeError({
			...submission.error,
			message: submission.error.message ?? `The node refused the transaction: ${submission.error.code}.`,
		});
	return submission.value.txId;
};

/** Signs with `sender`'s seed and all of `cosigners` (each key once) and submits. Returns the transaction's id. */
export const submitAction = async (
	node: ControlClient,
	network: Network,
	order: {
		readonly sender: Uint8Array;
		readonly action: Action;
		readonly cosigners?: readonly Uint8Array[];
	},
): Promise<string> => {
	const seeds = [order.sender, ...(order.cosigners ?? [])];
	const different = [...new Map(seeds.map(seed => [toHex(seed), seed])).values()];
	const sender = await accountIdOf(network.crypto, order.sender);
	const unsigned = await draftTransaction(node, network, {
		sender,
		action: order.action,
		witnesses: different.length,
	});
	const witnesses = await Promise.all(different.map(seed => witnessOf(unsigned.id, seed)));
	return submitWire(node, encodeTransaction(signedTransaction(unsigned, witnesses)));
};

export type InBlock = Extract<TransactionStatus, {status: 'block'}>;

/** Waits until a transaction is in a block with `depth` blocks above it. Throws TX_LOST when it vanished. */
export const waitForTransaction = async (
	node: ControlClient,
	txId: string,
	{depth = 0, signal}: {readonly depth?: number; readonly signal: AbortSignal},
): Promise<InBlock> => {
	for (let unseen = 0; ; ) {
		const status = await node.transaction(txId, {signal});
		if (status.status === 'block' && status.depth >= depth) return status;
		unseen = status.status === 'unknown' ? unseen + 1 : 0;
		if (unseen > 50)
			throw new NodeError({
				code: 'TX_LOST',
				message: `The node no longer knows the transaction ${txId}: it expired or was replaced. Send it again.`,
				txId,
			});
		await delay(POLL_MS, undefined, {signal});
	}
};

/** An id given in hexadecimal. Throws ID_MALFORMED. */
export const parseId = <T extends Uint8Array>(text: string, bytes: number, what: string): T => {
	if (!/^[0-9a-fA-F]*$/.test(text) || text.length !== 2 * bytes)
		throw new NodeError({
			code: 'ID_MALFORMED',
			message: `${what} is ${2 * bytes} hexadecimal digits; this is "${text}".`,
		});
	return fromHex(text) as T;
};

/** An amount: lovelace, or ADA with a decimal point or the word ADA (`12.5`, `3ADA`). Throws AMOUNT_MALFORMED. */
export const parseAmount = (text: string): Lovelace => {
	const match = /^(\d{1,14})(?:\.(\d{1,6}))?\s*(ada)?$/i.exec(text.trim());
	const [, whole, part, unit] = match ?? [];
	const inAda = part !== undefined || unit !== undefined;
	const amount =
		whole === undefined
			? undefined
			: inAda
				? BigInt(whole) * 1_000_000n + BigInt((part ?? '').padEnd(6, '0'))
				: BigInt(whole);
	if (amount !== undefined && amount <= CREDITS_MAX) return Lovelace(amount);
	throw new NodeError({
		code: 'AMOUNT_MALFORMED',
		message: `"${text}" is not an amount: write lovelace (2500000) or ADA (2.5 or 2ADA), no more than there is.`,
	});
};
