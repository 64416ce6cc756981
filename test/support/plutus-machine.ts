import {
	Application,
	CEKError,
	type Data,
	DataConstr,
	DataList,
	DataMap,
	dataFromCbor,
	Machine,
	parseUPLC,
	UPLCConst,
	type UPLCTerm,
} from '@harmoniclabs/plu-ts';
import dataModule from '@harmoniclabs/plutus-data/dist/Data.js';
import {toHex} from '#kernel/bytes';
import type {PlutusScript} from '#onchain/plutus-script';
import {contextOf, type JudgedTransaction, type ScriptRun, scriptRuns} from './script-context.ts';

/**
 * The machine's own comparison takes a list for another that it begins (so no list for any), and its heap keeps one of
 * two values that it takes for the same. It looks the function up when it compares, so it can be given a right one.
 */
const {eqData} = dataModule;
const sameLists = (a: Data, b: Data): boolean => {
	if (a instanceof DataList && b instanceof DataList)
		return (
			a.list.length === b.list.length && a.list.every((item, index) => sameLists(item, b.list[index] as Data))
		);
	if (a instanceof DataConstr && b instanceof DataConstr)
		return (
			a.constr === b.constr &&
			a.fields.length === b.fields.length &&
			a.fields.every((item, index) => sameLists(item, b.fields[index] as Data))
		);
	if (a instanceof DataMap && b instanceof DataMap)
		return (
			a.map.length === b.map.length &&
			a.map.every(
				(entry, index) =>
					sameLists(entry.fst, b.map[index]?.fst as Data) && sameLists(entry.snd, b.map[index]?.snd as Data),
			)
		);
	return eqData(a, b);
};
Object.assign(dataModule, {eqData: sameLists});

export type Verdict = {
	readonly accepted: boolean;
	/** What scripts traced, that of a failed check last. */
	readonly logs: readonly string[];
};

/** The flat bytes inside the CBOR byte string. */
const flatOf = ({bytes}: PlutusScript): Uint8Array => {
	const head = (bytes[0] ?? 0) & 31;
	return bytes.slice(head < 24 ? 1 : 1 + (1 << (head - 24)));
};

const terms = new Map<string, UPLCTerm>();

export const termOf = (script: PlutusScript): UPLCTerm => {
	const key = toHex(script.hash);
	const term = terms.get(key) ?? parseUPLC(flatOf(script), 'flat').body;
	terms.set(key, term);
	return term;
};

/** The machine makes an Error for every constant that it looks at; what costs is their stack traces. */
const withoutStackTraces = <T>(run: () => T): T => {
	const {stackTraceLimit} = Error;
	Error.stackTraceLimit = 0;
	try {
		return run();
	} finally {
		Error.stackTraceLimit = stackTraceLimit;
	}
};

/** One script on plu-ts's own machine. */
export const runScript = (
	script: PlutusScript,
	transaction: JudgedTransaction,
	run: Pick<ScriptRun, 'redeemer' | 'info'>,
): Verdict => {
	const context = UPLCConst.data(dataFromCbor(toHex(contextOf(transaction, run))) as never);
	const {result, logs} = withoutStackTraces(() => Machine.eval(new Application(termOf(script), context)));
	return {accepted: !(result instanceof CEKError), logs};
};

/** All scripts of a transaction; the first that fails decides. */
export const judge = (scripts: readonly PlutusScript[], transaction: JudgedTransaction): Verdict => {
	const logs: string[] = [];
	for (const run of scriptRuns(transaction)) {
		const script = scripts.find(({hash}) => toHex(hash) === toHex(run.script));
		if (script === undefined) throw new TypeError('a script that the test does not know');
		const verdict = runScript(script, transaction, run);
		logs.push(...verdict.logs);
		if (!verdict.accepted) return {accepted: false, logs};
	}
	return {accepted: true, logs};
};
