/** Step 7: named files in a bucket, and all of them again on an empty machine, from twenty-four words. */
import {createHash, randomBytes} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {derivedSeed} from '#crypto/recovery/key-tree';
import {parsePhrase, phraseOf, phraseSeed} from '#crypto/recovery/recovery-phrase';
import {Lovelace} from '#kernel/lovelace';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {openCustomer} from '#node/storage-users';
import {byteSize} from '../../format.ts';
import {accountIdOf, submitAction, waitForTransaction} from '../../wallet.ts';
import {check, type NetworkStage} from '../stage.ts';

const BUCKET = 'holiday';
const BUDGET = Lovelace(500_000_000n);
const CONTENT: readonly (readonly [string, number])[] = [
	['beach.jpg', 1_500_000],
	['notes/hotel.txt', 120],
	['notes/train.txt', 3000],
];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const sourceOf = (bytes: Uint8Array): ByteSource => ({
	length: bytes.length,
	read: async (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
});

const hashSink = (): ByteSink & {readonly digest: () => string} => {
	const hash = createHash('sha256');
	return {
		write: async bytes => void hash.update(bytes),
		finish: async () => undefined,
		discard: async () => undefined,
		digest: () => hash.digest('hex'),
	};
};

/** What is on one machine of the phrase's owner: nothing but the words, at first. */
const machineOf = async (
	{layout, relay}: NetworkStage,
	words: string,
	name: string,
): Promise<{readonly seed: Uint8Array; readonly storage: StorageClient}> => {
	const phrase = parsePhrase(words);
	check(phrase.ok, 'the words are a phrase');
	const seed = derivedSeed(phraseSeed(phrase.value), 'account');
	const folder = path.join(layout.root, name);
	await mkdir(folder, {mode: 0o700});
	return {seed, storage: await openCustomer({control: relay.client, seed, folder})};
};

const giveCredits = async (
	{relay, network, people, signal}: NetworkStage,
	seed: Uint8Array,
): Promise<void> => {
	const to = await accountIdOf(network.crypto, seed);
	const action = {kind: 'transfer', to, amount: BUDGET} as const;
	const txId = await submitAction(relay.client, network, {sender: people.customer.seed, action});
	await waitForTransaction(relay.client, txId, {signal});
};

export const restoreFromPhrase = async (stage: NetworkStage): Promise<void> => {
	const {account, signal, figures} = stage;
	const {words} = phraseOf(new Uint8Array(randomBytes(32)));
	const first = await machineOf(stage, words, 'first-machine');
	await giveCredits(stage, first.seed);
	const digests = new Map<string, string>();
	await first.storage.buckets.create(BUCKET, {signal});
	for (const [name, size] of CONTENT) {
		const bytes = new Uint8Array(randomBytes(size));
		digests.set(name, sha256(bytes));
		await first.storage.buckets.put({bucket: BUCKET, name, source: sourceOf(bytes), signal});
	}
	await first.storage.close();
	const total = CONTENT.reduce((sum, [, size]) => sum + size, 0);
	account.tell(
		'bucket',
		`${CONTENT.length} files, ${byteSize(total)}, in the bucket ${BUCKET} of an account with a recovery phrase of ${words.split(' ').length} words: names, list and keys are encrypted and with providers, the chain has one root`,
		{bucket: BUCKET, files: CONTENT.length, bytes: total},
	);
	const startMs = account.elapsedMs();
	const second = await machineOf(stage, words, 'second-machine');
	const buckets = await second.storage.buckets.list({signal});
	check(buckets.length === 1 && buckets[0]?.name === BUCKET, 'the words alone find the bucket again');
	const restored = await second.storage.buckets.restore(BUCKET, {signal});
	for (const {name} of restored) {
		const sink = hashSink();
		await second.storage.buckets.get({bucket: BUCKET, name, sink}, {signal});
		check(sink.digest() === digests.get(name), 'a restored file is what was put', {name});
	}
	await second.storage.close();
	check(restored.length === CONTENT.length, 'every file is found again');
	const seconds = (account.elapsedMs() - startMs) / 1000;
	account.tell(
		'restored',
		`an empty machine and the words: ${restored.length} files back in ${seconds.toFixed(1)} s, SHA-256 equal: ${restored.map(({name}) => name).join(', ')}`,
		{files: restored.length, seconds},
	);
	figures.push(['restore from the phrase', `${restored.length} files in ${seconds.toFixed(1)} s`]);
};
