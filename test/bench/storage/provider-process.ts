/** A storage provider in a process of its own: real stores, real TLS, and a chain that the parent sends block by block. */
import process from 'node:process';
import {Slot} from '#kernel/slot';
import {type BodySegments, decodeBody} from '#ledger/block/block-body';
import {readerOf} from '#ledger/state/state';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import {startProvider} from '#node/services/provider/provider';
import type {ProviderChain} from '#node/services/provider/provider-chain';
import {LossBook} from '#node/services/provider/upkeep/loss-book';
import {createTlsTransport} from '#transport/tls';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain, party} from '../../support/ledger-chain.ts';
import {testGenesis} from '../../support/ledger-genesis.ts';
import {silentLog} from '../../support/silent-log.ts';
import type {FromProviders, ToProviders} from './provider-messages.ts';
import {serveRaw} from './raw-stream.ts';

const tell = (message: FromProviders): void => {
	process.send?.(message);
};

const ledger = new LedgerChain(testGenesis());
const listeners = new Set<() => void>();
const stops: (() => Promise<void>)[] = [];

const chain: ProviderChain = {
	env: ledger.env,
	state: () => readerOf(ledger.state),
	currentSlot: () => Slot(ledger.slot + 1),
	onChange: listener => {
		listeners.add(listener);
	},
	// Only transfers are measured here.
	submit: async () => ({ok: true, value: undefined}),
	announce: bytes => tell({kind: 'announcement', bytes}),
};

const addBlock = (slot: number, segments: BodySegments): void => {
	const body = decodeBody(ledger.env, segments);
	if (!body.ok) throw new RangeError(body.error.code);
	ledger.block(Slot(slot), body.value.transactions, body.value.mainChain);
	for (const listener of listeners) listener();
};

const start = async (name: string, folder: string): Promise<void> => {
	const {seed} = party(`operator ${name}`);
	const store = await openFilePieceStore(`${folder}/${name}`);
	const provider = await startProvider(
		{
			chain,
			store,
			losses: await LossBook.open(store),
			transport: createTlsTransport(seed),
			crypto,
			trees: await createPieceTreeKernel(),
			log: silentLog,
		},
		{
			providerId: hashOf(`claim of ${name}`),
			operatorSeed: seed,
			listen: {host: '127.0.0.1', port: 0},
		},
	);
	stops.push(async () => {
		await provider.stop();
		await store.close();
	});
	tell({kind: 'started', name, port: provider.endpoint.port});
};

process.on('message', (message: ToProviders) => {
	const act = async (): Promise<void> => {
		if (message.kind === 'block') addBlock(message.slot, message.segments);
		else if (message.kind === 'start') {
			await start(message.name, message.folder);
			if (message.servesRaw) tell({kind: 'raw', ...(await serveRaw(stops))});
		} else {
			for (const stop of stops) await stop();
			process.disconnect();
			return;
		}
		tell({kind: 'done'});
	};
	void act();
});

// A parent that is gone, by a crash as well, takes this process with it.
process.on('disconnect', () => process.exit());
