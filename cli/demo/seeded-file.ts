import {createCipheriv, createHash} from 'node:crypto';
import {once} from 'node:events';
import {createWriteStream} from 'node:fs';
import {finished} from 'node:stream/promises';

const CHUNK_BYTES = 1 << 20;

/** Writes `bytes` pseudo-random bytes that depend on nothing but `seed` (AES-128-CTR keyed by it). */
export const writeSeededFile = async (file: string, seed: number, bytes: number): Promise<void> => {
	const key = createHash('sha256').update(`dcloud/demo-file/${seed}`).digest().subarray(0, 16);
	const cipher = createCipheriv('aes-128-ctr', key, new Uint8Array(16));
	const zeros = new Uint8Array(CHUNK_BYTES);
	const out = createWriteStream(file, {mode: 0o600});
	for (let left = bytes; left > 0; left -= CHUNK_BYTES)
		if (!out.write(cipher.update(zeros.subarray(0, Math.min(left, CHUNK_BYTES))))) await once(out, 'drain');
	out.end();
	await finished(out);
};
