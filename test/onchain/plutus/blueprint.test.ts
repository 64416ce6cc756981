import {readFile} from 'node:fs/promises';
import test from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {BLUEPRINT_PARAMS, blueprintOf} from '#onchain/plutus/blueprint';
import {buildContracts} from '#onchain/plutus/build-contracts';
import {crypto} from '../../support/crypto.ts';

type Blueprint = {
	readonly validators: readonly {title: string; compiledCode: string; hash: string; redeemer: unknown}[];
	readonly definitions: Readonly<Record<string, unknown>>;
};

test('plutus.json is what the sources compile to; write it anew with scripts/write-blueprint.mjs', async t => {
	const published = JSON.parse(await readFile('onchain/plutus.json', 'utf8')) as Blueprint;
	t.deepEqual(published, JSON.parse(JSON.stringify(blueprintOf(crypto, BLUEPRINT_PARAMS))));
});

test('every hash in plutus.json is that of its code, and every reference leads somewhere', async t => {
	const text = await readFile('onchain/plutus.json', 'utf8');
	const {validators, definitions} = JSON.parse(text) as Blueprint;
	t.is(validators.length, 8);
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
		['registry', 'a644a646f4ceb2feba7c35e07dd89d6bbee851cc21f6518bbb6c59e1'],
		['treasury', 'dceb757c10e2ad0e938521defefbc763b1b722ee9854816acd8ee4fa'],
		['bridge', '17097d0c208ef91e65c951f262334d42556845f9f6de13146a18ffc6'],
	]);
});

test('every parameter of the checkpoint script is in its hash', t => {
	const hashOf = (change: Partial<typeof BLUEPRINT_PARAMS>) =>
		toHex(buildContracts(crypto, {...BLUEPRINT_PARAMS, ...change}).checkpoint.hash);
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
