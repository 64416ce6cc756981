/** A process that locks the folder that it is given, says so, and waits to be killed. */
import process from 'node:process';
import {setTimeout} from 'node:timers/promises';
import {createNodeFileSystem} from '#node/adapters/node-file-system';

await createNodeFileSystem().lock(process.argv[2] ?? '');
process.send?.('locked');
await setTimeout(60_000);
