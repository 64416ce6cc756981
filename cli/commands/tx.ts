import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {AccountId, GenesisHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {feeOfBody} from '#ledger/tx/fee';
import {signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readTextEnvelope} from '#node/adapters/text-envelope';
import {parseAction} from '../action-json.ts';
import {type Answer, answers, type Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {
	actionText,
	readTransactionFile,
	signingSeeds,
	TRANSACTION_ENVELOPE,
	writeTransactionFile,
} from '../transaction-file.ts';
import {
	draftTransaction,
	networkOf,
	parseAmount,
	parseId,
	submitWire,
	waitForTransaction,
	witnessOf,
} from '../wallet.ts';

/** Offline when --sequence and --genesis-hash are given; else the node is asked for both. */
const build = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const crypto = await createNativeCrypto();
	const action = parseAction(await actionText(options));
	const sender = parseId<AccountId>(textOption(options, 'sender'), 28, 'An account id');
	const witnesses = countOption(options, 'witnesses') ?? 1;
	const out = textOption(options, 'out');
	const sequence = countOption(options, 'sequence');
	if (sequence === undefined) {
		const node = await openNode(options);
		const unsigned = await draftTransaction(node, await networkOf(crypto, node), {sender, action, witnesses});
		await writeTransactionFile(out, {...unsigned, witnesses: [], proof: null});
		return {
			data: {txId: unsigned.id, file: out},
			text: `transaction ${toHex(unsigned.id)} in ${out}, to be signed`,
		};
	}
	const genesisHash = parseId<GenesisHash>(textOption(options, 'genesisHash'), 32, 'A genesis hash');
	const validUntil = countOption(options, 'validUntil');
	const rest = {
		sender,
		sequence,
		validFrom: null,
		validUntil: validUntil === undefined ? null : Slot(validUntil),
		action,
	};
	const given = options['fee'];
	const fee =
		typeof given === 'string'
			? parseAmount(given)
			: feeOfBody(genesisProfiles.public.parameters, rest, witnesses);
	const unsigned = unsignedTransaction({crypto, genesisHash}, {...rest, fee: Lovelace(fee)});
	await writeTransactionFile(out, {...unsigned, witnesses: [], proof: null});
	return {
		data: {txId: unsigned.id, file: out},
		text: `transaction ${toHex(unsigned.id)} in ${out}, to be signed`,
	};
};

const sign = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const file = textOption(options, 'tx');
	const genesisHash = parseId<GenesisHash>(textOption(options, 'genesisHash'), 32, 'A genesis hash');
	const transaction = await readTransactionFile(file, genesisHash);
	const seeds = await signingSeeds(options);
	const added = await Promise.all(seeds.map(seed => witnessOf(transaction.id, seed)));
	const all = new Map(
		[...transaction.witnesses, ...added].map(witness => [toHex(witness.verificationKey), witness]),
	);
	const signed = signedTransaction(transaction, [...all.values()], transaction.proof);
	const out = typeof options['out'] === 'string' ? options['out'] : file;
	await writeTransactionFile(out, signed);
	return {
		data: {txId: signed.id, file: out, witnesses: signed.witnesses.length},
		text: `transaction ${toHex(signed.id)} in ${out} has ${signed.witnesses.length} witnesses`,
	};
};

const submit = async (_words: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> => {
	const node = await openNode(options);
	const {cbor} = await readTextEnvelope(textOption(options, 'tx'), TRANSACTION_ENVELOPE);
	const txId = await submitWire(node, cbor);
	if (options['wait'] === false) return {data: {txId}, text: `the node has transaction ${txId}`};
	const block = await waitForTransaction(node, txId, {signal});
	return {
		data: {txId, ...block},
		text: `transaction ${txId} is in block ${block.blockNo} (slot ${block.slot})`,
	};
};

export const register = (noun: Command): void => {
	answers(
		withNode(noun.command('build').description('a transaction to sign elsewhere'))
			.requiredOption('--sender <account>', 'id of the account that pays')
			.requiredOption(
				'--action <json>',
				'what it does, as JSON or a file with it: {"kind":"transfer","to":"…","amount":"…"}',
			)
			.requiredOption('--out <file>', 'where it goes')
			.option('--witnesses <n>', 'how many keys will sign', '1')
			.option('--sequence <n>', "the sender's next sequence number: then no node is asked")
			.option('--genesis-hash <hash>', 'names the network (without a node)')
			.option('--valid-until <slot>', 'first slot in which it is no longer valid (without a node)')
			.option('--fee <amount>', 'instead of the least fee (without a node)'),
		build,
	);
	answers(
		noun
			.command('sign')
			.description('add witnesses, without a network')
			.requiredOption('--tx <file>', 'the transaction')
			.requiredOption('--key <file...>', 'signing keys')
			.requiredOption('--genesis-hash <hash>', 'names the network: every signature covers it')
			.option('--out <file>', 'default: the same file'),
		sign,
	);
	answers(
		withNode(noun.command('submit').description('hand a signed transaction to a node'))
			.requiredOption('--tx <file>', 'the transaction')
			.option('--no-wait', 'return when the node has it'),
		submit,
	);
};
