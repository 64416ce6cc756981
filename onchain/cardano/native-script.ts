/** Native scripts of keys alone: who must sign together. cardano-cli's JSON, the ledger's CBOR (Conway CDDL, `native_script`). */
import type {Hasher} from '#crypto/crypto';
import {parseHex, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash28} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';

export type NativeScript =
	| {readonly kind: 'signature'; readonly keyHash: Hash28}
	| {readonly kind: 'all' | 'any'; readonly scripts: readonly NativeScript[]}
	| {readonly kind: 'at-least'; readonly required: number; readonly scripts: readonly NativeScript[]};

export type NativeScriptFailure =
	| {readonly code: 'NATIVE_SCRIPT_MALFORMED'; readonly place: string}
	/** A key that stands twice would count twice with one signature. */
	| {readonly code: 'NATIVE_SCRIPT_KEY_TWICE'; readonly keyHash: string}
	/** Transactions of ours do not say until when they hold, which such a script asks for. */
	| {readonly code: 'NATIVE_SCRIPT_TIMED'; readonly place: string}
	| {readonly code: 'NATIVE_SCRIPT_TOO_LARGE'};

const PARTS_MAX = 64;
const DEPTH_MAX = 8;
const LANGUAGE = Uint8Array.of(0);

/** Leaves the parser at the first part that is wrong. */
class Malformed extends Error {
	readonly failure: NativeScriptFailure;

	constructor(failure: NativeScriptFailure) {
		super(failure.code);
		this.failure = failure;
	}
}

type Found = {parts: number; readonly keys: Set<string>};

const signatureOf = (value: unknown, place: string, {keys}: Found): NativeScript => {
	const bytes = typeof value === 'string' ? parseHex(value) : undefined;
	if (bytes?.length !== 28) throw new Malformed({code: 'NATIVE_SCRIPT_MALFORMED', place: `${place}.keyHash`});
	const keyHash = toHex(bytes);
	if (keys.has(keyHash)) throw new Malformed({code: 'NATIVE_SCRIPT_KEY_TWICE', keyHash});
	keys.add(keyHash);
	return {kind: 'signature', keyHash: Hash28(bytes)};
};

const partOf = (json: unknown, place: string, depth: number, found: Found): NativeScript => {
	const malformed = (at: string): Malformed => new Malformed({code: 'NATIVE_SCRIPT_MALFORMED', place: at});
	if (++found.parts > PARTS_MAX || depth > DEPTH_MAX) throw new Malformed({code: 'NATIVE_SCRIPT_TOO_LARGE'});
	if (typeof json !== 'object' || json === null) throw malformed(place);
	const {type, keyHash, scripts, required} = json as Readonly<Record<string, unknown>>;
	if (type === 'sig') return signatureOf(keyHash, place, found);
	if (type === 'before' || type === 'after') throw new Malformed({code: 'NATIVE_SCRIPT_TIMED', place});
	if (type !== 'all' && type !== 'any' && type !== 'atLeast') throw malformed(`${place}.type`);
	if (!Array.isArray(scripts) || scripts.length === 0) throw malformed(`${place}.scripts`);
	const parts = scripts.map((part, index) => partOf(part, `${place}.scripts[${index}]`, depth + 1, found));
	if (type !== 'atLeast') return {kind: type, scripts: parts};
	const isCount = Number.isSafeInteger(required) && (required as number) >= 1;
	if (!isCount || (required as number) > parts.length) throw malformed(`${place}.required`);
	return {kind: 'at-least', required: required as number, scripts: parts};
};

/** Of a parsed JSON value, as cardano-cli writes it. */
export const parseNativeScript = (json: unknown): Result<NativeScript, NativeScriptFailure> => {
	try {
		return ok(partOf(json, 'script', 1, {parts: 0, keys: new Set()}));
	} catch (error) {
		if (error instanceof Malformed) return err(error.failure);
		throw error;
	}
};

/** As cardano-cli reads it. */
export const nativeScriptJson = (script: NativeScript): object => {
	if (script.kind === 'signature') return {type: 'sig', keyHash: toHex(script.keyHash)};
	const scripts = script.scripts.map(nativeScriptJson);
	return script.kind === 'at-least'
		? {type: 'atLeast', required: script.required, scripts}
		: {type: script.kind, scripts};
};

const write = (writer: CborWriter, script: NativeScript): void => {
	if (script.kind === 'signature') {
		writer.array(2).uint(0).bytes(script.keyHash);
		return;
	}
	if (script.kind === 'at-least') writer.array(3).uint(3).uint(script.required);
	else writer.array(2).uint(script.kind === 'all' ? 1 : 2);
	writer.array(script.scripts.length);
	for (const part of script.scripts) write(writer, part);
};

export const encodeNativeScript = (script: NativeScript): Uint8Array => {
	const writer = new CborWriter();
	write(writer, script);
	return writer.finish();
};

/** What an address names, and what a claim is owned by. */
export const nativeScriptHash = (hasher: Hasher, script: NativeScript): Hash28 =>
	hasher.blake2b224(LANGUAGE, encodeNativeScript(script));

/** Hashes of all keys that may sign, in the order of the script. */
export const signerHashes = (script: NativeScript): readonly Hash28[] =>
	script.kind === 'signature' ? [script.keyHash] : script.scripts.flatMap(signerHashes);

/** Whether signatures of these keys (hashes in hexadecimal) are enough. */
export const isSatisfied = (script: NativeScript, signed: ReadonlySet<string>): boolean => {
	if (script.kind === 'signature') return signed.has(toHex(script.keyHash));
	const count = script.scripts.filter(part => isSatisfied(part, signed)).length;
	if (script.kind === 'at-least') return count >= script.required;
	return script.kind === 'all' ? count === script.scripts.length : count > 0;
};
