import type {Aead} from '#crypto/aead';
import type {Hasher} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import type {StreamCipher} from '#crypto/stream-cipher';
import type {ErasureKernel} from './erasure/erasure-kernel.ts';

/** The primitives that turn segments into pieces and back; all deterministic. Keys and nonces are the caller's. */
export type SegmentPorts = {
	readonly hasher: Hasher;
	readonly trees: Pick<PieceTreeKernel, 'pieceTree'>;
	readonly aead: Aead;
	readonly cipher: StreamCipher;
	readonly erasure: ErasureKernel;
};
