/** libp2p's names for our keys: a peer id is the Ed25519 key itself behind a prefix. */
import './polyfills.ts';
import {generateKeyPairFromSeed, publicKeyFromRaw} from '@libp2p/crypto/keys';
import type {PeerId, PrivateKey} from '@libp2p/interface';
import {peerIdFromPublicKey} from '@libp2p/peer-id';

/** `seed`: Ed25519, 32 bytes. */
export const privateKeyOf = (seed: Uint8Array): Promise<PrivateKey> =>
	generateKeyPairFromSeed('Ed25519', seed);

/** `key`: Ed25519, 32 bytes. */
export const peerIdOf = (key: Uint8Array): PeerId => peerIdFromPublicKey(publicKeyFromRaw(key));

/** The Ed25519 key of a peer, 32 bytes; undefined when it has another kind of key. */
export const keyOfPeer = (peer: PeerId): Uint8Array | undefined =>
	peer.type === 'Ed25519' ? peer.publicKey.raw.slice() : undefined;
