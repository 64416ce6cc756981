/** Step 12, with --full: a new node begins with what the relay exports, verified against Cardano, and follows the chain. */
import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {exportDatabase} from '../../commands/db-export.ts';
import {importDatabase} from '../../commands/db-import.ts';
import {byteSize, seconds} from '../../format.ts';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';

const NAME = 'newcomer';
const JOIN_MS_MAX = 300_000;

type Facts = {readonly bytes: number; readonly ms: number; readonly period: number; readonly blocks: number};

const imported = async (stage: NetworkStage, file: string): Promise<Facts> => {
	const {layout, kupoUrl, signal} = stage;
	const options = {dataDir: layout.node(NAME), genesis: layout.genesis, kupoUrl, json: true};
	return (await importDatabase([file], options, signal)).data as Facts;
};

/** One bit in the middle of the file: in the state, or in a block. */
const refuseAltered = async (stage: NetworkStage, file: string): Promise<void> => {
	const altered = await readFile(file);
	const at = Math.floor(altered.length / 2);
	altered[at] = (altered[at] ?? 0) ^ 1;
	const name = `${file}-altered`;
	await writeFile(name, altered);
	try {
		await imported(stage, name);
	} catch (error) {
		if (!(error instanceof NodeError) || !error.code.startsWith('SNAPSHOT_FILE_')) throw error;
		stage.account.tell('refused', 'the file with one altered bit: refused, nothing is left of it', {
			code: error.code,
			at,
		});
		return;
	}
	check(false, 'a file with an altered bit is refused');
};

export const joinFromSnapshot = async (stage: NetworkStage): Promise<void> => {
	const {account, layout, relay, signal} = stage;
	account.step(12, 'a new node begins with the checkpoint');
	const file = path.join(layout.root, 'snapshot');
	const exported = (await exportDatabase([file], {dataDir: layout.node(relay.name), json: true}, signal))
		.data as Facts;
	account.tell(
		'exported',
		`the relay wrote a snapshot file while it ran: period ${exported.period} and ${exported.blocks} blocks since, ${byteSize(exported.bytes)} in ${seconds(exported.ms)}`,
		{...exported},
	);
	await refuseAltered(stage, file);
	const begunMs = account.elapsedMs();
	const {ms, blocks} = await imported(stage, file);
	account.tell(
		'imported',
		`a new node verified its state against the checkpoint on Cardano and ${blocks} blocks as a peer's, in ${seconds(ms)}`,
		{ms, blocks},
	);
	const newcomer = await stage.starter.follower(NAME, relay);
	const wanted = (await relay.client.status()).tip?.blockNo ?? 0;
	await until('the new node has the tip of the others', JOIN_MS_MAX, signal, async () => {
		const {tip, synced} = await newcomer.client.status();
		return synced && (tip?.blockNo ?? 0) >= wanted;
	});
	const joinedMs = account.elapsedMs() - begunMs;
	account.tell('joined', `it serves at the tip ${seconds(joinedMs)} after its import began`, {ms: joinedMs});
	check(joinedMs < 60_000, 'a new node serves within a minute', {joinedMs});
	stage.figures.push([
		'new node from a snapshot',
		`${byteSize(exported.bytes)}, at the tip in ${seconds(joinedMs)}`,
	]);
};
