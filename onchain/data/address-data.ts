/** Addresses as scripts see them. */
import {concat} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {
	type Credential,
	enterpriseAddress,
	type NetworkId,
	paymentCredential,
	stakeCredential,
} from '../cardano/address.ts';
import {dataBytes, dataConstructor, type PlutusData} from '../cardano/plutus-data.ts';

const credentialData = ({kind, hash}: Credential): PlutusData =>
	dataConstructor(kind === 'key' ? 0 : 1, dataBytes(hash));

const credentialOf = (data: PlutusData | undefined): Credential | undefined => {
	if (data?.kind !== 'constructor' || data.tag > 1 || data.fields.length !== 1) return undefined;
	const [hash] = data.fields;
	if (hash?.kind !== 'bytes' || hash.bytes.length !== 28) return undefined;
	return {kind: data.tag === 0 ? 'key' : 'script', hash: Hash28(hash.bytes)};
};

/** undefined for Byron and reward addresses, and for those that point to a stake part. */
export const addressToData = (address: Uint8Array): PlutusData | undefined => {
	const payment = paymentCredential(address);
	if (payment === undefined || (address.length !== 29 && address.length !== 57)) return undefined;
	const stake = stakeCredential(address);
	if ((address.length === 57) !== (stake !== undefined)) return undefined;
	const inData =
		stake === undefined ? dataConstructor(1) : dataConstructor(0, dataConstructor(0, credentialData(stake)));
	return dataConstructor(0, credentialData(payment), inData);
};

/** The inverse; undefined for what is no such address. */
export const addressOfData = (network: NetworkId, data: PlutusData): Uint8Array | undefined => {
	if (data.kind !== 'constructor' || data.tag !== 0 || data.fields.length !== 2) return undefined;
	const [first, second] = data.fields;
	const payment = credentialOf(first);
	if (payment === undefined || second?.kind !== 'constructor') return undefined;
	const plain = enterpriseAddress(network, payment);
	if (second.tag === 1 && second.fields.length === 0) return plain;
	const [hash] = second.tag === 0 && second.fields.length === 1 ? second.fields : [];
	const stake = hash?.kind === 'constructor' && hash.tag === 0 ? credentialOf(hash.fields[0]) : undefined;
	if (stake === undefined) return undefined;
	const kinds = (payment.kind === 'script' ? 1 : 0) + (stake.kind === 'script' ? 2 : 0);
	return concat(Uint8Array.of((kinds << 4) | (network === 'mainnet' ? 1 : 0)), payment.hash, stake.hash);
};
