/** What a relay of Cardano does with the transactions of a peer, over TCP. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {defined} from '#kernel/assert';
import {startCardanoRelay} from '#node/cardano-relay';
import {onAbort} from '#relay/abort';
import {dial} from '#relay/dial';
import type {TxOutlet} from '#relay/handlers';
import {realBlocks, startText} from '../../../support/cardano-relay.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const {signal} = new AbortController();

test('a peer that offers transactions stays connected: each is acknowledged, none is fetched', async t => {
	const folder = await temporaryFolder(t);
	const immutableDb = path.join(folder, 'immutable');
	await mkdir(immutableDb);
	await writeFile(path.join(immutableDb, '01285.chunk'), defined(realBlocks[0], 'a block').bytes);
	const relay = await startCardanoRelay(
		{
			network: 'preprod',
			shelleyGenesis: undefined,
			databasePath: path.join(folder, 'database'),
			topology: undefined,
			hostAddr: '127.0.0.1',
			port: 0,
			startPoint: startText,
			protocolState: undefined,
			stakeDistributions: [],
			immutableDb,
			trustLevel: undefined,
			metricsPort: 'none',
		},
		{version: 'test', signal},
	);
	t.teardown(() => relay.stop());
	const OFFERED = 25;
	let offered = 0;
	let fetched = 0;
	let askedOn: () => void = () => undefined;
	const allAcknowledged = new Promise<void>(resolve => {
		askedOn = resolve;
	});
	const txOutlet: TxOutlet = {
		take: max => {
			const count = Math.min(max, OFFERED - offered);
			const ids = Array.from({length: count}, (_, index) => new Uint8Array(32).fill(offered + index));
			offered += count;
			return ids.map(bytes => ({id: {era: 6, bytes}, sizeBytes: 100}));
		},
		waitForMore: ({signal: ended}) => {
			// A window of ids is open only so far: who asks on with nothing left has acknowledged them all.
			askedOn();
			return new Promise((_, reject) => onAbort(ended, () => reject(ended.reason)));
		},
		transaction: () => {
			fetched++;
			return undefined;
		},
		close: () => undefined,
	};
	const connection = await dial(relay.address, {networkMagic: 1, handlers: () => ({txOutlet})}, {signal});
	t.teardown(() => connection.close());
	const outcome = await Promise.race([allAcknowledged, connection.closed.then(({code}) => code)]);
	t.is(outcome, undefined);
	t.is(offered, OFFERED);
	t.is(fetched, 0);
	t.is(relay.status().peers.length, 1);
	t.false(connection.signal.aborted);
});
