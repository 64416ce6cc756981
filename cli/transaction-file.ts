/** Transactions in files: one envelope for signed and unsigned, so that witnesses are added one after the other, on any machine. */
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeTransaction, encodeTransaction, type Transaction} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile} from '#node/adapters/private-file';
import {readKeyFile, readTextEnvelope, writeTextEnvelope} from '#node/adapters/text-envelope';
import type {Options} from './answer.ts';
import {textOption} from './sending.ts';

export const TRANSACTION_ENVELOPE = 'DCloudTransaction';
/** The longest action in hexadecimal. */
const ACTION_BYTES_MAX = 65_536;

export const writeTransactionFile = async (
	file: string,
	transaction: Pick<Transaction, 'bodyBytes' | 'witnesses' | 'proof'>,
): Promise<void> =>
	writeTextEnvelope(
		file,
		{
			type: TRANSACTION_ENVELOPE,
			description: `${transaction.witnesses.length} witnesses`,
			cbor: encodeTransaction(transaction),
		},
		{replace: true},
	);

/** Throws TX_MALFORMED, KEY_FILE_BAD and FILE_…. */
export const readTransactionFile = async (file: string, genesisHash: GenesisHash): Promise<Transaction> => {
	const crypto = await createNativeCrypto();
	const {cbor} = await readTextEnvelope(file, TRANSACTION_ENVELOPE);
	const decoded = decodeTransaction({crypto, genesisHash}, cbor);
	if (decoded.ok) return decoded.value;
	throw new NodeError({...decoded.error, message: `${file} does not hold a transaction.`, file});
};

/** The JSON that --action is, or that is in the file that it names. */
export const actionText = async (options: Options): Promise<string> => {
	const given = textOption(options, 'action');
	return given.startsWith('{') ? given : readBoundedFile(given, {bytesMax: ACTION_BYTES_MAX});
};

const SIGNING_KEYS = [
	'PaymentSigningKeyShelley_ed25519',
	'StakePoolSigningKey_ed25519',
	'DCloudOperatorSigningKey_ed25519',
] as const;

/** The Ed25519 seed of any kind of key that signs transactions. */
export const readSigningSeed = async (file: string): Promise<Uint8Array> => {
	const {type} = await readTextEnvelope(file, ...SIGNING_KEYS);
	return readKeyFile(file, type as (typeof SIGNING_KEYS)[number]);
};

export const keyFiles = (options: Options): readonly string[] => {
	const keys = options['key'];
	return Array.isArray(keys) ? keys : [textOption(options, 'key')];
};

/** The seeds of all files that --key names. */
export const signingSeeds = (options: Options): Promise<readonly Uint8Array[]> =>
	Promise.all(keyFiles(options).map(readSigningSeed));
