import {createHash} from 'node:crypto';
import type {Sha256} from '#node/ports/sha256';

/** OpenSSL's SHA-256, by way of Node. */
export const createSha256 = (): Sha256 => {
	const hash = createHash('sha256');
	return {
		update: bytes => {
			hash.update(bytes);
		},
		digest: () => new Uint8Array(hash.digest()),
	};
};
