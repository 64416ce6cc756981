import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {fileSize, readChunks, writeChunks} from '#node/adapters/chunk-files';
import {createControlClient, readControlFile} from '#node/adapters/control-client';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {ControlClient} from '#node/ports/control-api';
import {type SnapshotSummary, summariseSnapshot} from '#node/services/snapshot-file/summarise-snapshot';
import {exportFromFolder} from '#node/snapshot-tools';
import type {Answer, Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {dataDirOf, genesisOf} from '../database-options.ts';
import {byteSize, seconds} from '../format.ts';
import {stderrLog} from '../stderr-log.ts';
import {facts} from '../table.ts';
import {version} from '../version.ts';

/** The node that runs on the folder, if one does. */
const runningNode = async (dataDir: string, signal: AbortSignal): Promise<ControlClient | undefined> => {
	try {
		const client = createControlClient(await readControlFile(dataDir));
		await client.status({signal});
		return client;
	} catch (error) {
		// Without its file nothing runs; when nobody answers, the database's lock decides.
		const code = error instanceof NodeError ? error.code : undefined;
		if (code === 'CONTROL_FILE_MISSING' || code === 'CONTROL_UNREACHABLE') return undefined;
		throw error;
	}
};

/** Writes the file, and reads it again before it gets its name. */
const writeWhole = async (
	file: string,
	bytes: AsyncIterable<Uint8Array>,
	signal: AbortSignal,
): Promise<SnapshotSummary> => {
	const crypto = await createNativeCrypto();
	let summary: SnapshotSummary | undefined;
	const check = async (temporary: string): Promise<void> => {
		signal.throwIfAborted();
		const read = await summariseSnapshot(crypto, () => readChunks(temporary));
		if (!read.ok)
			throw new NodeError({
				...read.error,
				message: `What was written is not whole (${read.error.code}): try again.`,
			});
		summary = read.value;
	};
	await writeChunks(file, bytes, {check});
	return defined(summary, 'the file was checked');
};

const writeFrom = async (
	node: ControlClient | undefined,
	file: string,
	options: Options,
	signal: AbortSignal,
): Promise<SnapshotSummary> => {
	const period = countOption(options, 'period');
	if (node !== undefined) return writeWhole(file, node.snapshot({period, signal}), signal);
	const folder = {
		dataDir: dataDirOf(options),
		genesis: genesisOf(options),
		crypto: await createNativeCrypto(),
		log: stderrLog(options),
	};
	return exportFromFolder({...folder, period, software: `dcloud ${version}`}, ({bytes}) =>
		writeWhole(file, bytes, signal),
	);
};

const answerOf = (
	file: string,
	{manifest, tip}: SnapshotSummary,
	{bytes, ms, running}: {readonly bytes: number; readonly ms: number; readonly running: boolean},
): Answer => {
	const data = {
		file,
		bytes,
		ms,
		running,
		period: manifest.period,
		blockHash: toHex(manifest.hash),
		blockNo: manifest.blockNo,
		stateRoot: toHex(manifest.stateRoot),
		stateBytes: manifest.ledgerBytes + manifest.praosBytes,
		blocks: manifest.blocks,
		tip: toHex(tip),
	};
	const source = running ? 'the running node' : 'the folder of a stopped node';
	const text = facts([
		['file', `${file}: ${byteSize(bytes)} in ${seconds(ms)} from ${source}`],
		['period', `${manifest.period}, closed after block ${manifest.blockNo}, ${data.blockHash}`],
		['state', `${byteSize(data.stateBytes)}, state root ${data.stateRoot}`],
		['blocks since', `${manifest.blocks}, up to ${data.tip}`],
	]);
	return {data, text};
};

export const exportDatabase: Verb = async ([file = ''], options, signal) => {
	const started = performance.now();
	const node = await runningNode(dataDirOf(options), signal);
	const summary = await writeFrom(node, file, options, signal);
	const ms = Math.round(performance.now() - started);
	return answerOf(file, summary, {bytes: await fileSize(file), ms, running: node !== undefined});
};
