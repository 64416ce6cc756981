/** The hashes that cardano-node's configuration gives of genesis files. */
import {canonicalJson} from '#consensus/cardano/canonical-json';
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import type {GenesisEra} from './cardano-node-config.ts';

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
