import {verifyHeaderWork} from '#consensus/header/header-work';
import type {CertificateCache} from '#consensus/opcert/certificate-cache';
import type {Crypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import type {HeaderVerifier} from '#node/ports/header-verifier';

/** Verifies at once, where it is asked: for tests, and for simulations, whose cryptography costs nothing. */
export const createInlineHeaderVerifier = (
	crypto: Crypto,
	certificates?: CertificateCache,
): HeaderVerifier => {
	let isClosed = false;
	return {
		verify: async (work, {signal}) => {
			signal.throwIfAborted();
			if (isClosed) throw new NodeError({code: 'HEADER_VERIFIER_CLOSED', message: 'The node is stopping.'});
			return work.map(item => verifyHeaderWork(crypto, item, certificates));
		},
		close: async () => {
			isClosed = true;
		},
	};
};
