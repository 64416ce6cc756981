import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import type {AccountId, GenesisHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {feeOfBody} from '#ledger/tx/fee';
import {
	decodeTransaction,
	encodeTransaction,
	signedTransaction,
	type Transaction,
	unsignedTransaction,
} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile} from '#node/adapters/private-file';
import {readKeyFile, readTextEnvelope, writeTextEnvelope} from '#node/adapters/text-envelope';
import {parseAction} from '../action-json.ts';
import {type Answer, answers, type Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {
	draftTransaction,
	networkOf,
	parseAmount,
	parseId,
	submitWire,
	waitForTransaction,
	witnessOf,
} from '../wallet.ts';

/** One envelope for signed and unsigned: witnesses are added one after the other, on any machine. */
const ENVELOPE = 'DCloudTransaction';
/** The longest action in hexadecimal. */
const ACTION_BYTES_MAX = 65_536;

const write = async (
	file: string,
	transaction: Pick<Transaction, 'bodyBytes' | 'witnesses' | 'proof'>,
): Promise<void> =>
	writeTextEnvelope(
		file,
		{
			type: ENVELOPE,
			description: `${transaction.witnesses.length} witnesses`,
			cbor: encodeTransaction(transaction),
		},
		{replace: true},
	);

const actionText = async (options: Options): Promise<string> => {
	const given = textOption(options, 'action');
	return given.startsWith('{') ? given : readBoundedFile(given, {bytesMax: ACTION_BYTES_MAX});
};

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
		await write(out, {...unsigned, witnesses: [], proof: null});
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
	await write(out, {...unsigned, witnesses: [], proof: null});
	return {
		data: {txId: unsigned.id, file: out},
		text: `transaction ${toHex(unsigned.id)} in ${out}, to be signed`,
	};
};

const readTransaction = async (file: string, genesisHash: GenesisHash): Promise<Transaction> => {
	const crypto = await createNativeCrypto();
	const {cbor} = await readTextEnvelope(file, ENVELOPE);
	const decoded = decodeTransaction({crypto, genesisHash}, cbor);
	if (decoded.ok) return decoded.value;
	throw new NodeError({...decoded.error, message: `${file} does not hold a transaction.`, file});
};

const SIGNING_KEYS = [
	'PaymentSigningKeyShelley_ed25519',
	'StakePoolSigningKey_ed25519',
	'DCloudOperatorSigningKey_ed25519',
] as const;

const readSeed = async (file: string): Promise<Uint8Array> => {
	const {type} = await readTextEnvelope(file, ...SIGNING_KEYS);
	return readKeyFile(file, type as (typeof SIGNING_KEYS)[number]);
};

const sign = async (_words: readonly string[], options: Options): Promise<Answer> => {
	const file = textOption(options, 'tx');
	const genesisHash = parseId<GenesisHash>(textOption(options, 'genesisHash'), 32, 'A genesis hash');
	const transaction = await readTransaction(file, genesisHash);
	const keys = options['key'];
	const seeds = await Promise.all((Array.isArray(keys) ? keys : [textOption(options, 'key')]).map(readSeed));
	const added = await Promise.all(seeds.map(seed => witnessOf(transaction.id, seed)));
	const all = new Map(
		[...transaction.witnesses, ...added].map(witness => [toHex(witness.verificationKey), witness]),
	);
	const signed = signedTransaction(transaction, [...all.values()], transaction.proof);
	const out = typeof options['out'] === 'string' ? options['out'] : file;
	await write(out, signed);
	return {
		data: {txId: signed.id, file: out, witnesses: signed.witnesses.length},
		text: `transaction ${toHex(signed.id)} in ${out} has ${signed.witnesses.length} witnesses`,
	};
};

const submit = async (_words: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> => {
	const node = await openNode(options);
	const {cbor} = await readTextEnvelope(textOption(options, 'tx'), ENVELOPE);
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
