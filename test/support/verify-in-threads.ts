/** Verifies a hundred headers with two threads and prints how many held and how many threads are left: for a child process. */
import process from 'node:process';
import {WorkerHeaderVerifier} from '#node/adapters/worker-header-verifier/worker-header-verifier';
import {crypto} from './crypto.ts';
import {goodWork} from './header-work.ts';
import {silentLog} from './silent-log.ts';

const verifier = new WorkerHeaderVerifier({crypto, log: silentLog}, {threads: 2});
const {signal} = new AbortController();
const answers = await verifier.verify(Array(100).fill(goodWork), {signal});
const held = answers.filter(({ok}) => ok).length;
process.stdout.write(JSON.stringify({held, threads: verifier.threads}));
await verifier.close();
