/** `dcloud/crypto`: the primitives that the rules ask for, and the backends that the node runs them with. */
export type {Aead} from '#crypto/aead';
export type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
export {identifyPiece, type PieceId, pieceLeafCount} from '#crypto/piece-id';
export {LEAF_BYTES, type PieceTreeKernel} from '#crypto/piece-tree-kernel';
export type {StreamCipher} from '#crypto/stream-cipher';
export {type CryptoBackends, createCryptoBackends} from '#node/adapters/crypto-backends';
