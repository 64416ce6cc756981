import type {Crypto} from '#crypto/crypto';
import type {Result} from '#kernel/result';
import type {CertificateCache} from '../opcert/certificate-cache.ts';
import type {ConsensusParams} from '../params.ts';
import type {WireHeader} from './header.ts';
import type {CertificateError} from './header-error.ts';
import {checkKesPeriod} from './rules/check-kes-period.ts';
import {checkKesSignature} from './rules/check-kes-signature.ts';
import {checkOperationalCertificate} from './rules/check-operational-certificate.ts';

export type CertificateContext = {
	readonly crypto: Crypto;
	readonly params: Pick<ConsensusParams, 'slotsPerKesPeriod' | 'maxKesEvolutions'>;
	readonly certificates?: CertificateCache;
};

/** Trust level 2: the holder of the cold key let this header, of whichever era, be signed. Needs no ledger. */
export const validateCertificate = (
	{crypto, params, certificates}: CertificateContext,
	header: Pick<WireHeader, 'slot' | 'issuerVk' | 'operationalCertificate' | 'bodyBytes' | 'kesSignature'>,
): Result<undefined, Exclude<CertificateError, {code: `OPCERT_COUNTER_${string}`}>> => {
	const period = checkKesPeriod(params, header);
	if (!period.ok) return period;
	const certificate = checkOperationalCertificate(crypto, header, certificates);
	return certificate.ok ? checkKesSignature(crypto, params, header) : certificate;
};
