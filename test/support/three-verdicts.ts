/** One run of a script judged by three evaluators that share no code: plu-ts's machine, aiken's (in the SDK), Scalus. */
import {
	Application,
	dataFromCbor,
	Lambda,
	UPLCConst,
	UPLCEncoder,
	UPLCProgram,
	type UPLCTerm,
	UPLCVersion,
} from '@harmoniclabs/plu-ts';
import {
	Lucid,
	type LucidEvolution,
	mintingPolicyToId,
	PROTOCOL_PARAMETERS_DEFAULT,
	type Provider,
	type UTxO,
} from '@lucid-evolution/lucid';
import scalus from 'scalus';
import {concat, equalBytes, toHex, u32be} from '#kernel/bytes';
import type {PlutusScript} from '#onchain/plutus-script';
import {runScript, termOf} from './plutus-machine.ts';
import {contextOf, type JudgedTransaction, type ScriptRun} from './script-context.ts';

/** Bytes as a CBOR byte string. */
const byteString = (bytes: Uint8Array): Uint8Array => concat(Uint8Array.of(0x5a), u32be(bytes.length), bytes);

/** How a program ends whose last constant is the data 0: one chunk of one byte, none more, the filler. */
const PLACEHOLDER_END = Uint8Array.of(1, 0, 0, 1);
const CHUNK_BYTES = 255;

/**
 * A program in flat whose last constant is this data. plu-ts writes of byte strings in data constants only the first 64
 * bytes; so it writes a placeholder, and since the bytes of data are aligned, ours can stand there instead.
 */
const programWith = (bodyWith: (context: UPLCTerm) => UPLCTerm, data: Uint8Array): Uint8Array => {
	const body = bodyWith(UPLCConst.data(dataFromCbor('00') as never));
	const flat = UPLCEncoder.compile(new UPLCProgram(new UPLCVersion(1, 1, 0), body)).toBuffer().buffer;
	const end = flat.length - PLACEHOLDER_END.length;
	if (!equalBytes(flat.subarray(end), PLACEHOLDER_END)) throw new TypeError('the placeholder is not last');
	const chunks: Uint8Array[] = [];
	for (let at = 0; at < data.length; at += CHUNK_BYTES) {
		const chunk = data.subarray(at, at + CHUNK_BYTES);
		chunks.push(Uint8Array.of(chunk.length), chunk);
	}
	return concat(flat.subarray(0, end), ...chunks, Uint8Array.of(0, 1));
};

const WALLET = 'addr_test1vrm9x2zsux7va6w892g38tvchnzahvcd9tykqf3ygnmwtaqyfg52x';
const wallet: UTxO[] = [1, 2].map(number => ({
	txHash: String(number).repeat(64),
	outputIndex: 0,
	address: WALLET,
	assets: {lovelace: 10_000_000_000n},
}));

/** A chain on which a wallet has two outputs and where a transaction may be as long as it likes. */
const provider = {
	getProtocolParameters: async () => ({...PROTOCOL_PARAMETERS_DEFAULT, maxTxSize: 1_000_000}),
	getUtxos: async () => wallet,
	getUtxosByOutRef: async () => wallet,
} as unknown as Provider;

let session: Promise<LucidEvolution> | undefined;
const openSession = async (): Promise<LucidEvolution> => {
	const lucid = await Lucid(provider, 'Preprod');
	lucid.selectWallet.fromAddress(WALLET, wallet);
	return lucid;
};

/** The SDK evaluates whole transactions only: so it mints by a policy that has the script and its context inside. */
const aikenAccepts = async (script: UPLCTerm, context: Uint8Array): Promise<boolean> => {
	session ??= openSession();
	const lucid = await session;
	const flat = programWith(data => new Lambda(new Application(script, data)), context);
	const policy = {type: 'PlutusV3', script: toHex(byteString(flat))} as const;
	const unit = `${mintingPolicyToId(policy)}00`;
	const transaction = lucid
		.newTx()
		.mintAssets({[unit]: 1n}, 'd87980')
		.attach.MintingPolicy(policy);
	const completed = await transaction.completeSafe({localUPLCEval: true});
	if (completed._tag === 'Right') return true;
	const reason = String(completed.left);
	if (!/failed script execution/.test(reason) || /budget/i.test(reason))
		throw new TypeError(`not a verdict: ${reason.slice(0, 500)}`);
	return false;
};

const scalusAccepts = (script: UPLCTerm, context: Uint8Array): boolean => {
	const flat = programWith(data => new Application(script, data), context);
	return scalus.Scalus.evaluateScript(toHex(byteString(byteString(flat)))).isSuccess;
};

export type ThreeVerdicts = {readonly plu: boolean; readonly aiken: boolean; readonly scalus: boolean};

/** What each of them says of one run of a script in a transaction. */
export const threeVerdicts = async (
	script: PlutusScript,
	transaction: JudgedTransaction,
	run: Pick<ScriptRun, 'redeemer' | 'info'>,
): Promise<ThreeVerdicts> => {
	const context = contextOf(transaction, run);
	const term = termOf(script);
	return {
		plu: runScript(script, transaction, run).accepted,
		aiken: await aikenAccepts(term, context),
		scalus: scalusAccepts(term, context),
	};
};
