import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import type {Action} from '#ledger/tx/action';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {ControlClient} from '#node/ports/control-api';
import type {Answer, Options} from './answer.ts';
import {flagOf} from './count-option.ts';
import {openNode, withNode} from './node-client.ts';
import {type Network, networkOf, submitAction, waitForTransaction} from './wallet.ts';

/** Options of every command that sends a transaction. */
export const withSender = (command: Command): Command =>
	withNode(command)
		.requiredOption('--key <file>', "signing key of the account that pays (cardano-cli's payment.skey)")
		.option('--no-wait', 'return when the node has the transaction, not when it is in a block');

/** A text option that must be there. Throws OPTION_MISSING. */
export const textOption = (options: Options, name: string): string => {
	const value = options[name];
	if (typeof value === 'string' && value !== '') return value;
	throw new NodeError({
		code: 'OPTION_MISSING',
		message: `${flagOf(name)} is needed here (--help says what it is).`,
	});
};

export type Sending = {readonly node: ControlClient; readonly network: Network; readonly seed: Uint8Array};

/** Builds an action for the network, signs it with --key and `cosigners`, sends it, waits for its block. */
export const send = async (
	options: Options,
	signal: AbortSignal,
	make: (sending: Sending) => Promise<{action: Action; cosigners?: readonly Uint8Array[]; say: string}>,
): Promise<Answer> => {
	const [node, crypto, seed] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		readKeyFile(textOption(options, 'key'), 'PaymentSigningKeyShelley_ed25519'),
	]);
	const network = await networkOf(crypto, node);
	const {action, cosigners, say} = await make({node, network, seed});
	const txId = await submitAction(node, network, {sender: seed, action, ...(cosigners && {cosigners})});
	if (options['wait'] === false)
		return {data: {txId, status: 'mempool'}, text: `${say}\ntransaction ${txId} is on its way`};
	const block = await waitForTransaction(node, txId, {signal});
	return {
		data: {txId, ...block},
		text: `${say}\ntransaction ${txId} is in block ${block.blockNo} (slot ${block.slot})`,
	};
};
