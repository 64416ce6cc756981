import {type Bech32Failure, decodeBech32, encodeBech32} from '#kernel/bech32';
import {concat} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';

/** CIP-19. Only Shelley addresses; pointers and Byron addresses are kept as bytes without parts. */
export type Credential = {readonly kind: 'key' | 'script'; readonly hash: Hash28};

export type NetworkId = 'mainnet' | 'testnet';

export type AddressFailure =
	| Bech32Failure
	| {readonly code: 'CARDANO_ADDRESS_WRONG_PREFIX'; readonly prefix: string}
	| {readonly code: 'CARDANO_ADDRESS_WRONG_LENGTH'; readonly length: number};

const networkNibble = (network: NetworkId): number => (network === 'mainnet' ? 1 : 0);
const suffix = (network: NetworkId): string => (network === 'mainnet' ? '' : '_test');

/** An enterprise address: a payment part and no stake part. 29 bytes. */
export const enterpriseAddress = (network: NetworkId, payment: Credential): Uint8Array =>
	concat(Uint8Array.of((payment.kind === 'script' ? 0x70 : 0x60) | networkNibble(network)), payment.hash);

/** A base address: a payment part and the key of a stake part. 57 bytes. */
export const baseAddress = (network: NetworkId, payment: Credential, stakeKeyHash: Hash28): Uint8Array =>
	concat(
		Uint8Array.of((payment.kind === 'script' ? 0x10 : 0x00) | networkNibble(network)),
		payment.hash,
		stakeKeyHash,
	);

/** A reward address. 29 bytes. */
export const rewardAddress = (network: NetworkId, stake: Credential): Uint8Array =>
	concat(Uint8Array.of((stake.kind === 'script' ? 0xf0 : 0xe0) | networkNibble(network)), stake.hash);

const isReward = (header: number): boolean => header >> 4 >= 14;

export const addressText = (address: Uint8Array): string => {
	const header = address[0] ?? 0;
	const network: NetworkId = (header & 15) === 1 ? 'mainnet' : 'testnet';
	return encodeBech32(`${isReward(header) ? 'stake' : 'addr'}${suffix(network)}`, address);
};

/** The bytes of a Shelley address or reward address in bech32. */
export const parseAddress = (text: string): Result<Uint8Array, AddressFailure> => {
	const decoded = decodeBech32(text);
	if (!decoded.ok) return decoded;
	const {prefix, bytes} = decoded.value;
	const header = bytes[0] ?? 0;
	const network: NetworkId = (header & 15) === 1 ? 'mainnet' : 'testnet';
	if (prefix !== `${isReward(header) ? 'stake' : 'addr'}${suffix(network)}`)
		return err({code: 'CARDANO_ADDRESS_WRONG_PREFIX', prefix});
	if (bytes.length < 29 || bytes.length > 65)
		return err({code: 'CARDANO_ADDRESS_WRONG_LENGTH', length: bytes.length});
	return ok(bytes);
};

const credential = (isScript: boolean, hash: Uint8Array): Credential => ({
	kind: isScript ? 'script' : 'key',
	hash: Hash28(hash.slice()),
});

/** Who may spend from the address; undefined for Byron and reward addresses. */
export const paymentCredential = (address: Uint8Array): Credential | undefined => {
	const header = address[0];
	if (header === undefined || header >> 4 > 7 || address.length < 29) return undefined;
	return credential((header & 0x10) !== 0, address.subarray(1, 29));
};

/** The same owner's address without a stake part, where contracts pay to who is known by a key alone. */
export const plainAddress = (address: Uint8Array): Uint8Array => {
	const payment = paymentCredential(address);
	if (payment === undefined) return address;
	return enterpriseAddress(((address[0] ?? 0) & 15) === 1 ? 'mainnet' : 'testnet', payment);
};

/** The stake part of a base address (57 bytes); undefined where there is none or only a pointer. */
export const stakeCredential = (address: Uint8Array): Credential | undefined => {
	const header = address[0];
	if (header === undefined || header >> 4 > 3 || address.length !== 57) return undefined;
	return credential((header & 0x20) !== 0, address.subarray(29, 57));
};
