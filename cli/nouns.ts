import type {Command} from 'commander';

export type Noun = {
	readonly name: string;
	readonly summary: string;
	readonly load: () => Promise<{readonly register: (noun: Command) => void}>;
};

/** What `dcloud --help` lists, in the order in which a newcomer meets it. */
export const nouns: readonly Noun[] = [
	{
		name: 'keys',
		summary: "make, look at and renew keys, in cardano-cli's files",
		load: () => import('./commands/keys.ts'),
	},
	{name: 'genesis', summary: 'name a new network', load: () => import('./commands/genesis.ts')},
	{name: 'chain', summary: 'look at the tip and at blocks', load: () => import('./commands/chain.ts')},
	{
		name: 'account',
		summary: 'credits: create, balance, send, withdraw',
		load: () => import('./commands/account.ts'),
	},
	{
		name: 'pool',
		summary: 'stake pools: register, delegate, rewards',
		load: () => import('./commands/pool.ts'),
	},
	{
		name: 'tx',
		summary: 'build, sign and submit transactions, offline if need be',
		load: () => import('./commands/tx.ts'),
	},
	{
		name: 'provider',
		summary: 'run a storage provider, look at providers',
		load: () => import('./commands/provider.ts'),
	},
	{
		name: 'conformance',
		summary: 'check published test vectors with the code that the node runs',
		load: () => import('./commands/conformance.ts'),
	},
];
