/** `node dist/test/interop/main.js`: tries the other implementations that this machine has against a relay of ours. */
import process from 'node:process';
import {listen} from '#relay/listener';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';
import {programs, tryProgram} from './programs.ts';

const MAGIC = 1;
const chain = new ServedChain(preprodBlocks().slice(0, 863));
const listener = await listen({
	address: {host: '127.0.0.1', port: 0},
	networkMagic: MAGIC,
	handlers: () => ({chain: chain.follow(), blocks: chain.blocks}),
	connected: () => undefined,
});
const target = {...listener.address, magic: MAGIC};
for (const program of programs) {
	const outcome = await tryProgram(program, target, process.env['PATH'] ?? '');
	const said = outcome.kind === 'differs' ? `differs:\n${outcome.output}` : outcome.kind;
	process.stdout.write(`${program.name}, ${program.trial}: ${said}\n`);
	if (outcome.kind === 'differs') process.exitCode = 1;
}
await listener.close();
