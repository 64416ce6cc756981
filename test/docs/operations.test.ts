/** What operators copy from `ops` speaks of options, commands and files that there are. */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {explainOptions} from '#node/config';

const read = (file: string): string => readFileSync(path.join('ops', file), 'utf8');

const known = new Set(explainOptions().map(({variable}) => variable));

const unknownIn = (text: string): readonly string[] =>
	[...new Set(text.match(/\bDCLOUD_[A-Z0-9_]+\b/g) ?? [])].filter(name => !known.has(name));

test('every variable in the files for operators is an option of a node', t => {
	for (const file of [
		'systemd/node.env',
		'systemd/dcloud-node.service',
		'docker/Dockerfile',
		'docker/compose.yml',
		'helm/dcloud/values.yaml',
		'helm/dcloud/templates/nodes.yaml',
	]) {
		t.deepEqual(unknownIn(read(file)), [], file);
	}
});

test('what the image copies exists, or is made by the build', t => {
	const text = read('docker/Dockerfile');
	const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
		names.split(' '),
	);
	t.true(copied.length > 1);
	for (const name of copied) t.true(existsSync(name), name);
	t.regex(text, /^USER node$/m);
	t.regex(text, /^HEALTHCHECK /m);
});

type Compose = {
	readonly services: Readonly<
		Record<string, {readonly ports?: unknown; readonly volumes: readonly string[]}>
	>;
	readonly volumes: Readonly<Record<string, unknown>>;
};

test('in the composition only relays and the provider are reachable from outside', t => {
	const {services, volumes} = parse(read('docker/compose.yml'), {merge: true}) as Compose;
	const open = Object.keys(services).filter(name => services[name]?.ports !== undefined);
	t.deepEqual(open, ['relay-1', 'relay-2', 'provider']);
	for (const [name, service] of Object.entries(services)) {
		t.true(name in volumes, name);
		t.true(service.volumes.includes(`${name}:/data`), name);
	}
});

test('every value that the chart’s templates ask for is in its values', t => {
	const values = parse(read('helm/dcloud/values.yaml')) as Readonly<Record<string, unknown>>;
	const template = read('helm/dcloud/templates/nodes.yaml');
	const asked = [...template.matchAll(/\.Values\.([\w.]+)/g)].map(([, name = '']) => name);
	t.true(asked.length > 4);
	for (const name of asked) {
		const value = name
			.split('.')
			.reduce<unknown>((of, part) => (of as Readonly<Record<string, unknown>> | undefined)?.[part], values);
		t.not(value, undefined, name);
	}
	t.is(template.match(/\{\{-? (?:if|range)/g)?.length, template.match(/\{\{- end/g)?.length);
});
