import {readFile} from 'node:fs/promises';
import test from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {BOND_TERMS, bondParamsOf} from '#onchain/bond-params';
import {
	BLUEPRINT_CHANNEL_PARAMS,
	BLUEPRINT_PARAMS,
	BLUEPRINT_TOKEN_PARAMS,
	blueprintOf,
} from '#onchain/plutus/blueprint';
import {buildBond} from '#onchain/plutus/build-bond';
import {buildChannel} from '#onchain/plutus/build-channel';
import {buildContracts} from '#onchain/plutus/build-contracts';
import {buildGovernance} from '#onchain/plutus/build-governance';
import {buildScript} from '#onchain/plutus/build-script';
import {silentCheck} from '#onchain/plutus/core';
import {checkpointScript} from '#onchain/validators/checkpoint';
import {tokenScript} from '#onchain/validators/token';
import {crypto} from '../../support/crypto.ts';

type Blueprint = {
	readonly validators: readonly {title: string; compiledCode: string; hash: string; redeemer: unknown}[];
	readonly definitions: Readonly<Record<string, unknown>>;
};

test('plutus.json is what the sources compile to; write it anew with scripts/write-blueprint.mjs', async t => {
	const published = JSON.parse(await readFile('onchain/plutus.json', 'utf8')) as Blueprint;
	t.deepEqual(
		published,
		JSON.parse(JSON.stringify(blueprintOf(crypto, BLUEPRINT_PARAMS, BLUEPRINT_TOKEN_PARAMS))),
	);
});

test('every hash in plutus.json is that of its code, and every reference leads somewhere', async t => {
	const text = await readFile('onchain/plutus.json', 'utf8');
	const {validators, definitions} = JSON.parse(text) as Blueprint;
	t.is(validators.length, 17);
	for (const {title, compiledCode, hash} of validators)
		t.is(toHex(crypto.blake2b224(Uint8Array.of(3), fromHex(compiledCode))), hash, title);
	for (const [, name] of text.matchAll(/#\/definitions\/(\w+)/g))
		t.true(name !== undefined && name in definitions);
});

test('the same sources and parameters always compile to the same scripts', t => {
	const hashes = Object.entries(buildContracts(crypto, BLUEPRINT_PARAMS)).map(([name, {hash}]) => [
		name,
		toHex(hash),
	]);
	// Pinned: a change here is another contract, with another address; say so in docs/ONCHAIN.md.
	t.deepEqual(hashes, [
		['checkpoint', '5465c129478ac6e7301a9cb82dc60aabb08204a42bb980cac995c2ed'],
		['registry', '090f9224660d2719132b44fca3c37107653853c10b3017b9027f2cea'],
		['treasury', 'b33064db9df54860f6cbbcc9bc85b058a3b49c0eb9f7e1cc6c4ec08a'],
		['bridge', 'e409389065e0858324542b71c95053d95c3cef14be5982c52245bbcc'],
	]);
});

test('every parameter of the checkpoint script is in its hash', t => {
	const hashOf = (change: Partial<typeof BLUEPRINT_PARAMS>) =>
		toHex(buildScript(crypto, checkpointScript({...BLUEPRINT_PARAMS, ...change}, silentCheck)).hash);
	const hashes = [
		hashOf({}),
		hashOf({seed: {...BLUEPRINT_PARAMS.seed, index: 1}}),
		hashOf({genesisCommitteeHash: crypto.blake2b256()}),
		hashOf({systemStartMs: 1}),
		hashOf({periodMs: 1}),
		hashOf({networkMagic: 1}),
	];
	t.is(new Set(hashes).size, hashes.length);
});

const TOKEN_PARAMS = {
	seed: BLUEPRINT_PARAMS.seed,
	allocationRoot: BLUEPRINT_PARAMS.genesisCommitteeHash,
	allocated: 0n,
	claimUntilMs: 0,
};

test('governance always compiles to the same scripts, and a treasury that it pays from to another than one without', t => {
	const {token, governance} = buildGovernance(crypto, TOKEN_PARAMS);
	const {treasury} = buildContracts(crypto, BLUEPRINT_PARAMS, {governance: governance.hash});
	// Pinned as above.
	t.deepEqual(
		[token, governance, treasury].map(({hash}) => toHex(hash)),
		[
			'2fc979681caa327652da88fcee171682825bc50c11f9aa991dc29137',
			'e6f79d70a32cc63fdba7e397b55e92dd208b351de65184ac59d4917f',
			'a7bc366d92c58b9613d34485a991a43aa8a73a5fed17fb84ab9e148a',
		],
	);
	t.true([token, governance, treasury].every(({bytes}) => bytes.length < 8_000));
});

test('every parameter of the token is in its hash', t => {
	const hashOf = (change: Partial<typeof TOKEN_PARAMS>) =>
		toHex(buildScript(crypto, tokenScript({...TOKEN_PARAMS, ...change}, silentCheck)).hash);
	const hashes = [
		hashOf({}),
		hashOf({seed: {...TOKEN_PARAMS.seed, index: 1}}),
		hashOf({allocationRoot: crypto.blake2b256()}),
		hashOf({allocated: 1n}),
		hashOf({claimUntilMs: 1}),
	];
	t.is(new Set(hashes).size, hashes.length);
});

const BOND_PARAMS = bondParamsOf(buildContracts(crypto, BLUEPRINT_PARAMS), BOND_TERMS);

test('bonds always compile to the same script', t => {
	const {bytes, hash} = buildBond(crypto, BOND_PARAMS);
	// Pinned as above.
	t.is(toHex(hash), 'be79a867e07caef1a56f2e35885d231821b37f12d0d221b89216e169');
	t.true(bytes.length < 5_000);
});

test('every parameter of the bonds is in their hash', t => {
	const other = crypto.blake2b224();
	const changes: readonly Partial<typeof BOND_PARAMS>[] = [
		{},
		{checkpoint: other},
		{registry: other},
		{treasury: other},
		{bond: Lovelace(1n)},
		{deposit: Lovelace(1n)},
		{reward: Lovelace(1n)},
		{answerMs: 1},
		{exitMs: 1},
	];
	const hashes = changes.map(change => toHex(buildBond(crypto, {...BOND_PARAMS, ...change}).hash));
	t.is(new Set(hashes).size, hashes.length);
});

test('channels always compile to the same script, which every parameter is in', t => {
	const {bytes, hash} = buildChannel(crypto, BLUEPRINT_CHANNEL_PARAMS);
	// Pinned as above.
	t.is(toHex(hash), 'c43dfcba6b21ddd1aec4408a8cb5261e44168c6c2b085df232cb57cb');
	t.true(bytes.length < 4_000);
	const others = [{networkId: 1}, {windowMs: 1}].map(change =>
		toHex(buildChannel(crypto, {...BLUEPRINT_CHANNEL_PARAMS, ...change}).hash),
	);
	t.is(new Set([toHex(hash), ...others]).size, 3);
});
