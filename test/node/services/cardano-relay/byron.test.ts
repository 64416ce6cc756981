/** Byron and the era after it, made with keys of our own: taken from cardano-node's folder, served over TCP, followed from the first block on. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {type CardanoNetwork, withByron} from '#consensus/cardano/cardano-network';
import {originParent} from '#consensus/cardano/cardano-parent';
import {eraSummaries, placeInEpoch, slotStartMsOf, systemStartMsOf} from '#consensus/cardano/era-history';
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {genesisPraosState} from '#consensus/praos-state';
import {concat, equalBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {parseShelleyGenesis} from '#node/adapters/cardano-relay/shelley-genesis';
import {createMemoryChainIndex, createMemoryChainStore} from '#node/adapters/memory-stores';
import {createSystemClock} from '#node/adapters/system-clock';
import {type RunningCardanoRelay, startCardanoRelay} from '#node/cardano-relay';
import type {CardanoRelayConfig} from '#node/cardano-relay-options';
import {CardanoChain, type CardanoChainPorts} from '#node/services/cardano-relay/cardano-chain';
import {restoreChain} from '#node/services/cardano-relay/restore-chain';
import {wrapBlock} from '#relay/protocols/block';
import {
	type ByronKey,
	before,
	boundary,
	byronGenesis,
	byronGenesisJson,
	byronKey,
	byronOrigin,
	certify,
	every,
	issuers,
	K,
	lastOf,
	MAGIC,
	main,
	mains,
	START_SECONDS,
} from '../../../support/byron.ts';
import {followPeer} from '../../../support/cardano-peer.ts';
import {memoryStateStore} from '../../../support/cardano-relay.ts';
import {crypto} from '../../../support/crypto.ts';
import {forgeTestChain, testPool} from '../../../support/praos.ts';
import type {ServedBlock} from '../../../support/relay/chain.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const {signal} = new AbortController();
const SHELLEY_EPOCH = 2;

const shelleyText = JSON.stringify({
	networkMagic: MAGIC,
	systemStart: new Date(START_SECONDS * 1_000).toISOString().replace('.000', ''),
	securityParam: K,
	activeSlotsCoeff: 0.5,
	epochLength: 100,
	slotsPerKESPeriod: 1_000,
	maxKESEvolutions: 62,
	slotLength: 1,
});

const network = ((): CardanoNetwork => {
	const parsed = parseShelleyGenesis(crypto, shelleyText);
	if (!parsed.ok) throw new TypeError(parsed.error.code);
	return withByron(parsed.value, byronGenesis(), SHELLEY_EPOCH);
})();
const rules: CardanoRules = {
	crypto,
	network,
	followsNonces: true,
	wanted: 'proof',
	stakeOf: () => undefined,
};

/** Two epochs of Byron with a delegation that comes into force in the first, and another era behind them. */
const makeChain = (): {readonly byron: readonly ServedBlock[]; readonly later: readonly ServedBlock[]} => {
	const [issuer] = issuers as [ByronKey];
	const fresh = byronKey('fresh', 0);
	const first = boundary(byronOrigin(), 0);
	const delegating = main(before(first), 2, {body: {certificates: [certify(issuer, fresh, 1)]}});
	const blocks = [first, delegating];
	const add = (slot: number): void => {
		const isFresh = slot % 7 === 0 && slot >= 22;
		blocks.push(main(before(lastOf(blocks)), slot, isFresh ? {delegate: fresh} : {}));
	};
	for (const slot of every(3, 3, 100)) add(slot);
	blocks.push(boundary(before(lastOf(blocks)), 1));
	for (const slot of every(3, 100, 200)) add(slot);
	const params = {...network.params, candidateFreezeFactor: 4} as const;
	const made = forgeTestChain({
		params,
		state: genesisPraosState(Hash32(fromHex(network.shelleyGenesisHash)), params),
		parent: lastOf(blocks).tip,
		pools: [1, 2].map(number => testPool(number)),
		count: 20,
	});
	const later = made.blocks.map(({header, bytes}) => {
		const point = {slot: header.slot, hash: header.hash};
		const tip = {...point, blockNo: header.blockNo};
		return {bytes: wrapBlock({era: 7, bytes}), header: {era: 6, bytes: header.bytes}, point, tip};
	});
	return {byron: blocks, later};
};

const {byron, later} = makeChain();
const all = [...byron, ...later];

const portsOf = (): CardanoChainPorts => ({
	rules,
	chainStore: createMemoryChainStore(),
	chainIndex: createMemoryChainIndex(),
	stateStore: memoryStateStore(),
	clock: createSystemClock(),
});

const follow = (chain: CardanoChain, blocks: readonly ServedBlock[]): ReturnType<typeof followPeer> =>
	followPeer(chain, blocks, {rules, start: originParent(network).tip});

const untilTip = async (chain: CardanoChain, {point: {hash}}: ServedBlock): Promise<void> => {
	while (chain.tip === 'origin' || !equalBytes(chain.tip.hash, hash)) await chain.nextChange({signal});
};

test('a chain is followed from its first block on, through boundaries and delegations into the next era, and a restart keeps all of it', async t => {
	const ports = portsOf();
	const chain = new CardanoChain(ports, originParent(network));
	const middle = byron.slice(0, 60);
	const one = await follow(chain, middle);
	await untilTip(chain, lastOf(middle));
	t.is(chain.tipEntry?.level, 'leadership');
	one.close();
	await chain.save();
	const again = await restoreChain(ports, undefined);
	t.deepEqual(again.tipEntry?.byron, chain.tipEntry?.byron);
	t.deepEqual(again.toldTip, lastOf(middle).tip);
	t.deepEqual(again.oldest, byron[0]?.tip);
	const two = await follow(again, all);
	await untilTip(again, lastOf(all));
	t.is(two.quarantine.count, 0);
	t.deepEqual(again.toldTip, lastOf(all).tip);
	t.is(again.tipEntry?.era, 'conway');
	t.is(again.tipEntry?.level, 'proof');
	// The second boundary block has a place of its own, and no number of its own.
	t.is(again.tip === 'origin' ? undefined : again.tip.blockNo, BlockNo(lastOf(all).tip.blockNo + 1));
	t.true(await again.beginsAtOrigin());
	two.close();
});

test('a relay rolls back to a boundary block, and goes over to the longer fork behind it', async t => {
	const at = byron.findIndex(({point}, index) => index > 0 && point.slot === 100);
	const stem = byron.slice(0, at + 1);
	const border = lastOf(stem);
	const short = mains(before(border), [101, 102]);
	const long = mains(before(border), [108, 111, 113]);
	const chain = new CardanoChain(portsOf(), originParent(network));
	const {peer, close, quarantine} = await follow(chain, stem);
	// Anybody could have made it: it is not fetched before a signed block stands on it.
	await untilTip(chain, lastOf(stem.slice(0, -1)));
	t.is(chain.find(border.point.hash), undefined);
	peer.replace([...stem, ...short]);
	await untilTip(chain, lastOf(short));
	t.is(chain.find(border.point.hash)?.level, 'chain');
	t.deepEqual(chain.find(border.point.hash)?.tip, border.tip);
	peer.replace([...stem, ...long]);
	await untilTip(chain, lastOf(long));
	t.is(chain.switches, 1);
	t.is(quarantine.count, 0);
	close();
});

test('a block whose delegations are not allowed is refused and kept, and so is one of a delegate that is not in force', async t => {
	const [first] = byron as [ServedBlock];
	const good = main(before(first), 2);
	const foreign = certify(byronKey('stranger', 0), byronKey('fresh', 0), 0);
	for (const [bad, code, failure] of [
		[
			main(before(good), 3, {body: {certificates: [foreign]}}),
			'SYNC_BLOCK_REFUSED',
			'BYRON_DELEGATION_NOT_GENESIS',
		],
		[
			main(before(good), 3, {delegate: byronKey('fresh', 0)}),
			'SYNC_HEADER_REFUSED',
			'BYRON_SIGNER_NOT_DELEGATE',
		],
	] as const) {
		const chain = new CardanoChain(portsOf(), originParent(network));
		const {ended, quarantine} = await follow(chain, [first, good, bad]);
		t.is((await ended).code, code);
		t.like(quarantine.kept[0], {failure: {code: failure}});
		t.deepEqual(chain.toldTip, good.tip);
	}
});

const configOf = (folder: string, name: string): CardanoRelayConfig => ({
	network: undefined,
	shelleyGenesis: path.join(folder, 'shelley-genesis.json'),
	byronGenesis: path.join(folder, 'byron-genesis.json'),
	shelleyEpoch: SHELLEY_EPOCH,
	databasePath: path.join(folder, name),
	topology: undefined,
	hostAddr: '127.0.0.1',
	port: 0,
	startPoint: 'origin',
	protocolState: undefined,
	stakeDistributions: [],
	immutableDb: undefined,
	trustLevel: undefined,
	metricsPort: 'none',
});

const untilStatus = async (relay: RunningCardanoRelay, {point: {hash}}: ServedBlock): Promise<void> => {
	while (relay.status().tip?.hash !== toHex(hash)) await relay.nextChange({signal});
};

test('blocks of Byron and of the era after it go from cardano-node’s folder over TCP to another relay, through a restart', async t => {
	const folder = await temporaryFolder(t);
	const immutable = path.join(folder, 'immutable');
	await mkdir(immutable);
	await writeFile(path.join(folder, 'shelley-genesis.json'), shelleyText);
	await writeFile(path.join(folder, 'byron-genesis.json'), JSON.stringify(byronGenesisJson()));
	const write = (chunk: number, blocks: readonly ServedBlock[]): Promise<void> =>
		writeFile(path.join(immutable, `0000${chunk}.chunk`), concat(...blocks.map(({bytes}) => bytes)));
	const chunkOf = (number: number): readonly ServedBlock[] =>
		all.filter(({point: {slot}}) => Math.floor(slot / 100) === number);
	await write(0, chunkOf(0));
	const environment = {version: 'test', signal};
	const serverConfig = {...configOf(folder, 'serving'), immutableDb: immutable};
	let server = await startCardanoRelay(serverConfig, environment);
	t.like(server.status(), {trustLevel: 'leadership', demandedTrustLevel: 'proof', followsNonces: true});
	t.like(server.status().tip, {era: 'byron', epoch: 0, blockNo: lastOf(chunkOf(0)).tip.blockNo});
	const followerOf = (): Promise<RunningCardanoRelay> =>
		startCardanoRelay({...configOf(folder, 'following'), peers: [server.address]}, environment);
	let follower = await followerOf();
	await untilStatus(follower, lastOf(chunkOf(0)));
	await follower.stop();
	await server.stop();

	for (const chunk of [1, 2]) await write(chunk, chunkOf(chunk));
	server = await startCardanoRelay(serverConfig, environment);
	follower = await followerOf();
	t.teardown(async () => {
		await follower.stop();
		await server.stop();
	});
	await untilStatus(follower, lastOf(all));
	t.like(follower.status(), {trustLevel: 'proof', disagreements: 0, stuck: null});
	t.like(follower.status().tip, {era: 'conway', epoch: 2, blockNo: lastOf(all).tip.blockNo});
	t.like(follower.status().oldest, {blockNo: 0, slot: 0});
});

test('a relay that begins before a later era says what is wrong with its files', async t => {
	const folder = await temporaryFolder(t);
	await writeFile(path.join(folder, 'shelley-genesis.json'), shelleyText);
	const file = path.join(folder, 'byron-genesis.json');
	const json = byronGenesisJson();
	const codeOf = async (text: string, change: Partial<CardanoRelayConfig> = {}): Promise<unknown> => {
		await writeFile(file, text);
		const config = {...configOf(folder, 'database'), ...change};
		return (
			(await t.throwsAsync(startCardanoRelay(config, {version: 'test', signal}))) as unknown as {code: string}
		).code;
	};
	t.is(await codeOf('{}'), 'CARDANO_GENESIS_BAD');
	t.is(
		await codeOf(JSON.stringify({...json, protocolConsts: {k: K, protocolMagic: 1}, heavyDelegation: {}})),
		'CARDANO_GENESIS_OTHER',
	);
	t.is(
		await codeOf(JSON.stringify(json), {network: 'mainnet', shelleyGenesis: undefined}),
		'CARDANO_GENESIS_OTHER',
	);
	t.is(await codeOf(JSON.stringify(json), {protocolState: file}), 'OPTION_MALFORMED');
});

test('slots of Byron are longer, in times, epochs and in what tools are told of eras', t => {
	t.is(systemStartMsOf(network), START_SECONDS * 1_000);
	t.is(slotStartMsOf(network, Slot(3)), (START_SECONDS + 60) * 1_000);
	t.is(slotStartMsOf(network, Slot(201)), (START_SECONDS + 4_001) * 1_000);
	t.deepEqual(placeInEpoch(network, Slot(199)), {epoch: 1, slotInEpoch: 99});
	t.deepEqual(placeInEpoch(network, Slot(205)), {epoch: 2, slotInEpoch: 5});
	const [only, ...others] = eraSummaries(network, {era: 'byron', slot: Slot(5)});
	t.deepEqual(others, []);
	t.like(only, {epochLength: 100, slotLengthMs: 20_000, safeZone: 20});
	t.deepEqual(only?.end, {timeMs: 2_000_000, slot: 100, epoch: 1});
	const later = eraSummaries(network, {era: 'byron', slot: Slot(199)});
	t.deepEqual(later[0]?.end, {timeMs: 4_000_000, slot: 200, epoch: 2});
});
