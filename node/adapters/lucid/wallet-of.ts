import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {parseAddress, paymentCredential} from '#onchain/cardano/address';
import {type CardanoKey, cardanoKey} from '#onchain/cardano/key-address';
import {nativeScriptHash} from '#onchain/cardano/native-script';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import type {CardanoAccess, WatchedAccess} from './lucid-session.ts';

/** The key, or the script of several keys, and the address that transactions are paid from. Throws CARDANO_WALLET_ADDRESS_BAD. */
export const walletOf = (
	crypto: Crypto & SecretCrypto,
	access: CardanoAccess | WatchedAccess,
): CardanoKey => {
	const network = networkIdOf(access.network.magic);
	if ('walletKey' in access) return cardanoKey(crypto, network, access.walletKey);
	const {walletAddress: address} = access;
	const parsed = parseAddress(address);
	const credential = parsed.ok ? paymentCredential(parsed.value) : undefined;
	const isOfNetwork = parsed.ok && ((parsed.value[0] ?? 0) & 15) === (network === 'mainnet' ? 1 : 0);
	const {nativeScript} = access;
	const isOwn =
		nativeScript === undefined
			? credential?.kind === 'key'
			: credential?.kind === 'script' && equalBytes(credential.hash, nativeScriptHash(crypto, nativeScript));
	if (credential !== undefined && isOwn && isOfNetwork) return {keyHash: credential.hash, address};
	throw new NodeError({
		code: 'CARDANO_WALLET_ADDRESS_BAD',
		message: `"${address}" is no address of a key on this Cardano network (${network}).`,
		address,
	});
};
