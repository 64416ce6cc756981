import type {Aead} from '#crypto/aead';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import type {StreamCipher} from '#crypto/stream-cipher';
import {createAead} from './aead.ts';
import {createNativeCrypto} from './native-crypto.ts';
import {createPieceTreeKernel} from './piece-tree-kernel.ts';
import {createStreamCipher} from './stream-cipher.ts';

export type CryptoBackends = {
	readonly crypto: Crypto & SecretCrypto;
	readonly pieceTree: PieceTreeKernel;
	readonly aead: Aead;
	readonly streamCipher: StreamCipher;
};

/** All the cryptography that the pure folders ask for. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN. */
export const createCryptoBackends = async (): Promise<CryptoBackends> => {
	const [crypto, pieceTree] = await Promise.all([createNativeCrypto(), createPieceTreeKernel()]);
	return {crypto, pieceTree, aead: createAead(), streamCipher: createStreamCipher()};
};
