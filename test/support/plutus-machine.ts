import {
	Application,
	CEKError,
	dataFromCbor,
	Machine,
	parseUPLC,
	UPLCConst,
	type UPLCTerm,
} from '@harmoniclabs/plu-ts';
import {toHex} from '#kernel/bytes';
import type {PlutusScript} from '#onchain/plutus-script';
import {contextOf, type JudgedTransaction, type ScriptRun, scriptRuns} from './script-context.ts';

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

const termOf = (script: PlutusScript): UPLCTerm => {
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
