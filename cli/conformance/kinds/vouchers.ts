/** `[{domain, payerVk, payee, lane, expiry, channelId, cumulative, message, voucher}]`: ids of payment channels, and vouchers. */
import {type ChannelDomain, channelIdOf} from '#crypto/vouchers/channel-id';
import {decodeVoucher, verifyVoucher, voucherMessage} from '#crypto/vouchers/voucher';
import {Hash28, Hash32} from '#kernel/hash';
import {difference, hexField, objectField, parsedField, textField, verdictOf} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import type {ConformanceKind} from '../kind.ts';
import {jsonCases} from './json-cases.ts';

const countOf = (object: JsonObject, name: string): number => Number(object[name]);

const domainOf = (entry: JsonObject): ChannelDomain => {
	const domain = objectField(entry, 'domain');
	if (textField(domain, 'kind') === 'side-chain') {
		const genesisHash = Hash32(hexField(domain, 'genesisHash', 32));
		return {kind: 'side-chain', genesisHash, sequence: countOf(domain, 'sequence')};
	}
	const seed = objectField(domain, 'seed');
	return {
		kind: 'cardano',
		networkId: countOf(domain, 'networkId') === 1 ? 1 : 0,
		scriptHash: Hash28(hexField(domain, 'scriptHash', 28)),
		seed: {txId: Hash32(hexField(seed, 'txId', 32)), index: countOf(seed, 'index')},
	};
};

const amountOf = (text: string): bigint | undefined => (/^\d{1,20}$/.test(text) ? BigInt(text) : undefined);

export const vouchers: ConformanceKind = jsonCases(
	'payment channels and vouchers',
	entry => ['domain', 'payerVk', 'payee', 'channelId', 'voucher'].every(field => field in entry),
	(crypto, entry) => {
		const payerVk = hexField(entry, 'payerVk', 32);
		const payee = Hash28(hexField(entry, 'payee', 28));
		const terms = {payerVk, payee, lane: countOf(entry, 'lane'), expiry: countOf(entry, 'expiry')};
		const channelId = channelIdOf(crypto, domainOf(entry), terms);
		const cumulative = parsedField(entry, 'cumulative', 'an amount', amountOf);
		const voucher = decodeVoucher(hexField(entry, 'voucher'));
		const isGood = voucher.ok && verifyVoucher(crypto, payerVk, voucher.value);
		return verdictOf([
			difference('the channel id', channelId, hexField(entry, 'channelId')),
			difference('the signed message', voucherMessage({channelId, cumulative}), hexField(entry, 'message')),
			isGood ? undefined : 'the voucher is not signed by its payer',
		]);
	},
);
