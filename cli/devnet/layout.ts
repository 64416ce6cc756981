import path from 'node:path';

/** Where everything of a devnet lives below its data folder. */
export type Layout = {
	readonly root: string;
	readonly logs: string;
	readonly cardano: string;
	readonly genesis: string;
	/** The `cardano` section of the genesis, as `dcloud genesis create` reads it. */
	readonly cardanoSection: string;
	readonly deployment: string;
	/** Keys of people: wallets, customer, repairer. */
	readonly keys: string;
	/** Data folder of a node or provider. */
	node(name: string): string;
	/** Key folder of a producer or provider. */
	keysOf(name: string): string;
	topology(name: string): string;
};

export const layoutOf = (root: string): Layout => ({
	root,
	logs: path.join(root, 'logs'),
	cardano: path.join(root, 'cardano'),
	genesis: path.join(root, 'genesis.json'),
	cardanoSection: path.join(root, 'cardano-section.json'),
	deployment: path.join(root, 'deployment.json'),
	keys: path.join(root, 'keys'),
	node: name => path.join(root, 'nodes', name),
	keysOf: name => path.join(root, 'keys', name),
	topology: name => path.join(root, 'topology', `${name}.json`),
});

export const PRODUCERS: readonly string[] = ['producer-1', 'producer-2', 'producer-3'];
/** Parts of the delegated stake, in percent. */
export const STAKE_PERCENT: readonly number[] = [40, 40, 20];
export const RELAY = 'relay';
export const PROVIDERS: readonly string[] = Array.from({length: 7}, (_, index) => `provider-${index + 1}`);
