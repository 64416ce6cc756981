/** A Cardano pool's statement, signed where its key is: without a node, and the ledger takes it. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {genesisToJson} from '#ledger/genesis/genesis';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {LedgerChain, party} from '../support/ledger-chain.ts';
import {dave, poolIds, poolKeys, testGenesis} from '../support/ledger-genesis.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Statement = {
	readonly cardanoVk: string;
	readonly pool: string;
	readonly counter: number;
	readonly signature: string;
};

test('the cold key of a Cardano pool signs offline whom its stake counts for, and the ledger takes it', async t => {
	const folder = await temporaryFolder(t);
	const east = party('cardano pool east');
	await writeKeyFile(path.join(folder, 'cold.skey'), 'StakePoolSigningKey_ed25519', east.seed);
	await writeFile(path.join(folder, 'genesis.json'), genesisToJson(testGenesis()));
	const [first] = poolIds;
	const [keys] = poolKeys;
	if (first === undefined || keys === undefined) return t.fail();
	const words = [
		'--genesis',
		'genesis.json',
		'--cardano-key',
		'cold.skey',
		'--out',
		'statement.json',
		'--json',
	];
	const signed = await runCli(folder, 'pool', 'sign-stake', '--pool', toHex(first), ...words);
	t.is(signed.code, 0, signed.stderr);
	const statement = JSON.parse(await readFile(path.join(folder, 'statement.json'), 'utf8')) as Statement;
	t.is(statement.cardanoVk, toHex(east.verificationKey));
	const chain = new LedgerChain(testGenesis());
	const events = chain.send(
		dave,
		{
			kind: 'cardano-pool-bind',
			cardanoVk: fromHex(statement.cardanoVk),
			pool: Hash28(fromHex(statement.pool)),
			counter: statement.counter,
			signature: fromHex(statement.signature),
		},
		{with: [keys.cold]},
	);
	return t.like(events.at(-1), {kind: 'cardano-pool-bound', pool: first});
});
