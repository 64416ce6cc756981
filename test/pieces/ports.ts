/** The ports of pieces from node:crypto and plain loops: another implementation than the node's own adapters. */
import {Buffer} from 'node:buffer';
import {createCipheriv, createDecipheriv} from 'node:crypto';
import {referenceKernel} from '#pieces/erasure/reference-kernel';
import type {SegmentPorts} from '#pieces/ports';
import {hasher, trees} from '../storage-proofs/worlds.ts';

const littleEndian = (value: number): Uint8Array => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value, true);
	return bytes;
};

export const ports: SegmentPorts = {
	hasher,
	trees,
	erasure: referenceKernel,
	cipher: {
		xorChaCha20: (key, nonce, counter, bytes, into = new Uint8Array(bytes.length)) => {
			const cipher = createCipheriv('chacha20', key, Buffer.concat([littleEndian(counter), nonce]));
			into.set(cipher.update(bytes));
			return into;
		},
	},
	aead: {
		seal: (key, nonce, associated, plaintext, into = new Uint8Array(plaintext.length + 16)) => {
			const cipher = createCipheriv('aes-256-gcm', key, nonce);
			cipher.setAAD(associated);
			into.set(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
			return into;
		},
		open: (key, nonce, associated, sealed) => {
			if (sealed.length < 16) return undefined;
			const decipher = createDecipheriv('aes-256-gcm', key, nonce);
			decipher.setAAD(associated);
			decipher.setAuthTag(sealed.subarray(sealed.length - 16));
			const plaintext = decipher.update(sealed.subarray(0, sealed.length - 16));
			try {
				return new Uint8Array(Buffer.concat([plaintext, decipher.final()]));
			} catch {
				return undefined;
			}
		},
	},
};
