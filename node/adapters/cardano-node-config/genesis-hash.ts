/** The hashes that cardano-node's configuration gives of genesis files. */
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import type {GenesisEra} from './cardano-node-config.ts';

const DEPTH_MAX = 32;

/**
 * JSON as Byron signs it: no spaces, whole numbers, keys in order, and a backslash before quotes and backslashes only.
 * Undefined for what Byron has no form for.
 */
const canonicalJson = (value: unknown, depth = 0): string | undefined => {
	if (depth > DEPTH_MAX) return undefined;
	if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, mark => `\\${mark}`)}"`;
	if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
	if (typeof value === 'boolean' || value === null) return String(value);
	if (Array.isArray(value)) {
		const items = value.map(item => canonicalJson(item, depth + 1));
		return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
	}
	const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
	const parts: string[] = [];
	for (const [name, item] of entries) {
		const rendered = canonicalJson(item, depth + 1);
		if (rendered === undefined) return undefined;
		parts.push(`${canonicalJson(name)}:${rendered}`);
	}
	return `{${parts.join(',')}}`;
};

/** Of the bytes of the file; of Byron's, of its canonical form. Undefined: it is not JSON. */
export const genesisHash = (hasher: Hasher, era: GenesisEra, file: Uint8Array): string | undefined => {
	let json: unknown;
	try {
		json = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(file));
	} catch {
		return undefined;
	}
	if (era !== 'Byron') return toHex(hasher.blake2b256(file));
	const canonical = canonicalJson(json);
	return canonical === undefined ? undefined : toHex(hasher.blake2b256(encodeUtf8(canonical)));
};
