import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {createNativeCrypto} from '#node/adapters/native-crypto';

/** The crypto of the node, for every test that needs one. */
export const crypto: Crypto & SecretCrypto = await createNativeCrypto();
