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
	/** A shell file: what commands have to know of the network, as variables. */
	readonly environment: string;
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
	environment: path.join(root, 'env'),
	keys: path.join(root, 'keys'),
	node: name => path.join(root, 'nodes', name),
	keysOf: name => path.join(root, 'keys', name),
	topology: name => path.join(root, 'topology', `${name}.json`),
});

export const PRODUCERS: readonly string[] = ['producer-1', 'producer-2', 'producer-3'];
/** Parts of the delegated stake, in percent. */
export const STAKE_PERCENT: readonly number[] = [40, 40, 20];
export const relayNames = (count: number): readonly string[] =>
	Array.from({length: count}, (_, index) => (index === 0 ? 'relay' : `relay-${index + 1}`));
/** Charges for downloads, on a devnet that is not crowded: so much a GiB. */
export const PAID_PROVIDER = 'provider-5';
export const EGRESS_PRICE = '10ADA';
/** Takes part in the topic overlay, on a devnet that is not crowded: its offers and proofs travel there too. */
export const OVERLAY_PROVIDER = 'provider-1';
/** What all of them promise about giving pieces back, for how many per cent more. */
export const SERVICE = 'archive+5 standard+20 fast+50';
export const providerNames = (count: number): readonly string[] =>
	Array.from({length: count}, (_, index) => `provider-${index + 1}`);
