/** Keys that wallets on Cardano derive: from their words, and as cardano-cli keeps them. */
import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {CML} from '@lucid-evolution/lucid';
import test, {type ExecutionContext} from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {keyOfExtended, signDerived} from '#node/adapters/lucid/derived-key';
import {findDerivedKey, readKnownKey, readPaymentKey} from '#node/adapters/payment-key';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {cardanoKey, type ExtendedKey} from '#onchain/cardano/key-address';
import {crypto} from '../../support/crypto.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const WORDS_15 =
	'art forum devote street sure rather head chuckle guard poverty release quote oak craft enemy';

/** Base addresses of the first key, of Emurgo/cardano-serialization-lib's tests (`rust/src/tests/address.rs`, MIT). */
const ADDRESSES = [
	{
		words: 'test walk nut penalty hip pave soap entry language right filter choice',
		testnet:
			'addr_test1qz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3jcu5d8ps7zex2k2xt3uqxgjqnnj83ws8lhrn648jjxtwq2ytjqp',
		mainnet:
			'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3jcu5d8ps7zex2k2xt3uqxgjqnnj83ws8lhrn648jjxtwqfjkjv7',
	},
	{
		words: WORDS_15,
		testnet:
			'addr_test1qpu5vlrf4xkxv2qpwngf6cjhtw542ayty80v8dyr49rf5ewvxwdrt70qlcpeeagscasafhffqsxy36t90ldv06wqrk2qum8x5w',
		mainnet:
			'addr1q9u5vlrf4xkxv2qpwngf6cjhtw542ayty80v8dyr49rf5ewvxwdrt70qlcpeeagscasafhffqsxy36t90ldv06wqrk2qld6xc3',
	},
	{
		words:
			'excess behave track soul table wear ocean cash stay nature item turtle palm soccer lunch horror start stumble month panic right must lock dress',
		testnet:
			'addr_test1qqy6nhfyks7wdu3dudslys37v252w2nwhv0fw2nfawemmn8k8ttq8f3gag0h89aepvx3xf69g0l9pf80tqv7cve0l33sw96paj',
		mainnet:
			'addr1qyy6nhfyks7wdu3dudslys37v252w2nwhv0fw2nfawemmn8k8ttq8f3gag0h89aepvx3xf69g0l9pf80tqv7cve0l33sdn8p3d',
	},
];

/** The first vector of CIP-3 (`CIP-0003/Icarus.md`): without a passphrase. */
const ICARUS = {
	words: 'eight country switch draw meat scout mystery blade tip drift useless good keep usage title',
	masterKey:
		'c065afd2832cd8b087c4d9ab7011f481ee1e0721e78ea5dd609f3ab3f156d245d176bd8fd4ec60b4731c3918a2a72a0226c0cd119ec35b47e4d55884667f552a23f7fdcd4a10c6cd2c7393ac61d877873e248f417634aa3d812af327ffe9d620',
};

/** Of Python-Cardano/pycardano's tests (`test/pycardano/test_key.py`, MIT), as are the files of the key. */
const EXTENDED = {
	keyHash: 'c15a362df1b521e2f664cc66db77aad41311dc5ba0998c29862c2a93',
	message: '1bf8beed1677524b44903f09a7bb596ffb9d48e368b19293ca834df19ddbb566',
	signature:
		'f09d56ad9163f42bd4b37b1eeb4d2325e8b6c7e85919ff0e2770ba0e438fc065d057a3bc929fb474d1d056345bec39392973e0d4446d7b8e197aae5bd6e3400a',
};

const wordsFile = async (t: ExecutionContext, words: string, mode = 0o600): Promise<string> => {
	const file = path.join(await temporaryFolder(t), 'words.txt');
	await writeFile(file, words, {mode});
	return file;
};

const vectorFile = async (t: ExecutionContext, name: string): Promise<string> => {
	const file = path.join(await temporaryFolder(t), name);
	await copyFile(path.resolve('test/vectors/cardano-cli', name), file);
	await chmod(file, 0o600);
	return file;
};

const derived = async (t: ExecutionContext, file: string, account?: number): Promise<ExtendedKey> => {
	const key = await findDerivedKey(file, {account});
	if (key === undefined) return t.fail('no wallet has derived the key');
	return key;
};

test("the words of a wallet give its first address, as other wallets' vectors have it", async t => {
	for (const {words, testnet, mainnet} of ADDRESSES) {
		const key = await readPaymentKey(await wordsFile(t, `  ${words.toUpperCase()}\n`));
		t.is(cardanoKey(crypto, 'testnet', key).address, testnet);
		t.is(cardanoKey(crypto, 'mainnet', key).address, mainnet);
	}
});

test('the keys of an account come from the master key that CIP-3 gives for the words', async t => {
	const root = CML.Bip32PrivateKey.from_raw_bytes(fromHex(ICARUS.masterKey));
	const file = await wordsFile(t, ICARUS.words);
	const seen = new Set<string>();
	for (const account of [0, 1, 2 ** 31 - 1]) {
		const parent = [1852, 1815, account].reduce((key, index) => key.derive(0x8000_0000 + index), root);
		const {verificationKey, stakeKeyHash} = await derived(t, file, account);
		const payment = parent.derive(0).derive(0).to_public().to_raw_key();
		t.deepEqual(verificationKey, payment.to_raw_bytes());
		t.is(
			toHex(stakeKeyHash ?? new Uint8Array(0)),
			parent.derive(2).derive(0).to_public().to_raw_key().hash().to_hex(),
		);
		seen.add(toHex(verificationKey));
	}
	t.is(seen.size, 3);
});

test("cardano-cli's extended key has the known hash and signs as others do", async t => {
	const key = await derived(t, await vectorFile(t, 'extended-payment.skey'));
	const {keyHash, address} = cardanoKey(crypto, 'testnet', key);
	t.is(toHex(keyHash), EXTENDED.keyHash);
	t.true(address.startsWith('addr_test1v'), 'no stake key is known of it');
	const {signature, verificationKey} = signDerived(key, fromHex(EXTENDED.message));
	t.is(toHex(signature), EXTENDED.signature);
	t.true(crypto.verifyEd25519(signature, fromHex(EXTENDED.message), verificationKey));
	const known = await readKnownKey(crypto, await vectorFile(t, 'extended-payment.vkey'));
	t.deepEqual(known, {verificationKey});
});

test('what a wallet derives signs what verifies', async t => {
	const key = await derived(t, await wordsFile(t, WORDS_15));
	const message = crypto.blake2b256(Uint8Array.of(1));
	const {signature, verificationKey} = signDerived(key, message);
	t.true(crypto.verifyEd25519(signature, message, verificationKey));
	t.false(crypto.verifyEd25519(signature, crypto.blake2b256(message), verificationKey));
});

test('an extended key whose public key is that of another is refused', async t => {
	const {cborHex} = JSON.parse(
		await readFile(path.resolve('test/vectors/cardano-cli/extended-payment.skey'), 'utf8'),
	) as {readonly cborHex: string};
	// After the two bytes that CBOR has for 128 bytes.
	const good = fromHex(cborHex).slice(2);
	t.notThrows(() => keyOfExtended(good, 'key'));
	for (const place of [0, 31, 40, 70]) {
		const wrong = good.slice();
		wrong[place] = (wrong[place] ?? 0) ^ 0xff;
		// The nonce key (32 to 63) is nobody else's business.
		if (place === 40) t.notThrows(() => keyOfExtended(wrong, 'key'));
		else t.throws(() => keyOfExtended(wrong, 'key'), {code: 'KEY_FILE_BAD'});
	}
});

test('words that are wrong, and files that others may read, are refused with what to do', async t => {
	const words = WORDS_15.split(' ');
	const wrong = [
		[words.slice(1).join(' '), {code: 'PHRASE_LENGTH_WRONG', message: /these are 14/}],
		[['arto', ...words.slice(1)].join(' '), {code: 'PHRASE_WORD_UNKNOWN', message: /Word 1 /}],
		[[...words.slice(1), 'art'].join(' '), {code: 'PHRASE_CHECKSUM_WRONG', message: /compare/}],
		['{"type": "sig"}', {code: 'KEY_FILE_BAD'}],
		['', {code: 'KEY_FILE_BAD'}],
		['word', {code: 'KEY_FILE_BAD'}],
	] as const;
	for (const [text, expected] of wrong) {
		const error = await t.throwsAsync(
			wordsFile(t, text).then(file => readPaymentKey(file)),
			expected,
		);
		t.false(error?.message.includes('arto'), 'words are secret');
	}
	await t.throwsAsync(
		wordsFile(t, WORDS_15, 0o644).then(file => readPaymentKey(file)),
		{
			code: 'KEY_FILE_OPEN',
		},
	);
	await t.throwsAsync(readPaymentKey(path.join(await temporaryFolder(t), 'none')), {code: 'FILE_NOT_FOUND'});
});

test('a plain key is what it was', async t => {
	const file = path.join(await temporaryFolder(t), 'payment.skey');
	const seed = new Uint8Array(32).fill(9);
	await writeKeyFile(file, 'PaymentSigningKeyShelley_ed25519', seed);
	t.deepEqual(await readPaymentKey(file, {account: 3}), seed);
	t.is(await findDerivedKey(file), undefined);
});
