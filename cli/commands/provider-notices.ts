/** What the operator of a provider says on chain: that it leaves, pauses for maintenance, or has lost pieces. */

import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '#ledger/limits';
import {type Action, isFeeFree} from '#ledger/tx/action';
import {encodeTransaction, signedTransaction} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {Answer, Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {openNode} from '../node-client.ts';
import {send, textOption} from '../sending.ts';
import {draftTransaction, networkOf, parseId, submitWire, waitForTransaction, witnessOf} from '../wallet.ts';

export const operatorKeyOf = (options: Options): Promise<Uint8Array> =>
	readKeyFile(textOption(options, 'operatorKey'), 'DCloudOperatorSigningKey_ed25519');

const providerOption = (options: Options): Hash32 =>
	parseId<Hash32>(textOption(options, 'provider'), 32, 'A provider id');

export const exitProvider: Verb = (_words, options, signal) =>
	send(options, signal, async () => {
		const provider = providerOption(options);
		return {
			action: {kind: 'provider-exit', provider},
			cosigners: [await operatorKeyOf(options)],
			say: [
				`provider ${toHex(provider)} takes no agreements any more; those that run go on until they end:`,
				'keep its node running and prove them, as ever. What is free of its bond goes back to its payout',
				'account in equal parts, one each epoch; what agreements hold goes back as they end.',
			].join('\n'),
		};
	});

/** Sends what costs no fee, signed by the operator key alone, and waits for its block. */
const sendNotice = async (
	options: Options,
	signal: AbortSignal,
	make: (committing: number) => {
		readonly action: Action;
		readonly say: string;
	},
): Promise<Answer> => {
	const [node, crypto, operator] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		operatorKeyOf(options),
	]);
	const network = await networkOf(crypto, node);
	const {epoch, slotInEpoch, epochLength} = await node.status({signal});
	// A commit window lies around the beginning of its epoch.
	const committing = 2 * slotInEpoch > epochLength ? epoch + 1 : epoch;
	const {action, say} = make(committing);
	assert(isFeeFree(action.kind), 'a notice has no sender');
	const unsigned = await draftTransaction(node, network, {sender: null, action, witnesses: 1});
	const witness = await witnessOf(unsigned.id, operator);
	const txId = await submitWire(node, encodeTransaction(signedTransaction(unsigned, [witness])));
	if (options['wait'] === false)
		return {data: {txId, status: 'mempool'}, text: `${say}\ntransaction ${txId} is on its way`};
	const block = await waitForTransaction(node, txId, {signal});
	return {
		data: {txId, ...block},
		text: `${say}\ntransaction ${txId} is in block ${block.blockNo} (slot ${block.slot})`,
	};
};

export const announceMaintenance: Verb = (_words, options, signal) =>
	sendNotice(options, signal, committing => {
		const epoch = Epoch(countOption(options, 'epoch', EPOCH_MAX) ?? committing + 1);
		return {
			action: {
				kind: 'provider-notice',
				provider: providerOption(options),
				epoch,
				purpose: 'maintenance',
				agreements: [],
			},
			say: `epoch ${epoch} needs no proof and is not paid; two such epochs in thirty are free of penalty`,
		};
	});

export const reportLoss: Verb = (words, options, signal) => {
	if (words.length === 0)
		throw new NodeError({
			code: 'OPTION_MISSING',
			message: 'Name the agreements of which pieces are lost: "dcloud provider status" shows them.',
		});
	return sendNotice(options, signal, committing => {
		const epoch = Epoch(countOption(options, 'epoch', EPOCH_MAX) ?? committing);
		return {
			action: {
				kind: 'provider-notice',
				provider: providerOption(options),
				epoch,
				purpose: 'loss',
				agreements: words.map(id => parseId<Hash32>(id, 32, 'An agreement id')),
			},
			say: `${words.length} agreements are given up to be repaired by others, for a tenth of what being caught costs`,
		};
	});
};
