/** One suite for everything that shows Cardano: the answers of a Kupo and of Blockfrost, and the devnet. */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {createBlockfrostClient} from '#node/adapters/blockfrost-client';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {openCardanoIndex, shownUrl} from '#node/adapters/cardano-index';
import type {KupoClient} from '#node/adapters/kupo-client';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import {createPatientJson} from '#node/adapters/patient-json';
import {ask} from '../../support/cardano-devnet.ts';
import {crypto} from '../../support/crypto.ts';
import {
	BRIDGE,
	blockfrostOf,
	isMeant,
	keyAddress,
	kupoOf,
	outputsOf,
	POLICY,
	PROJECT,
	transactionId,
	WORLD,
} from '../../support/index-world.ts';
import {type Answer, codeOf, json, serve} from '../../support/scripted-kupo.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const unhurried = createPatientJson({triesMax: 1});
const blockfrost = async (t: ExecutionContext, answer: Answer, projectId = PROJECT): Promise<KupoClient> =>
	createBlockfrostClient({url: `${await serve(t, answer)}api/v0`, projectId}, unhurried);

const recorded = {
	Kupo: async (t: ExecutionContext) => openCardanoIndex(await serve(t, kupoOf(WORLD))),
	Blockfrost: (t: ExecutionContext) => blockfrost(t, blockfrostOf(WORLD)),
};

const ALL = outputsOf(WORLD);
const NFT = `${POLICY}.${'ab'.repeat(32)}`;
const lastSlot = WORLD.blocks.at(-1)?.slot ?? 0;

for (const [name, open] of Object.entries(recorded)) {
	test(`${name}: knows the last block, and the last one at or before any slot`, async t => {
		const index = await open(t);
		t.deepEqual(await index.checkpoint(undefined, undefined), WORLD.blocks.at(-1));
		const first = WORLD.blocks[0]?.slot ?? 0;
		const slots = [0, first - 1, first, first + 1, 2_345, 7_000, lastSlot - 1, lastSlot, lastSlot + 50];
		for (const slot of slots) {
			const expected = WORLD.blocks.findLast(block => block.slot <= slot);
			t.deepEqual(await index.checkpoint(slot, undefined), expected, String(slot));
		}
	});

	test(`${name}: finds what stands at scripts and addresses, with tokens, and in transactions`, async t => {
		const index = await open(t);
		const [first] = WORLD.transactions;
		const transaction = `*@${first === undefined ? '' : toHex(transactionId(first))}`;
		const patterns = [
			`${BRIDGE}/*`,
			`${POLICY}/*`,
			`${POLICY}.*`,
			NFT,
			keyAddress(1),
			keyAddress(2),
			transaction,
		];
		for (const pattern of patterns) {
			const meant = ALL.filter(placed => isMeant(pattern, placed));
			t.true(meant.length > 0, pattern);
			const found = await index.matches(pattern, 'resolve_hashes&order=oldest_first', undefined);
			t.deepEqual(
				found,
				meant.map(({match}) => match),
				pattern,
			);
			const unspent = await index.matches(pattern, 'unspent&resolve_hashes', undefined);
			t.deepEqual(
				unspent,
				meant.filter(({output}) => output.isSpent !== true).map(({match}) => match),
				`${pattern} unspent`,
			);
		}
	});

	test(`${name}: keeps to the bounds of slots`, async t => {
		const index = await open(t);
		const meant = ALL.filter(placed => isMeant(`${BRIDGE}/*`, placed)).map(({match}) => match);
		const at = (place: number): number => meant[place]?.createdAt.slot ?? 0;
		for (const [after, before] of [
			[at(10), at(20)],
			[at(10) - 1, at(20) + 1],
			[0, at(3)],
			[at(100), lastSlot + 99],
			[lastSlot, lastSlot + 99],
		] as const) {
			const query = `created_after=${after}&created_before=${before}&resolve_hashes&order=oldest_first`;
			t.deepEqual(
				await index.matches(`${BRIDGE}/*`, query, undefined),
				meant.filter(({createdAt: {slot}}) => slot > after && slot < before),
			);
		}
	});

	test(`${name}: has nothing where nothing is`, async t => {
		const index = await open(t);
		const unknown = 'ff'.repeat(28);
		const patterns = [`${unknown}/*`, `${unknown}.*`, `${unknown}.00`, keyAddress(9), `*@${'ff'.repeat(32)}`];
		for (const pattern of patterns)
			for (const query of pattern.startsWith('*@') ? ['resolve_hashes'] : ['resolve_hashes', 'unspent'])
				t.deepEqual(await index.matches(pattern, query, undefined), [], pattern + query);
	});
}

test('the devnet: blocks, and what an address owns, as a Kupo tells it', async t => {
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		manualSlots: true,
		funds: [{address: keyAddress(1), lovelace: 7_000_000n}],
	});
	t.teardown(() => devnet.stop());
	const index = openCardanoIndex(devnet.url);
	await ask(`${devnet.url}/devnet/advance`, {slots: 5});
	const tip = await index.checkpoint(undefined, undefined);
	t.is(tip?.slot, 5);
	t.deepEqual(await index.checkpoint(99, undefined), tip);
	t.is((await index.checkpoint(3, undefined))?.slot, 3);
	for (const query of ['unspent&resolve_hashes', 'resolve_hashes']) {
		const [output, ...others] = await index.matches(keyAddress(1), query, undefined);
		t.like(output, {lovelace: 7_000_000n, datum: undefined});
		t.deepEqual(others, []);
		const txId = output === undefined ? '' : toHex(output.txId);
		t.deepEqual(await index.matches(`*@${txId}`, '', undefined), [output] as never);
	}
	t.deepEqual(await index.matches(keyAddress(2), 'unspent', undefined), []);
});

test('Blockfrost: says what is wrong with the project, and does not tell its id', async t => {
	for (const [status, words] of [
		[402, /daily number/],
		[403, /project id is wrong/],
		[418, /too many requests/],
	] as const) {
		const index = await blockfrost(t, json({status_code: status}, status));
		const error = await t.throwsAsync<NodeError>(index.checkpoint(undefined, undefined));
		t.is(error?.code, 'MAIN_CHAIN_ANSWER_INVALID');
		t.regex(error?.message ?? '', words);
		t.false(JSON.stringify(error?.detail).includes(PROJECT));
	}
	const busy = await blockfrost(t, json({}, 429));
	t.is(await codeOf(t, busy.checkpoint(undefined, undefined)), 'MAIN_CHAIN_UNREACHABLE');
	const wrong = await blockfrost(t, blockfrostOf(WORLD), 'mainnetOther');
	t.is(await codeOf(t, wrong.checkpoint(undefined, undefined)), 'MAIN_CHAIN_ANSWER_INVALID');
});

test('Blockfrost: gives outputs or a coded failure, whatever is answered', async t => {
	let answered: unknown = null;
	const index = await blockfrost(t, (request, response) => json(answered)(request, response));
	await fc.assert(
		fc.asyncProperty(fc.jsonValue(), async value => {
			answered = value;
			for (const asked of [
				index.checkpoint(3, undefined),
				index.matches(`${BRIDGE}/*`, 'unspent', undefined),
				index.matches(NFT, '', undefined),
			])
				await asked.catch(error => t.true(error instanceof NodeError, String(error)));
		}),
		{numRuns: 20},
	);
	// Blocks that never lead anywhere do not keep it busy for ever.
	answered = Array.from({length: 100}, (_, place) => ({
		slot: 1,
		height: 9_000 + place,
		hash: 'ab'.repeat(32),
	}));
	t.is(await codeOf(t, index.checkpoint(3, undefined)), 'MAIN_CHAIN_ANSWER_INVALID');
});

test('an address with a project id is shown without it, any other as it is', t => {
	const service = 'cardano-preprod.blockfrost.io/api/v0';
	t.is(shownUrl(`https://preprodAbc@${service}`), `https://${service}`);
	for (const url of ['http://127.0.0.1:1442', 'https://kupo.example.org/', 'nonsense'])
		t.is(shownUrl(url), url);
});

test('a node hears the same of Cardano from a Kupo and from Blockfrost', async t => {
	const blocks = WORLD.blocks;
	const range = {after: blocks[29], upTo: blocks[99]} as {after: McRef; upTo: McRef};
	const eventsFrom = (kupoUrl: string): Promise<readonly MainChainEvent[]> =>
		createKupoMainChain({
			kupoUrl,
			bridgeScriptHash: Hash28(fromHex(BRIDGE)),
			registryPolicy: Hash28(fromHex(POLICY)),
			checkpointScriptHash: Hash28(new Uint8Array(28)),
			governanceScriptHash: null,
		}).events(range);
	const service = new URL(`${await serve(t, blockfrostOf(WORLD))}api/v0`);
	service.username = PROJECT;
	const events = await eventsFrom(await serve(t, kupoOf(WORLD)));
	t.is(events.filter(({kind}) => kind === 'deposit').length, 24);
	t.deepEqual(await eventsFrom(service.href), events);
	service.username = 'mainnetOther';
	const error = await t.throwsAsync<NodeError>(eventsFrom(service.href));
	t.false(JSON.stringify(error?.detail).includes('mainnetOther'));
});
