/** `dcloud checkpoint conflict`: what to do when Cardano made another chain final than the one of this node. */
import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {type ComparedHistories, compareHistories, resolveConflict} from '#node/checkpoint-conflict';
import type {ComparedPeriod} from '#node/services/chain/compare-checkpoints';
import {answers, type Options, type Verb} from '../answer.ts';
import {dataDirOf, genesisOf, withDatabase} from '../database-options.ts';
import {textOption} from '../sending.ts';
import {stderrLog} from '../stderr-log.ts';
import {facts, table} from '../table.ts';

const conflictOptions = async (
	options: Options,
	signal: AbortSignal,
): Promise<Parameters<typeof compareHistories>[0]> => ({
	dataDir: dataDirOf(options),
	genesis: genesisOf(options),
	kupoUrl: textOption(options, 'kupoUrl'),
	crypto: await createNativeCrypto(),
	log: stderrLog(options),
	signal,
});

const periodView = ({period, onCardano: {blockHash, createdAt}, here, verdict}: ComparedPeriod) => ({
	period,
	cardano: {blockHash: toHex(blockHash), slot: createdAt.slot},
	here: here === undefined ? null : {blockHash: toHex(here.blockHash), blockNo: here.blockNo},
	verdict,
});

const dataOf = ({periods, lastShared, conflict, tip}: ComparedHistories) => ({
	periods: periods.map(periodView),
	lastSharedPeriod: lastShared?.period ?? null,
	conflictPeriod: conflict?.period ?? null,
	tip: tip === 'origin' ? null : {blockNo: tip.blockNo, slot: tip.slot, hash: toHex(tip.hash)},
});

const hereText = (here: ComparedPeriod['here']): string =>
	here === undefined ? 'not known here' : `${toHex(here.blockHash)}, block ${here.blockNo}`;

const VERDICTS = {same: 'yes', other: 'NO', unknown: '-'} as const;

const historiesText = (histories: ComparedHistories): string => {
	const {periods, lastShared, tip} = histories;
	if (periods.length === 0) return 'Cardano shows no stable checkpoint of this network yet';
	return [
		table(
			['>period', 'last block on Cardano', '>there since slot', 'last block here', 'same'],
			periods.map(({period, onCardano: {blockHash, createdAt}, here, verdict}) => [
				String(period),
				toHex(blockHash),
				String(createdAt.slot),
				hereText(here),
				VERDICTS[verdict],
			]),
		),
		facts([
			['same up to', lastShared === undefined ? 'no period' : `period ${lastShared.period}`],
			[
				'tip here',
				tip === 'origin' ? 'no block' : `block ${tip.blockNo} in slot ${tip.slot}, ${toHex(tip.hash)}`,
			],
		]),
	].join('\n\n');
};

/** A word of a command line as a shell takes it. */
const quoted = (word: string): string =>
	/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const wordsOf = (options: Options): string => {
	const {genesis} = options;
	return [
		`--data-dir ${quoted(dataDirOf(options))}`,
		...(typeof genesis === 'string' ? [`--genesis ${quoted(genesis)}`] : []),
		`--kupo-url ${quoted(textOption(options, 'kupoUrl'))}`,
	].join(' ');
};

const adviceOf = ({conflict}: ComparedHistories, command: string): string =>
	conflict === undefined
		? 'no conflict: leave the database as it is'
		: [
				`this node followed another chain before the end of period ${conflict.period}: it was cut off, or was lied to.`,
				'Withdrawals are paid by the chain that stands on Cardano, so the one here has no future. The safe command:',
				`  ${command}`,
				'It moves the database aside and deletes nothing: keys, pieces and the slot last signed for stay.',
			].join('\n');

const show: Verb = async (_words, options, signal) => {
	const histories = await compareHistories(await conflictOptions(options, signal));
	const command = `dcloud checkpoint conflict resolve ${wordsOf(options)}`;
	return {
		data: {...dataOf(histories), command: histories.conflict === undefined ? null : command},
		text: `${historiesText(histories)}\n\n${adviceOf(histories, command)}`,
	};
};

const resolve: Verb = async (_words, options, signal) => {
	const {histories, movedTo} = await resolveConflict(await conflictOptions(options, signal));
	const imports = `dcloud db import FILE ${wordsOf(options)}`;
	return {
		data: {...dataOf(histories), movedTo},
		text: [
			historiesText(histories),
			'',
			`the database of the other chain is in ${movedTo}: remove it when nobody asks for it any more`,
			'now start the node again, with --kupo-url: it takes the chain from its peers, and none that ends a period otherwise than Cardano says.',
			`faster: get a snapshot file of anybody ("dcloud db export"), and before the start: ${imports}`,
		].join('\n'),
	};
};

const withKupo = (command: Command): Command =>
	withDatabase(command).requiredOption('--kupo-url <url>', 'Kupo of the Cardano network');

export const registerConflict = (noun: Command): void => {
	const conflict = noun
		.command('conflict')
		.description('when Cardano made another chain final than the one of a (stopped) node: show, resolve');
	answers(
		withKupo(
			conflict.command('show').description('both histories, period by period, and what is safe to do'),
		),
		show,
	);
	answers(
		withKupo(
			conflict
				.command('resolve')
				.description('move a database aside that holds another chain than the one on Cardano'),
		),
		resolve,
	);
};
