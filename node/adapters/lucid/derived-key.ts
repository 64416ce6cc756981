/** Keys that wallets derive from their words (CIP-3 Icarus, CIP-1852): by the library under the SDK. */
import {CML} from '@lucid-evolution/lucid';
import type {RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {equalBytes} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ExtendedKey} from '#onchain/cardano/key-address';
import type {KeyWitness} from '#onchain/cardano/witnesses';

const HARDENED = 0x8000_0000;
const PURPOSE = 1852;
const COIN = 1815;
/** The roles below an account. */
const [PAYMENT, STAKE] = [0, 2];
/** What a master key takes besides the entropy, which wallets on Cardano leave empty. */
const NO_PASSPHRASE: Uint8Array = new Uint8Array(0);

/** The key of the wallet's first address, m/1852'/1815'/account'/0/0, with the stake key that all its addresses have. */
export const keyOfPhrase = ({entropy}: RecoveryPhrase, account: number): ExtendedKey => {
	const root = CML.Bip32PrivateKey.from_bip39_entropy(entropy, NO_PASSPHRASE);
	const parent = [PURPOSE, COIN, account].reduce((key, index) => key.derive(HARDENED + index), root);
	const payment = parent.derive(PAYMENT).derive(0).to_raw_key();
	return {
		scalars: payment.to_raw_bytes(),
		verificationKey: payment.to_public().to_raw_bytes(),
		stakeKeyHash: Hash28(parent.derive(STAKE).derive(0).to_public().to_raw_key().hash().to_raw_bytes()),
	};
};

/** Ed25519 scalars have their lowest three bits and the highest clear, and the second highest set. */
const isScalar = (bytes: Uint8Array): boolean =>
	((bytes[0] ?? 0) & 7) === 0 && ((bytes[31] ?? 0) & 0xc0) === 0x40;

/** Of cardano-cli's 128 bytes: both halves of the key, its public key and a chain code. Throws KEY_FILE_BAD. */
export const keyOfExtended = (bytes: Uint8Array, file: string): ExtendedKey => {
	const scalars = bytes.slice(0, 64);
	const verificationKey = bytes.slice(64, 96);
	const own = isScalar(scalars) && CML.PrivateKey.from_extended_bytes(scalars).to_public().to_raw_bytes();
	// A signature that names another key would tell the secret one.
	if (own !== false && equalBytes(own, verificationKey)) return {scalars, verificationKey};
	throw new NodeError({
		code: 'KEY_FILE_BAD',
		file,
		message: `${file} is not the key file that belongs here: its public key is that of another.`,
	});
};

/** A signature of what `message` is, as ledgers want it. */
export const signDerived = ({scalars, verificationKey}: ExtendedKey, message: Uint8Array): KeyWitness => ({
	verificationKey,
	signature: CML.PrivateKey.from_extended_bytes(scalars).sign(message).to_raw_bytes(),
});
