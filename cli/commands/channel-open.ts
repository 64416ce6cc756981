import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {ledgerChannelId} from '#ledger/channels/channel';
import {LANE_MAX} from '#ledger/limits';
import {encodeTransaction, signedTransaction} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import {accountOf} from '../account-id.ts';
import type {Answer, Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {
	accountIdOf,
	draftTransaction,
	networkOf,
	parseAmount,
	submitWire,
	waitForTransaction,
	witnessOf,
} from '../wallet.ts';

const EPOCHS_MAX = 1_000_000;

/** The key that signs vouchers: the sender's, unless someone else is to spend from the channel. */
const payerKey = async (
	crypto: Awaited<ReturnType<typeof createNativeCrypto>>,
	options: Options,
	seed: Uint8Array,
): Promise<Uint8Array> => {
	const {payer} = options;
	return typeof payer === 'string'
		? readKeyFile(payer, 'PaymentVerificationKeyShelley_ed25519')
		: crypto.ed25519VerificationKey(seed);
};

/** Puts a deposit aside. The channel's id follows from the transaction's sequence number. */
export const openChannel: Verb = async (_words, options, signal): Promise<Answer> => {
	const [node, crypto, seed] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		readKeyFile(textOption(options, 'key'), 'PaymentSigningKeyShelley_ed25519'),
	]);
	const network = await networkOf(crypto, node);
	const {currentSlot} = await node.status({signal});
	const epochs = countOption(options, 'epochs', EPOCHS_MAX) ?? 0;
	const deposit = parseAmount(textOption(options, 'deposit'));
	const terms = {
		payerVk: await payerKey(crypto, options, seed),
		payee: Hash28(fromHex(await accountOf(textOption(options, 'payee')))),
		lane: countOption(options, 'lane', LANE_MAX) ?? 0,
		expiry: Slot(currentSlot + epochs * network.genesis.epochLength),
	};
	const unsigned = await draftTransaction(node, network, {
		sender: await accountIdOf(crypto, seed),
		action: {kind: 'channel-open', ...terms, deposit},
		witnesses: 1,
	});
	const channelId = toHex(ledgerChannelId(network, unsigned.body.sequence, terms));
	const signed = signedTransaction(unsigned, [await witnessOf(unsigned.id, seed)]);
	const txId = await submitWire(node, encodeTransaction(signed));
	const say = `channel ${channelId}: ${ada(deposit)} for ${toHex(terms.payee)} until slot ${terms.expiry}`;
	const data = {channelId, expirySlot: terms.expiry, txId};
	if (options['wait'] === false)
		return {data: {...data, status: 'mempool'}, text: `${say}\ntransaction ${txId} is on its way`};
	const block = await waitForTransaction(node, txId, {signal});
	return {
		data: {...data, ...block},
		text: `${say}\ntransaction ${txId} is in block ${block.blockNo} (slot ${block.slot})`,
	};
};
