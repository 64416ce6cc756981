import type {Command} from 'commander';

export type Noun = {
	readonly name: string;
	readonly summary: string;
	readonly load: () => Promise<{readonly register: (noun: Command) => void}>;
};

/** What `dcloud --help` lists, in the order in which a newcomer meets it. */
export const nouns: readonly Noun[] = [
	{
		name: 'demo',
		summary: 'the whole job on this machine: what "npm start" does',
		load: () => import('./commands/demo.ts'),
	},
	{
		name: 'devnet',
		summary: 'a network of processes on this machine',
		load: () => import('./commands/devnet.ts'),
	},
	{
		name: 'keys',
		summary: "make, look at and renew keys, in cardano-cli's files",
		load: () => import('./commands/keys.ts'),
	},
	{name: 'genesis', summary: 'name a new network', load: () => import('./commands/genesis.ts')},
	{name: 'node', summary: 'run a relay or a block producer', load: () => import('./commands/node.ts')},
	{
		name: 'relay',
		summary: 'follow Cardano and serve it: a validating relay',
		load: () => import('./commands/relay.ts'),
	},
	{
		name: 'cncli',
		summary: "CNCLI's verbs and JSON, from a chain that was validated",
		load: () => import('./commands/cncli.ts'),
	},
	{
		name: 'db',
		summary: "check, repair, export and import a node's database",
		load: () => import('./commands/db.ts'),
	},
	{name: 'chain', summary: 'look at the tip and at blocks', load: () => import('./commands/chain.ts')},
	{
		name: 'account',
		summary: 'credits: create, balance, send, withdraw',
		load: () => import('./commands/account.ts'),
	},
	{
		name: 'channel',
		summary: 'pay for downloads with vouchers: open, pay, settle, close',
		load: () => import('./commands/channel.ts'),
	},
	{
		name: 'key',
		summary: "a customer's recovery phrase: make, restore, split into shares",
		load: () => import('./commands/key.ts'),
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
	{name: 'bucket', summary: 'buckets of named files', load: () => import('./commands/bucket.ts')},
	{name: 'file', summary: 'put files in, get them back', load: () => import('./commands/file.ts')},
	{
		name: 'agreement',
		summary: 'audit what providers have proven, renew agreements, end them',
		load: () => import('./commands/agreement.ts'),
	},
	{
		name: 'share',
		summary: 'let others read: links and files for one object or one folder',
		load: () => import('./commands/share.ts'),
	},
	{
		name: 'restore',
		summary: 'everything again from a phrase or a key, on an empty machine',
		load: () => import('./commands/restore.ts'),
	},
	{
		name: 'receipt',
		summary: 'check the receipt of a deletion',
		load: () => import('./commands/receipt.ts'),
	},
	{name: 'repair', summary: 'rebuild lost pieces for a bounty', load: () => import('./commands/repair.ts')},
	{
		name: 'checkpoint',
		summary: "the side-chain's checkpoints on Cardano",
		load: () => import('./commands/checkpoint.ts'),
	},
	{
		name: 'cardano',
		summary: 'the contracts on Cardano, and a devnet of it',
		load: () => import('./commands/cardano.ts'),
	},
	{
		name: 'bridge',
		summary: 'value from Cardano to the side-chain and back',
		load: () => import('./commands/bridge.ts'),
	},
	{
		name: 'treasury',
		summary: 'look at the treasury on Cardano, give it what was earned',
		load: () => import('./commands/treasury.ts'),
	},
	{
		name: 'gov',
		summary: 'govern with tokens on Cardano: propose, vote, execute',
		load: () => import('./commands/gov.ts'),
	},
	{
		name: 'roi',
		summary: 'what a machine brings that mines and stores',
		load: () => import('./commands/roi.ts'),
	},
	{
		name: 'conformance',
		summary: 'check published test vectors with the code that the node runs',
		load: () => import('./commands/conformance.ts'),
	},
	{
		name: 'completion',
		summary: 'completion of command lines for bash, zsh or fish',
		load: () => import('./commands/completion.ts'),
	},
];
