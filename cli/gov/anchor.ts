/** The rationale of a proposal: a file here, the same bytes where its URL leads. */
import {readFile} from 'node:fs/promises';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {ANCHOR_URL_LENGTH_MAX} from '#onchain/data/governance-data';
import {RATIONALE_LENGTH_MAX, type Rationale, readRationale} from '#onchain/rationale';
import {type Options, optionalText} from '../answer.ts';
import {textOption} from '../sending.ts';

export type Anchor = {readonly url: Uint8Array; readonly hash: Hash32; readonly rationale: Rationale};

const FETCH_MS = 10_000;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const anchorUrl = (text: string): URL => {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
	if (url !== undefined && isSafe && encodeUtf8(text).length <= ANCHOR_URL_LENGTH_MAX) return url;
	throw new NodeError({
		code: 'RATIONALE_URL_BAD',
		message: `"${text}" is no https address of at most ${ANCHOR_URL_LENGTH_MAX} bytes.`,
		url: text,
	});
};

const unreachable = (url: URL, problem: string, cause?: unknown): NodeError =>
	new NodeError(
		{
			code: 'RATIONALE_UNREACHABLE',
			message: `The rationale is not at ${url.href}: ${problem}. Publish it there first, or say --no-fetch.`,
			url: url.href,
		},
		{cause},
	);

/** At most so many bytes, in at most ten seconds, and no redirections: what is elsewhere is another document. */
const fetchBytes = async (url: URL, signal: AbortSignal): Promise<Uint8Array> => {
	const chunks: Uint8Array[] = [];
	let length = 0;
	try {
		const limit = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
		const response = await fetch(url, {redirect: 'error', signal: limit});
		if (response.status !== 200) throw unreachable(url, `status ${response.status}`);
		for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
			length += chunk.length;
			if (length > 4 * RATIONALE_LENGTH_MAX) throw unreachable(url, 'what is there is too long');
			chunks.push(chunk);
		}
	} catch (error) {
		signal.throwIfAborted();
		throw error instanceof NodeError ? error : unreachable(url, 'nobody answers as it should', error);
	}
	return Buffer.concat(chunks);
};

/** Throws RATIONALE_… and FILE_UNREADABLE. */
export const anchorOf = async (options: Options, signal: AbortSignal): Promise<Anchor> => {
	const file = textOption(options, 'rationale');
	const text = textOption(options, 'url');
	const url = anchorUrl(text);
	const bytes = await readFile(file).catch(error => {
		throw new NodeError({code: 'FILE_UNREADABLE', file, message: `${file} cannot be read.`}, {cause: error});
	});
	const read = readRationale(decodeUtf8(bytes) ?? '');
	if (!read.ok)
		throw new NodeError({...read.error, message: `${file} is no rationale in CIP-108's form.`, file});
	const {blake2b256} = await createNativeCrypto();
	const hash = blake2b256(bytes);
	if (options['fetch'] !== false) {
		const there = blake2b256(await fetchBytes(url, signal));
		if (!equalBytes(there, hash))
			throw new NodeError({
				code: 'RATIONALE_DIFFERS',
				message: `What is at ${url.href} is not ${file}: publish the same bytes.`,
				expected: toHex(hash),
				found: toHex(there),
			});
	}
	return {url: encodeUtf8(text), hash, rationale: read.value};
};

/** For verbs whose options may leave it out. */
export const hasAnchor = (options: Options): boolean => optionalText(options, 'rationale') !== undefined;
