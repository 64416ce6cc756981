import {writeFile} from 'node:fs/promises';
import type {Layout} from './layout.ts';
import {type Member, topologyOf} from './start-nodes.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a shell file that says where this network is: for its commands, and for a node that is to join it. */
export const writeEnvironment = async ({
	layout,
	relay: {name, control},
	kupoUrl,
}: {
	readonly layout: Layout;
	readonly relay: Pick<Member, 'name' | 'control'>;
	readonly kupoUrl: string;
}): Promise<void> => {
	const topology = layout.topology('newcomer');
	await writeFile(topology, topologyOf([{address: control.p2pHost, port: control.p2pPort}]));
	const variables = {
		DCLOUD_NODE: layout.node(name),
		DCLOUD_GENESIS: layout.genesis,
		DCLOUD_TOPOLOGY: topology,
		DCLOUD_KUPO_URL: kupoUrl,
		DCLOUD_DEPLOYMENT: layout.deployment,
	};
	const lines = Object.entries(variables).map(([variable, value]) => `export ${variable}=${quoted(value)}\n`);
	await writeFile(layout.environment, lines.join(''));
};
