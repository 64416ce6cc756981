import {cp, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {NodeError} from '#kernel/node-error';
import {checkGenesisFiles} from '#node/adapters/cardano-node-config/check-genesis-files';
import {genesisHash} from '#node/adapters/cardano-node-config/genesis-hash';
import {isCardanoNodeConfig} from '#node/adapters/cardano-node-config/known-fields';
import {parseCardanoNodeConfig} from '#node/adapters/cardano-node-config/parse-cardano-node-config';
import {startCardanoRelay} from '#node/cardano-relay';
import {readRelayConfig} from '#node/cardano-relay-config';
import {readConfig} from '#node/config';
import {readOptionFile} from '#node/option-file';
import {startText} from '../support/cardano-relay.ts';
import {crypto} from '../support/crypto.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const VECTORS = 'test/vectors/cardano-node-config';
const PREPROD = path.join(VECTORS, 'preprod');
const ERAS = ['Byron', 'Shelley', 'Alonzo', 'Conway'] as const;
const preprod = JSON.parse(await readFile(path.join(PREPROD, 'config.json'), 'utf8')) as Record<
	string,
	unknown
>;
const {signal} = new AbortController();

const filesOf = (config: Readonly<Record<string, unknown>>): unknown =>
	ERAS.map(era => ({era, file: config[`${era}GenesisFile`], hash: config[`${era}GenesisHash`]}));

test('the real files of mainnet and preprod are read, of either logging, in JSON and in YAML', async t => {
	const mainnet = path.join(VECTORS, 'mainnet');
	for (const file of [path.join(PREPROD, 'config.json'), path.join(mainnet, 'config.json')]) {
		const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
		const {cardanoNode} = await readOptionFile(file);
		t.deepEqual(cardanoNode?.genesisFiles, filesOf(json) as never);
		t.like(cardanoNode, {
			logLevel: 'info',
			metrics: {host: '0.0.0.0', port: 12_798},
			unknown: [],
			path: file,
		});
	}
	t.deepEqual((await readOptionFile(path.join(mainnet, 'config.json'))).cardanoNode?.unmet, [
		'CheckpointsFile',
		'CheckpointsFileHash',
	]);
	t.deepEqual((await readOptionFile(path.join(PREPROD, 'config.json'))).cardanoNode?.unmet, [
		'ConsensusMode',
	]);
	const legacy = path.join(mainnet, 'legacy-config');
	const {cardanoNode: ofJson} = await readOptionFile(`${legacy}.json`);
	const {cardanoNode: ofYaml} = await readOptionFile(`${legacy}.yaml`);
	t.like(ofJson, {logLevel: 'info', metrics: {host: '127.0.0.1', port: 12_798}, unknown: [], unmet: []});
	t.deepEqual({...ofYaml, path: '', idle: []}, {...ofJson, path: '', idle: []});
	t.deepEqual([...(ofYaml?.idle ?? [])].sort(), [...(ofJson?.idle ?? [])].sort());
});

const honoured = {
	TargetNumberOfRootPeers: 60,
	TargetNumberOfKnownPeers: 150,
	TargetNumberOfEstablishedPeers: 40,
	TargetNumberOfActivePeers: 25,
	TargetNumberOfKnownBigLedgerPeers: 16,
	TargetNumberOfEstablishedBigLedgerPeers: 12,
	TargetNumberOfActiveBigLedgerPeers: 6,
	PeerSharing: false,
	AcceptedConnectionsLimit: {hardLimit: 100, softLimit: 50, delay: 2.5},
};
const targets = {known: 150, established: 40, active: 25};
const bigLedgerTargets = {known: 16, established: 12, active: 6};
const inbound = {hardMax: 100, softMax: 50, delayMsMax: 2_500};

test('targets, limits and sharing are taken as they are, by their names before and since version 11', t => {
	const before = parseCardanoNodeConfig(honoured);
	t.true(before.ok);
	if (before.ok) t.like(before.value, {targets, bigLedgerTargets, inbound, peerSharing: false, unknown: []});
	const since = parseCardanoNodeConfig({
		$schema: 'x',
		Version: 2,
		MinNodeVersion: '11.2',
		Configuration: {
			ProtocolConfig: {ShelleyGenesisFile: 'shelley.json'},
			NetworkConfig: {
				...Object.fromEntries(
					Object.entries(honoured).map(([name, value]) => [name.replace(/^Target/, 'DeadlineTarget'), value]),
				),
				AcceptedConnectionsLimit: {HardLimit: 100, SoftLimit: 50, Delay: 2.5},
			},
			HermodTracing: {TraceOptions: {'': {severity: 'Warning', backends: ['PrometheusSimple 9000']}}},
			TestingConfig: {},
		},
	});
	t.true(since.ok);
	if (!since.ok) return;
	t.like(since.value, {
		targets,
		bigLedgerTargets,
		inbound,
		peerSharing: false,
		unknown: [],
		logLevel: 'warn',
	});
	t.deepEqual(since.value.metrics, {host: '127.0.0.1', port: 9_000});
	t.deepEqual(since.value.genesisFiles, [{era: 'Shelley', file: 'shelley.json', hash: undefined}]);
});

const backends = (backend: string): object => ({TraceOptions: {'': {backends: [backend]}}});

const malformed: Readonly<Record<string, readonly [change: object, field: string]>> = {
	'a hash that is too short': [{ShelleyGenesisHash: 'ab'}, 'ShelleyGenesisHash'],
	'a file that is no name': [{ByronGenesisFile: 5}, 'ByronGenesisFile'],
	'a hash without a file': [{ConwayGenesisFile: undefined}, 'ConwayGenesisFile'],
	'less than no peers': [{TargetNumberOfActivePeers: -1}, 'TargetNumberOfActivePeers'],
	'half a peer': [{DeadlineTargetNumberOfKnownPeers: 1.5}, 'DeadlineTargetNumberOfKnownPeers'],
	'more to be connected to than are known': [
		{TargetNumberOfKnownPeers: 20, TargetNumberOfEstablishedPeers: 30},
		'TargetNumberOfKnownPeers',
	],
	'more to be followed than connected to': [
		{TargetNumberOfActiveBigLedgerPeers: 11},
		'TargetNumberOfEstablishedBigLedgerPeers',
	],
	'a soft limit above the hard one': [
		{AcceptedConnectionsLimit: {hardLimit: 5, softLimit: 6, delay: 1}},
		'AcceptedConnectionsLimit.softLimit',
	],
	'a limit without its delay': [
		{AcceptedConnectionsLimit: {hardLimit: 5, softLimit: 5}},
		'AcceptedConnectionsLimit.delay',
	],
	'a limit that is no object': [{AcceptedConnectionsLimit: 5}, 'AcceptedConnectionsLimit'],
	'sharing that is neither yes nor no': [{PeerSharing: 'maybe'}, 'PeerSharing'],
	'a Prometheus without a port': [{hasPrometheus: ['127.0.0.1']}, 'hasPrometheus'],
	'a Prometheus on no port': [{hasPrometheus: ['127.0.0.1', 70_000]}, 'hasPrometheus[1]'],
	'a simple Prometheus that is not simple': [
		backends('PrometheusSimple suffix 0.0.0.0 12798 more'),
		'TraceOptions[""].backends[0]',
	],
	'a severity that there is not': [{minSeverity: 'Loud'}, 'minSeverity'],
	'another consensus': [{ConsensusMode: 'WorkMode'}, 'ConsensusMode'],
	'another protocol': [{Protocol: 'RealPBFT'}, 'Protocol'],
	'a time that is no number': [{ProtocolIdleTimeout: '5s'}, 'ProtocolIdleTimeout'],
	'a node that lets nobody in': [{DiffusionMode: 'InitiatorOnly'}, 'DiffusionMode'],
	'an envelope around nothing': [{Configuration: 7}, 'Configuration'],
	'a section in another file': [{Configuration: {NetworkConfig: 'net.json'}}, 'Configuration.NetworkConfig'],
};

test('of each malformed value the field is named, and the file', async t => {
	const file = path.join(await temporaryFolder(t), 'config.json');
	for (const [what, [change, field]] of Object.entries(malformed)) {
		await writeFile(file, JSON.stringify({...preprod, ...change}));
		const error = await t.throwsAsync(readOptionFile(file), {instanceOf: NodeError}, what);
		t.like(error?.detail, {code: 'CARDANO_CONFIG_FIELD_WRONG', field, file}, what);
	}
});

test('a file of our own options stays one, and what nobody knows is told by name', t => {
	for (const own of [
		{},
		{dataDir: 'x', port: 3},
		{constructor: 1, toString: 2},
		{peers: 5, logLevel: 'info'},
	])
		t.false(isCardanoNodeConfig(own));
	const parsed = parseCardanoNodeConfig({...preprod, TargetNumberOfPeers: 5, hasGrafana: true});
	t.true(parsed.ok);
	if (parsed.ok) t.deepEqual(parsed.value.unknown, ['TargetNumberOfPeers', 'hasGrafana']);
});

test('whatever stands in it, a configuration is taken or refused with a code', t => {
	const names = fc.constantFrom(
		...Object.keys(preprod),
		...Object.keys(honoured),
		'Configuration',
		'hasPrometheus',
	);
	fc.assert(
		fc.property(fc.dictionary(names, fc.jsonValue({maxDepth: 3})), config => {
			const parsed = parseCardanoNodeConfig(config);
			t.true(parsed.ok || parsed.error.code === 'CARDANO_CONFIG_FIELD_WRONG');
		}),
	);
});

test('genesis files have the hashes that cardano-node gives them; another one is named with its field', async t => {
	const folder = await temporaryFolder(t);
	await cp(PREPROD, folder, {recursive: true});
	const file = path.join(folder, 'config.json');
	const {cardanoNode} = await readOptionFile(file);
	const check = () => checkGenesisFiles(crypto, file, cardanoNode?.genesisFiles ?? []);
	await t.notThrowsAsync(check());
	for (const era of ERAS) {
		const genesis = path.join(folder, String(preprod[`${era}GenesisFile`]));
		const text = await readFile(genesis, 'utf8');
		const refused = async (detail: object): Promise<void> => {
			const error = await t.throwsAsync(check(), {instanceOf: NodeError});
			t.like(error?.detail, {...detail, configFile: file}, era);
		};
		// A digit in the middle: still JSON, another genesis.
		const at = text.search(/\d/);
		await writeFile(genesis, `${text.slice(0, at)}${text[at] === '1' ? 2 : 1}${text.slice(at + 1)}`);
		await refused({code: 'CARDANO_CONFIG_GENESIS_OTHER', field: `${era}GenesisHash`, file: genesis});
		await writeFile(genesis, '{');
		await refused({code: 'CARDANO_CONFIG_GENESIS_BAD', field: `${era}GenesisFile`, file: genesis});
		await rm(genesis);
		await refused({code: 'FILE_NOT_FOUND', field: `${era}GenesisFile`, file: genesis});
		await writeFile(genesis, text);
	}
	// Byron's is of what it says, not of how it is written.
	const byron = await readFile(path.join(folder, 'byron-genesis.json'), 'utf8');
	const short = Buffer.from(JSON.stringify(JSON.parse(byron)));
	t.is(genesisHash(crypto, 'Byron', short), String(preprod['ByronGenesisHash']));
});

test('a relay takes flags over its environment over that file, and nothing of a node of our own chain', async t => {
	const configFile = path.join(await temporaryFolder(t), 'config.json');
	await writeFile(configFile, JSON.stringify({...preprod, ...honoured}));
	const environment = {DCLOUD_RELAY_DATABASE_PATH: 'db', DCLOUD_TOPOLOGY: 'ours.json'};
	const config = await readRelayConfig({flags: {}, configFile, environment});
	t.like(config, {
		databasePath: 'db',
		topology: undefined,
		connections: 40,
		peerSharing: false,
		metricsHost: '0.0.0.0',
		hostAddr: '0.0.0.0',
		port: 3001,
		shelleyGenesis: path.join(path.dirname(configFile), 'shelley-genesis.json'),
	});
	const more = {...environment, DCLOUD_RELAY_PEERS: '20', DCLOUD_RELAY_PEER_SHARING: 'yes'};
	const flags = {peers: '10', stakeDistribution: ['1=a', '2=b']};
	const changed = await readRelayConfig({flags, configFile, environment: more});
	t.like(changed, {connections: 10, peerSharing: true, stakeDistributions: ['1=a', '2=b']});
});

test('a node of our own chain takes targets, limits, sharing and log from that file, and says what it does not', async t => {
	const configFile = path.join(await temporaryFolder(t), 'config.json');
	await writeFile(configFile, JSON.stringify({...preprod, ...honoured}));
	const needed = {dataDir: 'data', genesis: 'genesis.json'};
	const config = await readConfig({flags: needed, configFile, environment: {DCLOUD_PEER_SHARING: 'yes'}});
	t.like(config, {
		peers: 40,
		peerSharing: true,
		metricsHost: '0.0.0.0',
		logLevel: 'info',
		genesis: 'genesis.json',
	});
	t.like(config.cardanoNode, {targets, inbound, genesisFiles: [], unmet: []});
	t.true(config.cardanoNode?.idle.includes('ShelleyGenesisHash'));
});

test("a relay starts from cardano-node's own file, and its log says what of it means nothing here", async t => {
	const folder = await temporaryFolder(t);
	const configFile = path.join(folder, 'config.json');
	await cp(PREPROD, folder, {recursive: true});
	await writeFile(configFile, JSON.stringify({...preprod, ...honoured, TargetNumberOfPeers: 5}));
	const databasePath = path.join(folder, 'database');
	const flags = {
		databasePath,
		startPoint: startText,
		hostAddr: '127.0.0.1',
		port: 0,
		metricsPort: 0,
		metricsHost: '127.0.0.1',
	};
	const start = async () =>
		startCardanoRelay(await readRelayConfig({flags, configFile, environment: {}}), {version: 'test', signal});
	const relay = await start();
	t.is(relay.networkName, 'preprod');
	await relay.stop();
	const lines = (await readFile(path.join(databasePath, 'relay.log'), 'utf8')).trim().split('\n');
	const told = lines.map(line => JSON.parse(line) as {level: string; msg: string; fields?: string});
	t.regex(told.find(({msg}) => msg.includes('mean nothing here'))?.fields ?? '', /\bLedgerDB\b/);
	t.like(
		told.find(({msg}) => msg.includes('does more')),
		{level: 'warn', fields: 'ConsensusMode'},
	);
	t.like(
		told.find(({msg}) => msg.includes('neither')),
		{level: 'warn', fields: 'TargetNumberOfPeers'},
	);
	await writeFile(path.join(folder, 'alonzo-genesis.json'), '{}');
	await t.throwsAsync(start(), {code: 'CARDANO_CONFIG_GENESIS_OTHER'});
});
