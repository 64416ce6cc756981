/** What operators copy from `ops` speaks of options, commands and files that there are. */
import {execFile} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import test from 'ava';
import {parse, parseAllDocuments} from 'yaml';
import {explainOptions} from '#node/config';
import {renderChart} from '../support/render-chart.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const read = (file: string): string => readFileSync(path.join('ops', file), 'utf8');

/** Besides options: what an image says of its own build. */
const known = new Set([...explainOptions().map(({variable}) => variable), 'DCLOUD_REVISION']);

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

type Named = {readonly name: string};
type Container = Named & {
	readonly image: string;
	readonly args?: readonly string[];
	readonly env?: readonly (Named & {readonly value: string})[];
	readonly ports?: readonly (Named & {readonly containerPort: number})[];
	readonly volumeMounts: readonly (Named & {readonly mountPath: string})[];
	readonly readinessProbe?: {readonly exec: {readonly command: readonly string[]}};
};
type PodSpec = {
	readonly securityContext: unknown;
	readonly containers: readonly [Container];
	readonly initContainers?: readonly [Container];
	readonly volumes: readonly Named[];
};
type StatefulSet = {
	readonly kind: 'StatefulSet';
	readonly metadata: Named;
	readonly spec: {
		readonly replicas: number;
		readonly serviceName: string;
		readonly selector: {readonly matchLabels: object};
		readonly template: {readonly metadata: {readonly labels: object}; readonly spec: PodSpec};
		readonly volumeClaimTemplates: readonly {readonly metadata: Named}[];
	};
};
type Service = {
	readonly kind: 'Service';
	readonly metadata: Named;
	readonly spec: {readonly selector: object; readonly ports: readonly (Named & {readonly port: number})[]};
};

/** What the chart makes with its own values and with those for a provider. */
const rendered = (): readonly (Service | StatefulSet)[] => {
	const values = parse(read('helm/dcloud/values.yaml')) as object;
	const provider = parse(read('helm/dcloud/provider.yaml')) as object;
	return [values, {...values, ...provider}].flatMap(given =>
		parseAllDocuments(renderChart(read('helm/dcloud/templates/nodes.yaml'), given as Record<string, unknown>))
			.map(document => {
				if (document.errors.length > 0) throw document.errors[0];
				return document.toJS() as Service | StatefulSet | null;
			})
			.filter(document => document !== null),
	);
};

const setsIn = (documents: readonly (Service | StatefulSet)[]): readonly StatefulSet[] =>
	documents.filter(document => document.kind === 'StatefulSet');

test('what the chart makes fits together: services, ports, volumes, keys of the right owner', t => {
	const documents = rendered();
	const sets = setsIn(documents);
	t.deepEqual(
		sets.map(({metadata}) => metadata.name),
		['relay-1', 'relay-2', 'producer', 'provider'],
	);
	for (const {metadata, spec} of sets) {
		const {name} = metadata;
		const service = documents.find(
			(other): other is Service => other.kind === 'Service' && other.metadata.name === name,
		);
		const {labels} = spec.template.metadata;
		t.is(spec.serviceName, name);
		t.is(spec.replicas, 1);
		t.deepEqual([service?.spec.selector, spec.selector.matchLabels], [labels, labels], name);
		const pod = spec.template.spec;
		t.like(pod.securityContext, {runAsNonRoot: true, fsGroupChangePolicy: 'OnRootMismatch'});
		const [node] = pod.containers;
		const open = node.ports?.map(({containerPort}) => containerPort) ?? [];
		for (const {port} of service?.spec.ports ?? []) t.true(open.includes(port), `${name} ${port}`);
		const volumes = [
			...pod.volumes.map(volume => volume.name),
			...spec.volumeClaimTemplates.map(claim => claim.metadata.name),
		];
		const containers = [...(pod.initContainers ?? []), node];
		for (const mount of containers.flatMap(({volumeMounts}) => volumeMounts))
			t.true(volumes.includes(mount.name), `${name} ${mount.name}`);
		for (const {name: variable, value} of node.env ?? []) {
			t.true(known.has(variable), variable);
			// Each file that it is told of lies in something that is mounted.
			if (value.startsWith('/'))
				t.true(
					node.volumeMounts.some(({mountPath}) => value.startsWith(mountPath)),
					value,
				);
		}
	}
});

/** Ports and addresses that the image gives its processes. */
const imageEnvironment = (): ReadonlyMap<string, string> => {
	const [, line = ''] = /^ENV (.+)$/m.exec(read('docker/Dockerfile')) ?? [];
	return new Map(line.split(' ').map(pair => pair.split('=') as [string, string]));
};

test('the ports of chart, composition, image and scraper are one', t => {
	const environment = imageEnvironment();
	const exposed = /^EXPOSE (.+)$/m.exec(read('docker/Dockerfile'))?.[1]?.split(' ') ?? [];
	const [port = '', metrics = ''] = exposed;
	t.is(environment.get('DCLOUD_PORT'), port);
	t.true(read('prometheus.yml').includes(`127.0.0.1:${metrics}`));
	t.true(read('systemd/node.env').includes(`DCLOUD_METRICS_PORT=${metrics}`));
	t.true(
		explainOptions().some(
			option => option.variable === 'DCLOUD_METRICS_PORT' && option.description.includes(metrics),
		),
	);
	for (const {spec} of setsIn(rendered())) {
		const {ports = []} = spec.template.spec.containers[0];
		t.true(ports.some(({name, containerPort}) => name === 'metrics' && String(containerPort) === metrics));
		t.true(ports.some(({name, containerPort}) => name === 'node-to-node' && String(containerPort) === port));
	}
	const {services} = parse(read('docker/compose.yml'), {merge: true}) as {
		readonly services: Readonly<Record<string, {readonly ports?: readonly string[]}>>;
	};
	for (const relay of ['relay-1', 'relay-2'])
		t.deepEqual(
			services[relay]?.ports?.map(mapped => mapped.split(':')[1]),
			[port],
		);
});

/** Command lines of `dcloud` in what operators copy. */
const commandLines = (): readonly (readonly string[])[] => {
	const listed = (text: string): readonly string[] => parse(text) as readonly string[];
	const dockerfile = read('docker/Dockerfile');
	const compose = parse(read('docker/compose.yml'), {merge: true}) as {
		readonly services: Readonly<Record<string, {readonly command?: readonly string[]}>>;
	};
	return [
		/^ExecStart=\S+ (.+)$/m.exec(read('systemd/dcloud-node.service'))?.[1]?.split(' ') ?? [],
		listed(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? ''),
		listed(/^\tCMD (.+)$/m.exec(dockerfile)?.[1] ?? '').slice(1),
		...Object.values(compose.services).flatMap(({command}) => (command === undefined ? [] : [command])),
		...setsIn(rendered()).flatMap(({spec}) => {
			const [{args = [], readinessProbe}] = spec.template.spec.containers;
			return [args, readinessProbe?.exec.command.slice(1) ?? []];
		}),
	];
};

test('every flag in the files for operators is one of its verb', async t => {
	const folder = await temporaryFolder(t);
	const flags = new Map<string, Set<string>>();
	for (const [noun = '', verb = '', ...words] of commandLines()) {
		const named = flags.get(`${noun} ${verb}`) ?? new Set();
		for (const word of words) if (word.startsWith('--')) named.add(word);
		flags.set(`${noun} ${verb}`, named);
	}
	t.deepEqual([...flags.keys()].sort(), ['node run', 'node status', 'provider run']);
	for (const [words, named] of flags) {
		const {code, stdout} = await runCli(folder, ...words.split(' '), '--help');
		t.is(code, 0, words);
		for (const flag of named) t.regex(stdout, new RegExp(`^ +${flag}\\b`, 'm'), `${words} ${flag}`);
	}
});

const run = promisify(execFile);

test('systemd finds nothing wrong with the unit', async t => {
	const folder = await temporaryFolder(t);
	const unit = path.join(folder, 'dcloud-node.service');
	// Verified on a machine where the program is elsewhere.
	await writeFile(unit, read('systemd/dcloud-node.service').replace('/usr/bin/dcloud', process.execPath));
	try {
		const {stderr} = await run('systemd-analyze', ['verify', '--man=no', unit]);
		t.is(stderr, '');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
		t.log('systemd-analyze is not here');
		t.pass();
	}
});

test('every block of the guide for operators is run; what a machine may lack is said at its fence', t => {
	const fences = readFileSync('docs/OPERATORS.md', 'utf8').match(/^```.*$/gm) ?? [];
	const opening = fences.filter((_fence, index) => index % 2 === 0);
	t.true(opening.length > 15);
	for (const fence of opening) t.regex(fence, /^```sh(?: needs-(?:root|systemd|systemd-analyze))*$/);
	t.deepEqual(
		opening.filter(fence => fence !== '```sh'),
		['```sh needs-root', '```sh needs-systemd-analyze', '```sh needs-systemd'],
	);
});
