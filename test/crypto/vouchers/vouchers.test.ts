import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {type ChannelDomain, type ChannelTerms, channelIdOf} from '#crypto/vouchers/channel-id';
import {
	decodeVoucher,
	encodeVoucher,
	signVoucher,
	verifyVoucher,
	voucherMessage,
} from '#crypto/vouchers/voucher';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {ok} from '#kernel/result';
import {crypto} from '../../support/crypto.ts';

type GoldenChannel = {
	readonly name: string;
	readonly domain:
		| {readonly kind: 'side-chain'; readonly genesisHash: string; readonly sequence: number}
		| {
				readonly kind: 'cardano';
				readonly networkId: number;
				readonly scriptHash: string;
				readonly seed: {readonly txId: string; readonly index: number};
		  };
	readonly payerSeed: string;
	readonly payerVk: string;
	readonly payee: string;
	readonly lane: number;
	readonly expiry: number;
	readonly channelId: string;
	readonly cumulative: string;
	readonly message: string;
	readonly voucher: string;
};

const golden = JSON.parse(
	readFileSync('test/vectors/vouchers/channels.json', 'utf8'),
) as readonly GoldenChannel[];

const domainOf = ({domain}: GoldenChannel): ChannelDomain =>
	domain.kind === 'side-chain'
		? {...domain, genesisHash: Hash32(fromHex(domain.genesisHash))}
		: {
				...domain,
				scriptHash: Hash28(fromHex(domain.scriptHash)),
				seed: {txId: Hash32(fromHex(domain.seed.txId)), index: domain.seed.index},
			};

const termsOf = ({payerVk, payee, lane, expiry}: GoldenChannel): ChannelTerms => ({
	payerVk: fromHex(payerVk),
	payee: Hash28(fromHex(payee)),
	lane,
	expiry,
});

for (const vector of golden)
	test(`names the channel and signs the voucher of the pinned vector: ${vector.name}`, t => {
		t.is(toHex(crypto.ed25519VerificationKey(fromHex(vector.payerSeed))), vector.payerVk);
		const channelId = channelIdOf(crypto, domainOf(vector), termsOf(vector));
		t.is(toHex(channelId), vector.channelId);
		const payment = {channelId, cumulative: BigInt(vector.cumulative)};
		t.is(toHex(voucherMessage(payment)), vector.message);
		t.is(voucherMessage(payment).length, 44);
		const voucher = signVoucher(crypto, fromHex(vector.payerSeed), payment);
		t.is(toHex(encodeVoucher(voucher)), vector.voucher);
		t.true(verifyVoucher(crypto, fromHex(vector.payerVk), voucher));
	});

const first = golden[0] as GoldenChannel;

test('whatever a channel id covers changes it', t => {
	const domain = domainOf(first) as Extract<ChannelDomain, {kind: 'side-chain'}>;
	const terms = termsOf(first);
	const {payerVk, payee, lane, expiry} = terms;
	const other = (bytes: Uint8Array): Uint8Array => bytes.map(byte => byte ^ 1);
	const ids = [
		channelIdOf(crypto, domain, terms),
		channelIdOf(crypto, {...domain, genesisHash: Hash32(other(domain.genesisHash))}, terms),
		channelIdOf(crypto, {...domain, sequence: domain.sequence + 1}, terms),
		channelIdOf(crypto, domain, {...terms, payerVk: other(payerVk)}),
		channelIdOf(crypto, domain, {...terms, payee: Hash28(other(payee))}),
		channelIdOf(crypto, domain, {...terms, lane: lane + 1}),
		channelIdOf(crypto, domain, {...terms, expiry: expiry + 1}),
	];
	t.is(new Set(ids.map(toHex)).size, ids.length);
});

test('a voucher says nothing about another channel, another sum or for another key', t => {
	const voucher = signVoucher(crypto, fromHex(first.payerSeed), {
		channelId: Hash32(fromHex(first.channelId)),
		cumulative: 5n,
	});
	const payerVk = fromHex(first.payerVk);
	t.true(verifyVoucher(crypto, payerVk, voucher));
	t.false(verifyVoucher(crypto, payerVk, {...voucher, cumulative: 6n}));
	t.false(
		verifyVoucher(crypto, payerVk, {...voucher, channelId: Hash32(voucher.channelId.map(byte => ~byte))}),
	);
	t.false(
		verifyVoucher(
			crypto,
			fromHex(first.payerVk).map(byte => byte ^ 1),
			voucher,
		),
	);
});

test('vouchers travel as 108 bytes, and nothing else is taken for one', t => {
	const bytes = fromHex(first.voucher);
	const decoded = decodeVoucher(bytes);
	t.deepEqual(decoded.ok && encodeVoucher(decoded.value), bytes);
	for (const wrong of [bytes.subarray(1), new Uint8Array(109), bytes.with(3, 0x32), new Uint8Array(0)])
		t.deepEqual(decodeVoucher(wrong), {
			ok: false,
			error: {code: 'VOUCHER_MALFORMED', length: wrong.length},
		});
	fc.assert(
		fc.property(fc.uint8Array({minLength: 104, maxLength: 104}), rest => {
			const made = Uint8Array.of(...bytes.subarray(0, 4), ...rest);
			const read = decodeVoucher(made);
			return read.ok && toHex(encodeVoucher(read.value)) === toHex(made);
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), random => {
			const read = decodeVoucher(random);
			return read.ok ? read.value.signature.length === 64 : read.error.code === 'VOUCHER_MALFORMED';
		}),
	);
	t.deepEqual(decodeVoucher(bytes), ok(decoded.ok ? decoded.value : undefined));
});
