import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {createControlClient} from '#node/adapters/control-client';
import type {ControlClient, ControlFile} from '#node/ports/control-api';
import type {ProcessGroup, Started} from '../demo/processes.ts';
import {EGRESS_PRICE, type Layout, OVERLAY_PROVIDER, PAID_PROVIDER, SERVICE} from './layout.ts';
import type {Producer, ProviderPerson} from './people.ts';

export type Member = {
	readonly name: string;
	readonly started: Started;
	readonly control: ControlFile;
	readonly client: ControlClient;
};

type Roots = readonly {readonly address: string; readonly port: number}[];

/** cardano-node's topology.json with one group of local roots. */
export const topologyOf = (accessPoints: Roots): string =>
	JSON.stringify(
		{
			localRoots:
				accessPoints.length === 0
					? []
					: [{accessPoints, advertise: true, trustable: true, valency: accessPoints.length}],
			publicRoots: [],
			useLedgerAfterSlot: -1,
		},
		null,
		2,
	);

export type Starter = {
	relay(name: string): Promise<Member>;
	/** A relay that dials another one. */
	follower(name: string, relay: Member): Promise<Member>;
	producer(producer: Producer, relay: Member): Promise<Member>;
	provider(provider: ProviderPerson, relay: Member, claimId: string): Promise<Member>;
};

/** They take part in the topic overlay, over which the committee's signatures go; a free port each. */
const OVERLAY_WORDS: readonly string[] = ['--p2p-port', '0', '--overlay-tick', '250'];

/** Where libp2p of another member is reached, as it wrote down. */
const bootstrapFrom = async (layout: Layout, {name}: Pick<Member, 'name'>): Promise<readonly string[]> => {
	const told: unknown = JSON.parse(await readFile(path.join(layout.node(name), 'p2p.json'), 'utf8'));
	const addresses = (told as {readonly addresses: readonly string[]}).addresses;
	return ['--p2p-bootstrap', addresses.join(',')];
};

/** Connections of a node that has many neighbours on its machine. */
const PEERS_CROWDED = 4;

export const createStarter = (
	group: ProcessGroup,
	layout: Layout,
	{
		kupoUrl,
		crowded,
		submitWallet,
	}: {
		readonly kupoUrl: string;
		readonly crowded: boolean;
		/** Key file of the wallet with which producers hand checkpoints in; without it nobody does by itself. */
		readonly submitWallet?: string | undefined;
	},
): Starter => {
	// All neighbours have one address.
	const hospitable = crowded ? ['--peers-per-address', '256'] : [];
	const handingIn =
		submitWallet === undefined ? [] : ['--cardano-wallet', submitWallet, '--deployment', layout.deployment];
	const modest = crowded ? ['--peers', String(PEERS_CROWDED), '--verify-threads', '0'] : [];
	const start = async (
		name: string,
		verb: readonly string[],
		roots: Roots,
		words: readonly string[],
	): Promise<Member> => {
		const topology = layout.topology(name);
		await mkdir(path.dirname(topology), {recursive: true});
		await writeFile(topology, topologyOf(roots));
		const data = layout.node(name);
		const started = await group.start(name, [
			...verb,
			...['--name', name, '--data-dir', data, '--genesis', layout.genesis, '--topology', topology],
			...['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--kupo-url', kupoUrl],
			// Producers find each other without relays here.
			...['--peer-sharing', 'yes'],
			...hospitable,
			...words,
		]);
		const control = await group.ready<ControlFile>(started, path.join(data, 'control.json'));
		return {name, started, control, client: createControlClient(control)};
	};
	const rootOf = ({control}: Member): Roots => [{address: control.p2pHost, port: control.p2pPort}];

	return {
		relay: name => start(name, ['node', 'run'], [], OVERLAY_WORDS),
		follower: (name, relay) => start(name, ['node', 'run'], rootOf(relay), []),
		producer: async ({name, keys}, relay) =>
			start(name, ['node', 'run'], rootOf(relay), [
				...OVERLAY_WORDS,
				...(await bootstrapFrom(layout, relay)),
				...['--vrf-key', path.join(keys.folder, 'vrf.skey')],
				...['--kes-key', path.join(keys.folder, 'kes.skey')],
				...['--certificate', path.join(keys.folder, 'node.cert')],
				...['--checkpoint-key', path.join(keys.folder, 'checkpoint.skey')],
				...handingIn,
			]),
		provider: async ({name, operatorKeyFile, owner}, relay, claimId) =>
			start(name, ['provider', 'run'], rootOf(relay), [
				...(name === OVERLAY_PROVIDER && !crowded
					? [...OVERLAY_WORDS, ...(await bootstrapFrom(layout, relay))]
					: []),
				...['--operator-key', operatorKeyFile, '--provider', claimId, '--settle-key', owner.keyFile],
				...(name === PAID_PROVIDER && !crowded ? ['--egress-price', EGRESS_PRICE] : []),
				...['--service', SERVICE],
				...modest,
			]),
	};
};
