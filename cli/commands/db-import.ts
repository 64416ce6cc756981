import {parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {fileSize} from '#node/adapters/chunk-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {ImportFailure, ImportReport} from '#node/services/snapshot-file/import-snapshot';
import {type ImportFileOptions, importFromFile} from '#node/snapshot-tools';
import type {Answer, Options, Verb} from '../answer.ts';
import {byteProgress} from '../byte-progress.ts';
import {dataDirOf, genesisOf} from '../database-options.ts';
import {byteSize, seconds} from '../format.ts';
import {stderrLog} from '../stderr-log.ts';
import {facts} from '../table.ts';

/** Without Cardano a file is only as true as whoever gave it: that has to be said, with the root to compare. */
const trustOf = (options: Options): ImportFileOptions['trust'] => {
	const {kupoUrl, trustStateRoot: root} = options;
	if (typeof kupoUrl === 'string' && root === undefined) return {kupoUrl};
	if (typeof root === 'string' && kupoUrl === undefined) {
		const stateRoot = parseHex(root);
		if (stateRoot?.length === 32) return {stateRoot: Hash32(stateRoot)};
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: '--trust-state-root wants the 64 hexadecimal digits of a state root.',
		});
	}
	throw new NodeError({
		code: 'IMPORT_NOT_VERIFIABLE',
		message:
			'A snapshot is verified against the checkpoint on Cardano: give --kupo-url. Or give --trust-state-root (not both) with a root that you have from a node you trust: "dcloud db export" and "dcloud checkpoint show" print it.',
	});
};

/** What to do about a file that is refused. */
const adviceOf = (failure: ImportFailure): string => {
	switch (failure.code) {
		case 'SNAPSHOT_FILE_UNKNOWN':
			return 'it is no snapshot file: "dcloud db export" writes them';
		case 'SNAPSHOT_FILE_VERSION':
			return `it has version ${failure.version}, and this program knows ${failure.known}`;
		case 'SNAPSHOT_FILE_TRUNCATED':
			return 'it ends too early: copy it again';
		case 'SNAPSHOT_FILE_DAMAGED':
			return `it is damaged at byte ${failure.at} (${failure.problem}): copy it again`;
		case 'SNAPSHOT_FILE_MALFORMED':
			return `it was not written as it should be (${failure.problem}): take one from somebody else`;
		case 'SNAPSHOT_FILE_OTHER_NETWORK':
			return 'it is of another network: check --genesis';
		case 'SNAPSHOT_PERIOD_OPEN':
			return 'its period is not over yet: check this machine’s clock';
		case 'CHECKPOINT_NOT_ON_CARDANO':
			return `Cardano shows no stable checkpoint of period ${failure.period} (it shows ${failure.known.join(', ') || 'none'}): take a file of a period that it shows`;
		case 'SNAPSHOT_CHAIN_SPARSE':
			return `${failure.blocks} blocks in ${failure.slots} slots are fewer than most of the stake makes: use --checkpoint-only and let peers give the blocks`;
		case 'SNAPSHOT_BLOCK_REFUSED':
		case 'SNAPSHOT_BLOCK_ASIDE':
			return `block number ${failure.index + 1} after its state is no valid next block: take another file, or use --checkpoint-only`;
		case 'SNAPSHOT_ROOT_UNTRUSTED':
			return 'its state has another root than the one you trust: take another file';
		case 'SNAPSHOT_BLOCK_WRONG':
		case 'SNAPSHOT_STATE_BROKEN':
		case 'SNAPSHOT_STATE_OTHER':
		case 'SNAPSHOT_CHECKPOINT_CONFLICT':
		case 'SNAPSHOT_CARDANO_CONFLICT':
			return 'it does not hold what Cardano vouches for: somebody wants to deceive you, take a file from somebody else';
	}
};

const answerOf = (
	dataDir: string,
	{period, stateRoot, checkpoint, laterCheckpoints, start, tip, blocks}: ImportReport,
	{bytes, ms}: {readonly bytes: number; readonly ms: number},
): Answer => {
	const data = {
		dataDir,
		bytes,
		ms,
		period,
		stateRoot: toHex(stateRoot),
		verifiedBy: checkpoint === undefined ? 'trusted state root' : 'checkpoint on Cardano',
		laterCheckpoints,
		start: {blockNo: start.blockNo, hash: toHex(start.hash), slot: start.slot},
		blocks,
		tip: {blockNo: tip.blockNo, hash: toHex(tip.hash), slot: tip.slot},
	};
	const onCardano = checkpoint && `the checkpoint of slot ${checkpoint.createdAt.slot} on Cardano`;
	const later = laterCheckpoints.length === 0 ? '' : `, later ones agree: ${laterCheckpoints.join(', ')}`;
	const text = facts([
		['database', `${dataDir}: ${byteSize(bytes)} read in ${seconds(ms)}`],
		['period', `${period}, state root ${data.stateRoot}`],
		['verified by', onCardano === undefined ? 'the root that you trust' : onCardano + later],
		['begins with', `block ${start.blockNo}, ${data.start.hash}`],
		['blocks since', `${blocks}, up to block ${tip.blockNo} in slot ${tip.slot}, ${data.tip.hash}`],
	]);
	return {data, text};
};

export const importDatabase: Verb = async ([file = ''], options, signal) => {
	const started = performance.now();
	const trust = trustOf(options);
	const dataDir = dataDirOf(options);
	const bytes = await fileSize(file);
	const progress = byteProgress(options, 'import', bytes);
	const imported = await importFromFile({
		dataDir,
		genesis: genesisOf(options),
		crypto: await createNativeCrypto(),
		log: stderrLog(options),
		file,
		trust,
		checkpointOnly: options['checkpointOnly'] === true,
		signal,
		onBytes: progress.advance,
	});
	if (!imported.ok)
		throw new NodeError({
			...imported.error,
			file,
			message: `${file} is not imported: ${adviceOf(imported.error)}.`,
		});
	progress.finish();
	return answerOf(dataDir, imported.value, {bytes, ms: Math.round(performance.now() - started)});
};
