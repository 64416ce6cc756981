import type {Crypto} from '#crypto/crypto';
import {err, type Result} from '#kernel/result';
import type {CertificateCache} from '../../opcert/certificate-cache.ts';
import {certificateSignable} from '../../opcert/operational-certificate.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type OperationalCertificateFailure = {
	readonly code: 'OPCERT_SIGNATURE_INVALID';
	readonly issuerVk: Uint8Array;
};

/** The issuer's cold key signed the certificate. */
export const checkOperationalCertificate = (
	crypto: Crypto,
	{issuerVk, operationalCertificate}: Pick<WireHeader, 'issuerVk' | 'operationalCertificate'>,
	certificates?: CertificateCache,
): Result<undefined, OperationalCertificateFailure> => {
	const {signature} = operationalCertificate;
	const signable = certificateSignable(operationalCertificate);
	const verify = (): boolean => crypto.verifyEd25519(signature, signable, issuerVk);
	// All three have fixed lengths, so their concatenation names them.
	const holds = certificates ? certificates.holds(crypto, [issuerVk, signable, signature], verify) : verify();
	return holds ? accepted : err({code: 'OPCERT_SIGNATURE_INVALID', issuerVk});
};
