import process from 'node:process';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {checkDatabase, type DatabaseCheck} from '#node/database-tools';
import type {Answer, Options, Verb} from '../answer.ts';
import {dataDirOf, genesisOf} from '../database-options.ts';
import {createProgress, type Progress} from '../demo/progress.ts';
import {byteSize, seconds} from '../format.ts';
import {stderrLog} from '../stderr-log.ts';
import {facts} from '../table.ts';

/** A bar that begins when it is known how much there is to do. */
const laterProgress = (options: Options, label: string, unit: string, per: number) => {
	let progress: Progress | undefined;
	return (done: number, all: number): void => {
		if (options['json'] === true) return;
		progress ??= createProgress({
			label,
			total: Math.ceil(all / per),
			unit,
			terminal: process.stderr.isTTY,
			line: text => process.stderr.write(`${text}\n`),
		});
		if (done >= all) progress.finish();
		else progress.advance(Math.ceil(done / per));
	};
};

const chainLines = (chain: DatabaseCheck['chain']): readonly (readonly [string, string])[] => {
	if (chain === null) return [['chain', 'not looked at: the files have to be repaired first']];
	const {firstBlockNo, lastBlockNo, volatileBlocks, snapshots, judgedAfter} = chain;
	return [
		['final blocks', firstBlockNo === null ? 'none' : `${firstBlockNo} to ${lastBlockNo}`],
		['blocks above', String(volatileBlocks)],
		['snapshots', snapshots.join(', ') || 'none'],
		[
			'judged again',
			judgedAfter === null
				? 'no: --full does'
				: judgedAfter < 0
					? 'everything from the genesis on'
					: `everything after block ${judgedAfter}`,
		],
	];
};

const problemLine = ({code, ...rest}: {readonly code: string; readonly [field: string]: unknown}): string =>
	[code, ...Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`)].join(' ');

const answerOf = ({files, chain}: DatabaseCheck, ms: number): Answer => {
	const bad = files.filter(({problem}) => problem !== undefined);
	const needsRepair = files.some(file => file.needsRepair);
	const problems = chain?.problems ?? [];
	const good = bad.length === 0 && problems.length === 0;
	const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
	const lines = [
		facts([
			['files', `${files.length}, ${byteSize(bytes)} read in ${seconds(ms)}, ${bad.length} with a problem`],
			...chainLines(chain),
		]),
		...bad.map(({file, problem}) => `${file}: ${problemLine({code: '', ...problem})}`),
		...problems.map(problemLine),
		good
			? 'all of it is good'
			: needsRepair || problems.some(({code}) => code.startsWith('CHECK_BLOCK_'))
				? '"dcloud db repair" cuts what is damaged; peers bring it again'
				: 'this mends itself when the node starts',
	];
	return {data: {good, needsRepair, bytes, ms, files, chain}, text: lines.join('\n')};
};

/** Exit code 1 when anything is not good. */
export const checkDatabaseVerb: Verb = async (_words, options, signal) => {
	const started = performance.now();
	const checked = await checkDatabase({
		dataDir: dataDirOf(options),
		genesis: genesisOf(options),
		crypto: await createNativeCrypto(),
		log: stderrLog(options),
		full: options['full'] === true,
		signal,
		onBytes: laterProgress(options, 'files', 'MiB', 2 ** 20),
		onBlocks: laterProgress(options, 'blocks', 'blocks', 1),
	});
	const answer = answerOf(checked, Math.round(performance.now() - started));
	if (!(answer.data as {readonly good: boolean}).good) process.exitCode = 1;
	return answer;
};
