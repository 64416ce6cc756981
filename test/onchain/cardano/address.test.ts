import test from 'ava';
import fc from 'fast-check';
import {decodeBech32, encodeBech32} from '#kernel/bech32';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {
	addressText,
	enterpriseAddress,
	parseAddress,
	paymentCredential,
	rewardAddress,
	stakeCredential,
} from '#onchain/cardano/address';

/** CIP-19, test vectors. */
const KEY = Hash28(fromHex('9493315cd92eb5d8c4304e67b7e16ae36d61d34502694657811a2c8e'));
const SCRIPT = Hash28(fromHex('c37b1b5dc0669f1d3c61a6fddb2e8fde96be87b881c60bce8e8d542f'));
const BASE =
	'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x';

test('addresses are written as CIP-19 says', t => {
	t.is(
		addressText(enterpriseAddress('mainnet', {kind: 'key', hash: KEY})),
		'addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8',
	);
	t.is(
		addressText(enterpriseAddress('testnet', {kind: 'script', hash: SCRIPT})),
		'addr_test1wrphkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcl6szpr',
	);
	t.is(
		addressText(rewardAddress('mainnet', {kind: 'script', hash: SCRIPT})),
		'stake178phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcccycj5',
	);
});

test('an address tells who may spend and who may delegate', t => {
	const base = parseAddress(BASE);
	if (!base.ok) return t.fail(base.error.code);
	t.deepEqual(paymentCredential(base.value), {kind: 'key', hash: KEY});
	t.is(stakeCredential(base.value)?.kind, 'key');
	const enterprise = enterpriseAddress('testnet', {kind: 'script', hash: SCRIPT});
	t.deepEqual(paymentCredential(enterprise), {kind: 'script', hash: SCRIPT});
	t.is(stakeCredential(enterprise), undefined);
	return t.is(paymentCredential(rewardAddress('testnet', {kind: 'key', hash: KEY})), undefined);
});

test('refuses addresses with a wrong character, checksum, case, prefix, length or padding', t => {
	const code = (text: string) => {
		const parsed = parseAddress(text);
		return parsed.ok ? 'accepted' : parsed.error.code;
	};
	t.is(code(BASE.replace('x2f', 'x2b')), 'BECH32_BAD_CHARACTER');
	t.is(code(`${BASE.slice(0, -1)}q`), 'BECH32_WRONG_CHECKSUM');
	t.is(code(`A${BASE.slice(1)}`), 'BECH32_MIXED_CASE');
	t.is(code('addr'), 'BECH32_NO_SEPARATOR');
	t.is(code('a'.repeat(1_001)), 'BECH32_TOO_LONG');
	t.is(
		code(encodeBech32('stake', enterpriseAddress('mainnet', {kind: 'key', hash: KEY}))),
		'CARDANO_ADDRESS_WRONG_PREFIX',
	);
	t.is(code(encodeBech32('addr', Uint8Array.of(0x61, 1, 2))), 'CARDANO_ADDRESS_WRONG_LENGTH');
});

test('bech32 comes back as it was written, and any text decodes or fails with a code', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 80}), bytes => {
			const decoded = decodeBech32(encodeBech32('dcloud', bytes));
			return decoded.ok && decoded.value.prefix === 'dcloud' && toHex(decoded.value.bytes) === toHex(bytes);
		}),
	);
	fc.assert(fc.property(fc.string({maxLength: 120}), text => typeof decodeBech32(text).ok === 'boolean'));
	t.pass();
});
