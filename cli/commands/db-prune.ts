import {createNativeCrypto} from '#node/adapters/native-crypto';
import {pruneDatabase} from '#node/prune-database';
import type {Verb} from '../answer.ts';
import {dataDirOf, genesisOf} from '../database-options.ts';
import {byteSize} from '../format.ts';
import {stderrLog} from '../stderr-log.ts';

export const pruneDatabaseVerb: Verb = async (_words, options, signal) => {
	const report = await pruneDatabase({
		dataDir: dataDirOf(options),
		genesis: genesisOf(options),
		crypto: await createNativeCrypto(),
		log: stderrLog(options),
		signal,
	});
	const {beforeNo, chunks, blocks, bytesFreed} = report;
	const text =
		blocks === 0
			? `nothing to prune before block ${beforeNo}`
			: `the proofs of ${blocks} blocks in ${chunks} files before block ${beforeNo} are gone: ${byteSize(bytesFreed)} are free`;
	return {data: report, text};
};
