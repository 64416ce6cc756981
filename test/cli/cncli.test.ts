/** CNCLI's verbs: its JSON, of Cardano in a relay of ours and of the side-chain in a node of ours. */
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import type {Options, Verb} from '#cli/answer';
import {outcomeOf, timeIn} from '#cli/cncli/leader-log';
import {cncliNonce, cncliStatus, cncliValidate} from '#cli/commands/cncli-chain';
import {cncliChallenge, cncliSign, cncliVerify} from '#cli/commands/cncli-keys';
import {cncliLeaderlog} from '#cli/commands/cncli-leaderlog';
import {cncliPing} from '#cli/commands/cncli-ping';
import {cncliSendslots, cncliSendtip} from '#cli/commands/cncli-pooltool';
import {cncliSync} from '#cli/commands/cncli-sync';
import {createProcessGroup} from '#cli/demo/processes';
import {isSlotLeader} from '#consensus/leader/slot-leader';
import {leaderValue, vrfInput} from '#consensus/leader/vrf-values';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {connectControl} from '#node/adapters/control-client';
import {createKeyFiles, readSigningKey} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {type RunningCardanoRelay, startCardanoRelay} from '#node/cardano-relay';
import type {CardanoRelayConfig} from '#node/cardano-relay-options';
import type {ControlFile} from '#node/ports/control-api';
import {realBlocks, startText} from '../support/cardano-relay.ts';
import {crypto} from '../support/crypto.ts';
import {jsonServer} from '../support/json-server.ts';
import {makeNodeFiles} from '../support/node-files.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const {signal} = new AbortController();

type Json = Readonly<Record<string, unknown>>;

/** What the verb prints; a failure's exit code is its process's, not this one's. */
const say = async (verb: Verb, options: Options): Promise<Json> => {
	const {data} = await verb([], options, signal);
	process.exitCode = 0;
	return data as Json;
};

const relayOf = async (
	t: ExecutionContext,
	config: Partial<CardanoRelayConfig> & Pick<CardanoRelayConfig, 'databasePath'>,
): Promise<RunningCardanoRelay> => {
	const relay = await startCardanoRelay(
		{
			network: 'preprod',
			shelleyGenesis: undefined,
			topology: undefined,
			hostAddr: '127.0.0.1',
			port: 0,
			startPoint: undefined,
			protocolState: undefined,
			stakeDistributions: [],
			immutableDb: undefined,
			trustLevel: undefined,
			metricsPort: 'none',
			...config,
		},
		{version: 'test', signal},
	);
	t.teardown(() => relay.stop());
	return relay;
};

const last = defined(realBlocks[99], 'a block');

test('ping, sync, validate, status and sendtip, of Cardano through a relay', async t => {
	const folder = await temporaryFolder(t);
	const immutable = path.join(folder, 'immutable');
	await mkdir(immutable);
	await writeFile(
		path.join(immutable, '01285.chunk'),
		Buffer.concat(realBlocks.slice(0, 100).map(({bytes}) => bytes)),
	);
	const serving = path.join(folder, 'serving');
	const socketPath = path.join(folder, 'node.socket');
	const relay = await relayOf(t, {
		databasePath: serving,
		immutableDb: immutable,
		startPoint: startText,
		socketPath,
	});
	const {host, port} = relay.address;
	const peer = {host, port: String(port), networkMagic: '1', timeoutSeconds: '5'};

	const pong = await say(cncliPing, peer);
	t.like(pong, {status: 'ok', host, port, networkProtocolVersion: 15});
	t.deepEqual(Object.keys(pong), [
		'status',
		'host',
		'port',
		'networkProtocolVersion',
		'dnsDurationMs',
		'connectDurationMs',
		'handshakeDurationMs',
		'durationMs',
	]);
	t.like(await say(cncliPing, {...peer, networkMagic: '2'}), {
		status: 'error',
		errorMessage: 'RELAY_HANDSHAKE_FAILED: HANDSHAKE_REFUSED',
	});
	t.like(await say(cncliPing, {...peer, port: '1'}), {status: 'error', port: 1});
	const {networkMagic, timeoutSeconds} = peer;
	const local = {socket: socketPath, networkMagic, timeoutSeconds};
	t.like(await say(cncliPing, local), {status: 'ok', socket: socketPath, networkProtocolVersion: 23});
	t.like(await say(cncliPing, {...local, networkMagic: '2'}), {
		status: 'error',
		socket: socketPath,
		errorMessage: 'RELAY_HANDSHAKE_FAILED: HANDSHAKE_REFUSED',
	});
	t.like(await say(cncliPing, {...local, socket: path.join(folder, 'none')}), {status: 'error'});
	t.like(await say(cncliPing, {...local, host}), {status: 'error'});

	const synced = path.join(folder, 'synced');
	t.deepEqual(await say(cncliSync, {...peer, databasePath: synced, service: false, startPoint: startText}), {
		status: 'ok',
		blockNumber: last.tip.blockNo,
		slotNumber: last.tip.slot,
	});

	const asked = {databasePath: serving};
	const hash = toHex(last.tip.hash);
	const valid = await say(cncliValidate, {...asked, hash: hash.slice(0, 12)});
	t.like(valid, {
		status: 'ok',
		block_number: String(last.tip.blockNo),
		slot_number: String(last.tip.slot),
		hash,
	});
	t.is(valid['prev_hash'], toHex(defined(realBlocks[98], 'a block').tip.hash));
	t.regex(String(valid['leader_vrf']), /^[0-9a-f]{64}$/);
	t.deepEqual(await say(cncliValidate, {...asked, hash: '00'.repeat(32)}), {
		status: 'error',
		errorMessage: 'Block not found',
	});
	// Blocks of 2023 are no tip of today.
	t.deepEqual(await say(cncliStatus, asked), {status: 'error', errorMessage: 'db not fully synced!'});
	t.like(await say(cncliNonce, {...asked, epoch: '68'}), {status: 'error'});
	t.regex(String((await say(cncliStatus, {}))['errorMessage']), /^OPTION_MISSING/);

	const bodies: Json[] = [];
	const url = await jsonServer(t, (_url, body) => {
		bodies.push(JSON.parse(body) as Json);
		return [200, '{"success":true}'];
	});
	const config = path.join(folder, 'pooltool.json');
	const pool = {name: 'TEST', pool_id: 'ab'.repeat(28), host, port};
	await writeFile(config, JSON.stringify({api_key: 'secret', pools: [pool]}), {mode: 0o600});
	t.like(await say(cncliSendtip, {config, url, networkMagic: '1', once: true}), {status: 'ok'});
	t.like(bodies[0], {apiKey: 'secret', poolId: 'ab'.repeat(28)});
	t.like(bodies[0]?.['data'], {blockNo: last.tip.blockNo, slotNo: last.tip.slot, blockHash: hash});
	await writeFile(config, '{"api_key": "secret"}');
	t.like(await say(cncliSendtip, {config, url, networkMagic: '1', once: true}), {
		status: 'error',
		errorMessage: `CNCLI_CONFIG_BAD: ${config} is not what CNCLI calls pooltool.json: pools is missing or of another kind.`,
	});
});

const vrfKey = async (
	folder: string,
): Promise<{readonly signing: string; readonly verification: string; readonly hash: string}> => {
	const files = {
		signingKeyFile: path.join(folder, 'vrf.skey'),
		verificationKeyFile: path.join(folder, 'vrf.vkey'),
	};
	const key = await createKeyFiles({crypto, entropy: createOsEntropy()}, 'vrf', files);
	return {
		signing: files.signingKeyFile,
		verification: files.verificationKeyFile,
		hash: toHex(crypto.blake2b256(key)),
	};
};

test('a leader log has the slots that the exact rule gives, in keys and numbers as CNCLI writes them', async t => {
	const folder = await temporaryFolder(t);
	const genesis = path.join(folder, 'shelley-genesis.json');
	await writeFile(
		genesis,
		JSON.stringify({
			activeSlotsCoeff: 0.25,
			epochLength: 200,
			maxKESEvolutions: 60,
			networkMagic: 42,
			securityParam: 5,
			slotLength: 1,
			slotsPerKESPeriod: 1_000,
			systemStart: '2026-01-02T03:04:05Z',
		}),
	);
	const databasePath = path.join(folder, 'relay');
	await relayOf(t, {network: undefined, shelleyGenesis: genesis, databasePath, startPoint: startText});
	const {signing} = await vrfKey(folder);
	const nonce = '07'.repeat(32);
	const options = {
		databasePath,
		epoch: '3',
		poolId: 'cd'.repeat(28),
		poolVrfSkey: signing,
		poolStake: '250',
		activeStake: '1000',
		nonce,
		tz: 'America/Los_Angeles',
	};
	const log = await say(cncliLeaderlog, options);
	const {seed} = await readSigningKey(crypto, signing, 'vrf');
	const wanted = Array.from({length: 200}, (_, index) => 600 + index).filter(slot => {
		const output = crypto.vrfOutput(
			crypto.proveVrf(seed, vrfInput(crypto, slot, Hash32(new Uint8Array(32).fill(7)))),
		);
		return isSlotLeader(Ratio(1n, 4n), Ratio(1n, 4n), leaderValue(crypto, output));
	});
	const slots = log['assignedSlots'] as readonly Json[];
	t.deepEqual(
		slots.map(({slot}) => slot),
		wanted,
	);
	t.like(log, {
		status: 'ok',
		epoch: 3,
		epochNonce: nonce,
		consensus: 'praos',
		epochSlots: wanted.length,
		epochSlotsIdeal: 12.5,
		sigma: 0.25,
		activeStake: 250,
		totalActiveStake: 1_000,
		d: 0,
		f: 0.25,
	});
	for (const [index, entry] of slots.entries())
		t.like(entry, {no: index + 1, slotInEpoch: Number(entry['slot']) - 600, outcome: 'upcoming'});
	const transitional = await say(cncliLeaderlog, {...options, consensus: 'tpraos'});
	t.notDeepEqual(transitional['assignedSlots'], log['assignedSlots']);
	for (const [change, code] of [
		[{poolStake: '2000'}, 'OPTION_MALFORMED'],
		[{poolStake: undefined}, 'OPTION_MISSING'],
		[{d: '0.5'}, 'OPTION_MALFORMED'],
		[{consensus: 'bft'}, 'OPTION_MALFORMED'],
		[{tz: 'Mars/Olympus'}, 'OPTION_MALFORMED'],
		[{nonce: undefined}, 'CNCLI_NONCE_UNKNOWN'],
	] as const) {
		const {status, errorMessage} = await say(cncliLeaderlog, {...options, ...change});
		t.is(status, 'error');
		t.is(String(errorMessage).split(':')[0], code);
	}
});

test('times are in the zone that was asked for, and outcomes say why', t => {
	t.is(timeIn('America/Los_Angeles', Date.UTC(2020, 10, 6, 7, 58, 56)), '2020-11-05T23:58:56-08:00');
	t.is(timeIn('UTC', 0), '1970-01-01T00:00:00+00:00');
	const block = (poolId: string) => new Map([[5, {slot: 5, poolId, hash: 'h'}]]);
	const at = (slot: number, used = new Map()) => outcomeOf(slot, 'ours', {tipSlot: 9, used});
	t.like(at(5, block('ours')), {outcome: 'made', why: 'block h'});
	t.like(at(5, block('theirs')), {outcome: 'lost', why: 'the chain has block h of pool theirs'});
	t.like(at(5), {outcome: 'missed'});
	t.like(at(10), {outcome: 'upcoming'});
	t.like(outcomeOf(0, 'ours', {tipSlot: undefined, used: new Map()}), {outcome: 'upcoming'});
});

test('who holds a VRF key shows it: challenge, sign, verify; nobody else can', async t => {
	const folder = await temporaryFolder(t);
	const {signing, verification, hash} = await vrfKey(folder);
	const domain = 'pooltool.io';
	const {nonce, ...challenge} = await say(cncliChallenge, {domain});
	t.deepEqual(challenge, {status: 'ok', domain});
	t.regex(String(nonce), /^[0-9a-f]{128}$/);
	const {signature, status} = await say(cncliSign, {domain, nonce: String(nonce), poolVrfSkey: signing});
	t.is(status, 'ok');
	t.regex(String(signature), /^[0-9a-f]{160}$/);
	const claim = {
		domain,
		nonce: String(nonce),
		signature: String(signature),
		poolVrfVkey: verification,
		poolVrfVkeyHash: hash,
	};
	t.deepEqual(await say(cncliVerify, claim), {status: 'ok'});
	t.deepEqual(await say(cncliVerify, {...claim, domain: 'other.io'}), {
		status: 'error',
		errorMessage: 'Signature failed to match!',
	});
	t.like(await say(cncliVerify, {...claim, poolVrfVkeyHash: '00'.repeat(32)}), {status: 'error'});
	t.like(await say(cncliVerify, {...claim, signature: 'zz'}), {status: 'error'});
});

test('of our own chain, all of it comes from the state of a node', async t => {
	const folder = await temporaryFolder(t);
	const {genesis, producerFlags} = await makeNodeFiles(path.join(folder, 'keys'), {slotMs: 100});
	const {vrfKey: vrf, kesKey, certificate} = producerFlags;
	const group = createProcessGroup(path.join(folder, 'logs'), signal);
	t.teardown(() => group.stop());
	const node = path.join(folder, 'data');
	const keys = ['--vrf-key', vrf, '--kes-key', kesKey, '--certificate', certificate];
	const started = await group.start('producer', [
		'node',
		'run',
		'--data-dir',
		node,
		'--genesis',
		genesis,
		...keys,
	]);
	await group.ready<ControlFile>(started, path.join(node, 'control.json'));
	const control = await connectControl(node);
	const untilBlock = async (blockNo: number): Promise<void> => {
		while (((await control.status()).tip?.blockNo ?? -1) < blockNo);
	};
	await untilBlock(3);
	const [pool] = await control.pools();
	const poolId = defined(pool, 'a pool').id;
	const tip = defined((await control.status()).tip ?? undefined, 'a tip');
	t.like(await say(cncliValidate, {node, hash: tip.hash}), {status: 'ok', pool_id: poolId, hash: tip.hash});
	t.deepEqual(await say(cncliStatus, {node}), {status: 'ok'});

	/** An epoch that has just begun has no block yet. */
	const logWithBlocks = async (): Promise<Json> => {
		for (;;) {
			const log = await say(cncliLeaderlog, {node, poolId, poolVrfSkey: vrf});
			const assigned = (log['assignedSlots'] ?? []) as readonly Json[];
			if (assigned.some(({outcome}) => outcome === 'made')) return log;
		}
	};
	const log = await logWithBlocks();
	t.like(log, {status: 'ok', poolId});
	const {slots} = await control.schedule('current');
	const assigned = log['assignedSlots'] as readonly Json[];
	const {epoch} = await control.status();
	if (log['epoch'] === epoch)
		t.deepEqual(
			assigned.map(({slot}) => slot),
			slots,
		);
	const kept = JSON.parse(
		await readFile(path.join(node, 'leaderlog', `${log['epoch']}-${poolId}.json`), 'utf8'),
	) as {
		slots: readonly number[];
	};
	t.deepEqual(
		kept.slots,
		assigned.map(({slot}) => slot),
	);

	const bodies: Json[] = [];
	const url = await jsonServer(t, (_url, body) => {
		bodies.push(JSON.parse(body) as Json);
		return [200, '{"success":true}'];
	});
	const config = path.join(folder, 'pooltool.json');
	await writeFile(config, JSON.stringify({api_key: 'k', pools: [{pool_id: poolId, host: 'h', port: 1}]}), {
		mode: 0o600,
	});
	const sent = await say(cncliSendslots, {node, config, url});
	if (sent['status'] === 'ok') {
		const text = `[${kept.slots.join(',')}]`;
		t.like(bodies[0], {
			apiKey: 'k',
			poolId,
			epoch: log['epoch'],
			slotQty: kept.slots.length,
			hash: toHex(crypto.blake2b256(new TextEncoder().encode(text))),
		});
	} else t.regex(String(sent['errorMessage']), /^Cannot find db record/, 'a new epoch has begun meanwhile');
});
