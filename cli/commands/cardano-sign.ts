import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {submitTo} from '#node/adapters/lucid/execute-plan';
import {submitPorts} from '#node/adapters/lucid/submit-ports';
import {saysInputSpent} from '#node/adapters/lucid/submit-surely';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {findDerivedKey, type WalletAccount} from '#node/adapters/payment-key';
import {addressText} from '#onchain/cardano/address';
import {decodeTransaction} from '#onchain/cardano/transaction';
import {
	addWitnesses,
	encodeWitnessed,
	type KeyWitness,
	mergeWitnessed,
	type WitnessedTransaction,
	witnessBySeed,
} from '#onchain/cardano/witnesses';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {walletAccount} from '../cardano-access.ts';
import {readCardanoFile, rewriteCardanoFile} from '../cardano-file.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {keyFiles, readSigningSeed} from '../transaction-file.ts';

/** Where the money goes, for who is to sign. */
const outputsText = async (transaction: WitnessedTransaction): Promise<string> => {
	const decoded = decodeTransaction(await createNativeCrypto(), encodeWitnessed(transaction));
	if (!decoded.ok) return 'its outputs cannot be read';
	return table(
		['pays to', '>amount', '>tokens', 'datum'],
		decoded.value.outputs.map(({address, value, datum}) => [
			addressText(address),
			ada(value.lovelace),
			String(value.assets.size),
			datum.kind,
		]),
	);
};

/** A wallet's own keys sign on Cardano only; all others are seeds. */
const witnessOf = async (
	transaction: WitnessedTransaction,
	file: string,
	account: WalletAccount,
): Promise<KeyWitness> => {
	const derived = await findDerivedKey(file, account);
	if (derived !== undefined) {
		const {signDerived} = await import('#node/adapters/lucid/derived-key');
		const witness = signDerived(derived, transaction.id);
		derived.scalars.fill(0);
		return witness;
	}
	const seed = await readSigningSeed(file);
	const witness = witnessBySeed(await createNativeCrypto(), transaction, seed);
	seed.fill(0);
	return witness;
};

const witnessesOf = (transaction: WitnessedTransaction, options: Options): Promise<readonly KeyWitness[]> => {
	const account = walletAccount(options);
	return Promise.all(keyFiles(options).map(file => witnessOf(transaction, file, account)));
};

/** Signs a file; needs no network. */
export const signOnCardano: Verb = async (_words, options) => {
	const file = textOption(options, 'tx');
	const [crypto, transaction] = await Promise.all([createNativeCrypto(), readCardanoFile(file)]);
	const signed = addWitnesses(transaction, await witnessesOf(transaction, options));
	const out = optionalText(options, 'out') ?? file;
	await rewriteCardanoFile(out, signed);
	const signers = signed.witnesses.map(({verificationKey}) => toHex(crypto.blake2b224(verificationKey)));
	return {
		data: {txId: signed.id, file: out, signers},
		text: `${await outputsText(signed)}\ntransaction ${toHex(signed.id)} in ${out} has ${signers.length} signatures`,
	};
};

/** What a file spends may be made by another file, or be spent. */
const inputsSaid = (error: unknown): never => {
	if (!(error instanceof NodeError) || !saysInputSpent(error)) throw error;
	throw new NodeError(
		{
			...error.detail,
			code: error.code,
			message:
				'Cardano refuses the transaction: something that it spends or reads is not there. If another of your files makes it, submit that one first; if it was spent meanwhile, write the transaction anew.',
		},
		{cause: error.cause},
	);
};

/** Puts copies of a transaction together, hands it in and waits until it is in a block. */
export const submitOnCardano: Verb = async (files, options, signal) => {
	const copies = await Promise.all(files.map(readCardanoFile));
	const merged = mergeWitnessed(copies as [WitnessedTransaction, ...WitnessedTransaction[]]);
	if (!merged.ok)
		throw new NodeError({
			...merged.error,
			message: 'The files hold different transactions: give copies of one that were signed apart.',
		});
	const kupoUrl = textOption(options, 'kupoUrl').replace(/\/$/, '');
	const ogmiosUrl = (optionalText(options, 'ogmiosUrl') ?? kupoUrl).replace(/\/$/, '');
	const {id: txId} = merged.value;
	const place = {kupoUrl, ogmiosUrl};
	// A list of files that was handed in up to the middle is handed in again from its beginning.
	if (!(await submitPorts(place).isInBlock(txId, signal)))
		await submitTo(place, {cbor: toHex(encodeWitnessed(merged.value)), txId}, signal).catch(inputsSaid);
	return {data: {txId}, text: `transaction ${toHex(txId)} is in a block`};
};
