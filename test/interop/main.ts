/** `node dist/test/interop/main.js`: tries the other implementations that this machine has against a relay of ours, with 863 real blocks. */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {startCardanoRelay} from '#node/cardano-relay';
import {realBlocks, startText} from '../support/cardano-relay.ts';
import {programs, tryProgram} from './programs.ts';

const MAGIC = 1;
const {signal} = new AbortController();
const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-'));
const immutableDb = path.join(folder, 'immutable');
const socketPath = path.join(folder, 'socket');
await mkdir(immutableDb);
await writeFile(path.join(immutableDb, '01285.chunk'), Buffer.concat(realBlocks.map(({bytes}) => bytes)));
const relay = await startCardanoRelay(
	{
		network: 'preprod',
		shelleyGenesis: undefined,
		databasePath: path.join(folder, 'database'),
		topology: undefined,
		hostAddr: '127.0.0.1',
		port: 0,
		socketPath,
		startPoint: startText,
		protocolState: undefined,
		stakeDistributions: [],
		immutableDb,
		trustLevel: undefined,
		metricsPort: 'none',
	},
	{version: 'interop', signal},
);
const target = {...relay.address, magic: MAGIC, socket: socketPath};
for (const program of programs) {
	const outcome = await tryProgram(program, target, process.env['PATH'] ?? '');
	const said = outcome.kind === 'differs' ? `differs:\n${outcome.output}` : outcome.kind;
	process.stdout.write(`${program.name}, ${program.trial}: ${said}\n`);
	if (outcome.kind === 'differs') process.exitCode = 1;
}
await relay.stop();
await rm(folder, {recursive: true, force: true});
