import type {Crypto} from '#crypto/crypto';
import {err, type Result} from '#kernel/result';
import {certificateSignable} from '../../opcert/operational-certificate.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type OperationalCertificateFailure = {
	readonly code: 'OPCERT_SIGNATURE_INVALID';
	readonly issuerVk: Uint8Array;
};

/** The issuer's cold key signed the certificate. */
export const checkOperationalCertificate = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	{issuerVk, operationalCertificate}: Pick<WireHeader, 'issuerVk' | 'operationalCertificate'>,
): Result<undefined, OperationalCertificateFailure> =>
	crypto.verifyEd25519(
		operationalCertificate.signature,
		certificateSignable(operationalCertificate),
		issuerVk,
	)
		? accepted
		: err({code: 'OPCERT_SIGNATURE_INVALID', issuerVk});
