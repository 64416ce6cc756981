import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {explainOptions, readConfig} from '#node/config';
import {temporaryFolder} from '../support/temporary-folder.ts';

const needed = {dataDir: 'data', genesis: 'genesis.json'};

test('takes a flag over the environment over the file over the default', async t => {
	const configFile = path.join(await temporaryFolder(t), 'node.json');
	await writeFile(configFile, JSON.stringify({...needed, port: 1, host: 'file', name: 'file'}));
	const config = await readConfig({
		flags: {name: 'flag', port: undefined},
		configFile,
		environment: {DCLOUD_NAME: 'environment', DCLOUD_HOST: 'environment', DCLOUD_DATA_DIR: '', PATH: '/bin'},
	}).catch((error: unknown) => error);
	t.like(config, {code: 'CONFIG_BAD_OPTION'});
	t.like(
		await readConfig({
			flags: {name: 'flag', port: undefined},
			configFile,
			environment: {DCLOUD_NAME: 'environment', DCLOUD_HOST: 'environment', PATH: '/bin'},
		}),
		{...needed, name: 'flag', host: 'environment', port: 1, logLevel: 'info', peers: 30},
	);
});

test('takes any number of threads from none on, and none named when none is given', async t => {
	const environment = {DCLOUD_VERIFY_THREADS: '3'};
	t.is((await readConfig({flags: needed, environment})).verifyThreads, 3);
	t.is((await readConfig({flags: {...needed, verifyThreads: '0'}, environment})).verifyThreads, 0);
	t.is((await readConfig({flags: needed, environment: {}})).verifyThreads, undefined);
});

test('reads numbers and switches from text', async t => {
	const environment = {DCLOUD_PORT: '3001', DCLOUD_PEER_SHARING: 'false', DCLOUD_METRICS_PORT: '0'};
	t.like(await readConfig({flags: needed, environment}), {port: 3001, peerSharing: false, metricsPort: 0});
});

const bad: Readonly<Record<string, readonly [flags: object, code: string, option?: string]>> = {
	'a missing data folder': [{genesis: 'x'}, 'CONFIG_BAD_OPTION', 'dataDir'],
	'a port out of range': [{...needed, port: '65536'}, 'CONFIG_BAD_OPTION', 'port'],
	'a port that is no number': [{...needed, port: 'x'}, 'CONFIG_BAD_OPTION', 'port'],
	'less than no threads': [{...needed, verifyThreads: '-1'}, 'CONFIG_BAD_OPTION', 'verifyThreads'],
	'half a thread': [{...needed, verifyThreads: '1.5'}, 'CONFIG_BAD_OPTION', 'verifyThreads'],
	'an unknown log level': [{...needed, logLevel: 'loud'}, 'CONFIG_BAD_OPTION', 'logLevel'],
	'a Kupo that is no web address': [{...needed, kupoUrl: 'ftp://x'}, 'CONFIG_BAD_OPTION', 'kupoUrl'],
	'stake on Cardano from a Kupo, which knows none': [
		{...needed, cardanoStakesUrl: 'http://127.0.0.1:1442'},
		'CONFIG_BAD_OPTION',
		'cardanoStakesUrl',
	],
	'an option that does not exist': [{...needed, colour: 'red'}, 'CONFIG_BAD_OPTION', 'colour'],
	'a Cardano wallet without the rest': [
		{...needed, cardanoWallet: 'payment.skey'},
		'CONFIG_SUBMISSION_INCOMPLETE',
	],
	'a VRF key without the rest': [{...needed, vrfKey: 'vrf.skey'}, 'CONFIG_KEYS_INCOMPLETE'],
};

for (const [what, [flags, code, option]] of Object.entries(bad))
	test(`refuses ${what}`, async t => {
		const error = await t.throwsAsync(readConfig({flags: {...flags}, environment: {}}), {
			instanceOf: NodeError,
		});
		t.is(error?.code, code);
		t.is(error?.detail['option'], option);
	});

test('says every option that is needed and was not given, as flag and as variable', async t => {
	const error = await t.throwsAsync(readConfig({flags: {}, environment: {}}), {instanceOf: NodeError});
	t.is(error?.message, 'Say --data-dir (or DCLOUD_DATA_DIR) and --genesis (or DCLOUD_GENESIS).');
});

test('refuses a file that is not there or not an object', async t => {
	const folder = await temporaryFolder(t);
	const missing = readConfig({flags: needed, configFile: path.join(folder, 'none.json'), environment: {}});
	t.is((await t.throwsAsync(missing, {instanceOf: NodeError}))?.code, 'CONFIG_UNREADABLE');
	for (const text of ['[]', 'null', '{']) {
		await writeFile(path.join(folder, 'bad.json'), text);
		const broken = readConfig({flags: needed, configFile: path.join(folder, 'bad.json'), environment: {}});
		t.is((await t.throwsAsync(broken, {instanceOf: NodeError}))?.code, 'CONFIG_NOT_JSON');
	}
});

test('explains every option', t => {
	const explained = explainOptions();
	t.deepEqual(
		explained.find(({name}) => name === 'controlPort'),
		{
			name: 'controlPort',
			flag: '--control-port',
			variable: 'DCLOUD_CONTROL_PORT',
			description: 'Port of the control API on 127.0.0.1; 0 takes a free one',
			defaultValue: '0',
			isRequired: false,
			isSwitch: false,
		},
	);
	t.deepEqual(
		explained.filter(({isRequired}) => isRequired).map(({name}) => name),
		['dataDir', 'genesis'],
	);
	t.true(explained.every(({description}) => description.length > 10));
});

test('a Cardano wallet needs nothing more when nothing is to be handed in with it', async t => {
	const flags = {...needed, cardanoWallet: 'payment.skey'};
	t.like(await readConfig({flags, environment: {DCLOUD_SUBMIT: 'no'}}), {submit: false});
	t.like(await readConfig({flags: {...flags, submit: false}, environment: {}}), {submit: false});
	const rest = {deployment: 'deployment.json', kupoUrl: 'http://127.0.0.1:1442'};
	t.like(await readConfig({flags: {...flags, ...rest}, environment: {}}), {submit: true, ...rest});
});
