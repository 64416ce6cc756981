import {readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {decodeKesKey, generateKesKey} from '#crypto/kes/kes-key';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import {createCounterFile, issueCertificateFile} from '#node/adapters/certificate-files';
import {loadForgingKeys} from '#node/adapters/forging-key-files';
import {createKeyFiles, readKesSigningKey} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';
import type {ForgingKeys} from '#node/ports/forging-keys';
import {HotKey} from '#node/services/forge/hot-key';
import {crypto} from '../../../support/crypto.ts';
import {testPool, testSeed} from '../../../support/praos.ts';
import {
	codesOf,
	forgingKeysOf,
	kindsOf,
	type LogLine,
	memoryKes,
	openObserver,
	producerGenesis,
	recordingLog,
	startProducer,
} from '../../../support/producer.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const params = {slotsPerKesPeriod: 10, maxKesEvolutions: 62};
const pool = testPool(1);

const kesSeed = (): Uint8Array => testSeed('kes file', 1);

/** Keys in files, certified from `startPeriod` on. */
const keysInFiles = async (
	t: ExecutionContext,
	startPeriod = 0,
): Promise<{readonly keys: ForgingKeys; readonly kesFile: string; readonly folder: string}> => {
	const folder = await temporaryFolder(t);
	const ports = {crypto, entropy: createOsEntropy()};
	const pair = (name: string) => ({
		signingKeyFile: path.join(folder, `${name}.skey`),
		verificationKeyFile: path.join(folder, `${name}.vkey`),
	});
	const coldVk = await createKeyFiles(ports, 'cold', pair('cold'));
	await createKeyFiles(ports, 'vrf', pair('vrf'));
	await createKeyFiles(ports, 'kes', pair('kes'), kesSeed());
	const files = {
		kesVerificationKeyFile: pair('kes').verificationKeyFile,
		coldSigningKeyFile: pair('cold').signingKeyFile,
		counterFile: path.join(folder, 'cold.counter'),
		certificateFile: path.join(folder, 'node.cert'),
	};
	await createCounterFile(files.counterFile, coldVk);
	await issueCertificateFile(crypto, files, startPeriod);
	const kesFile = pair('kes').signingKeyFile;
	const keys = await loadForgingKeys(crypto, {
		vrfSigningKeyFile: pair('vrf').signingKeyFile,
		kesSigningKeyFile: kesFile,
		certificateFile: files.certificateFile,
	});
	return {keys, kesFile, folder};
};

const hotKeyOf = (
	keys: Pick<ForgingKeys, 'kes' | 'operationalCertificate'>,
	change: Partial<typeof params> = {},
): {readonly hotKey: HotKey; readonly logged: LogLine[]} => {
	const logged: LogLine[] = [];
	return {hotKey: new HotKey({keys, log: recordingLog(logged)}, {...params, ...change}), logged};
};

test('a new period erases the key of the one before, in memory and in its file', async t => {
	const {keys, kesFile} = await keysInFiles(t);
	// What signs in period 0: the leaf's seed, at the front of the raw key.
	const firstLeaf = toHex(generateKesKey(crypto, kesSeed()).bytes.subarray(0, 32));
	t.true((await readFile(kesFile, 'utf8')).includes(firstLeaf));
	const {hotKey} = hotKeyOf(keys);
	t.deepEqual(await hotKey.advanceTo(Slot(9)), {ok: true, value: undefined});
	t.is(keys.kes.evolution, 0);
	t.deepEqual(await hotKey.advanceTo(Slot(37)), {ok: true, value: undefined});
	t.is(keys.kes.evolution, 3);
	t.false((await readFile(kesFile, 'utf8')).includes(firstLeaf));
	const onDisk = decodeKesKey(crypto, await readKesSigningKey(kesFile));
	t.is(onDisk.ok && onDisk.value.period, 3);
	t.false(await keys.kes.evolveTo(2));
});

test('a file that could not be rewritten is rewritten in the next slot', async t => {
	const {keys, kesFile, folder} = await keysInFiles(t);
	const whole = await readFile(kesFile);
	const {hotKey} = hotKeyOf(keys);
	await rm(folder, {recursive: true});
	const error = await t.throwsAsync(hotKey.advanceTo(Slot(10)), {instanceOf: NodeError});
	t.is(error?.code, 'FILE_NOT_FOUND');
	const {mkdir, writeFile} = await import('node:fs/promises');
	await mkdir(folder);
	await writeFile(kesFile, whole, {mode: 0o600});
	t.true((await hotKey.advanceTo(Slot(11))).ok);
	const onDisk = decodeKesKey(crypto, await readKesSigningKey(kesFile));
	t.is(onDisk.ok && onDisk.value.period, 1);
});

test('the key evolves in slots that others lead, and blocks of every period are valid', async t => {
	const genesis = producerGenesis([pool], {slotsPerKesPeriod: 7});
	const keys = forgingKeysOf(pool);
	let isSynced = true;
	const producer = await startProducer({pool, genesis, keys, isSynced: () => isSynced});
	const observer = await openObserver(genesis, producer.clock);
	for (let slot = 0; slot < 30; slot++) {
		isSynced = slot < 10 || slot > 20;
		await producer.slot(slot);
		t.is(keys.kes.evolution, Math.floor(slot / 7));
		if (!isSynced) continue;
		const header = defined(producer.chain.tipHeader, 'a block was forged');
		const body = defined(producer.chain.find(header.hash)?.body, 'with a body');
		t.deepEqual(await observer.considerBlock(body.block.bytes), {ok: true, value: 'adopted'});
	}
	await producer.stop();
	t.like(producer.forge.view(), {kesPeriod: 4, kesPeriodsLeft: 58, forged: 19});
});

test('an expired certificate forges nothing, and the key moves out of its last period', async t => {
	const genesis = producerGenesis([pool], {slotsPerKesPeriod: 7, maxKesEvolutions: 2});
	const keys = forgingKeysOf(pool);
	const producer = await startProducer({pool, genesis, keys});
	t.deepEqual(kindsOf(await producer.until(13)).filter(kind => kind === 'adopted').length, 14);
	t.deepEqual(await producer.slot(14), [
		{kind: 'leader', slot: Slot(14)},
		{
			kind: 'could-not-forge',
			slot: Slot(14),
			failure: {code: 'OPCERT_EXPIRED', period: 2n, startPeriod: 0n},
			isLeader: true,
		},
	]);
	t.is(keys.kes.evolution, 2);
	t.like(producer.forge.view(), {enabled: false, kesPeriodsLeft: 0, missed: 1, lastReason: 'OPCERT_EXPIRED'});
	await producer.stop();
});

test('a certificate for later forges nothing and leaves the key alone', async t => {
	const later = testPool(1, {startPeriod: 2n});
	const genesis = producerGenesis([later], {slotsPerKesPeriod: 7});
	const keys = forgingKeysOf(later);
	const producer = await startProducer({pool: later, genesis, keys});
	t.deepEqual([...new Set(codesOf(await producer.until(13)))], ['OPCERT_NOT_YET_VALID']);
	t.is(keys.kes.evolution, 0);
	t.true(kindsOf(await producer.slot(14)).includes('adopted'));
	await producer.stop();
});

test('a key that a fast clock has moved on waits for its period', async t => {
	const keys = forgingKeysOf(pool, memoryKes(pool.kesSeed));
	await keys.kes.evolveTo(5);
	const {hotKey} = hotKeyOf(keys);
	t.deepEqual(await hotKey.advanceTo(Slot(40)), {
		ok: false,
		error: {code: 'KES_KEY_TOO_NEW', evolution: 4, keyEvolution: 5},
	});
	t.false(hotKey.isUsable);
	t.true((await hotKey.advanceTo(Slot(50))).ok);
	t.true(hotKey.isUsable);
});

test('tells the operator in every period from ten before the end, and urgently from two', async t => {
	const {hotKey, logged} = hotKeyOf(forgingKeysOf(pool));
	for (let slot = 0; slot < 640; slot += 5) await hotKey.advanceTo(Slot(slot));
	t.deepEqual(
		logged.map(({level, fields}) => [level, fields?.['periodsLeft'], fields?.['slotsLeft']]),
		[
			...[10, 9, 8, 7, 6, 5, 4, 3].map(left => ['warn', left, left * 10]),
			['error', 2, 20],
			['error', 1, 10],
			['error', 0, 0],
			['error', 0, 0],
		],
	);
});
