import type {Crypto} from '#crypto/crypto';
import type {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import type {CertificateCache} from '../opcert/certificate-cache.ts';
import type {Header} from './header.ts';
import {accepted} from './rules/accepted.ts';
import {checkKesSignatureOf, type KesSignatureFailure} from './rules/check-kes-signature.ts';
import {
	checkOperationalCertificate,
	type OperationalCertificateFailure,
} from './rules/check-operational-certificate.ts';
import {checkVrfProofFor, type VrfProofFailure} from './rules/check-vrf-proof.ts';

/**
 * All that is expensive about a header: two signatures and a proof. It refers to no state, so that work of many headers
 * can be done anywhere and in any order. Only `planHeader` makes it: lengths and numbers are those of a decoded header.
 */
export type HeaderWork = Pick<
	Header,
	'issuerVk' | 'operationalCertificate' | 'bodyBytes' | 'kesSignature'
> & {
	/** How often the hot key was evolved before it signed; below maxKesEvolutions. */
	readonly kesEvolution: number;
	/** Undefined when a rule that comes before the proof is broken: then nobody needs to know about the proof. */
	readonly vrf: VrfWork | undefined;
};

export type VrfWork = Pick<Header, 'vrfVk' | 'vrfProof' | 'vrfOutput'> & {
	/** What the proof has to be about. */
	readonly alpha: Hash32;
};

export type HeaderWorkFailure = OperationalCertificateFailure | KesSignatureFailure | VrfProofFailure;

/** Does the work; the first thing that is wrong in the order of the specification. */
export const verifyHeaderWork = (
	crypto: Crypto,
	work: HeaderWork,
	certificates?: CertificateCache,
): Result<undefined, HeaderWorkFailure> => {
	const certificate = checkOperationalCertificate(crypto, work, certificates);
	if (!certificate.ok) return certificate;
	const signature = checkKesSignatureOf(crypto, work.kesEvolution, work);
	if (!signature.ok || work.vrf === undefined) return signature;
	const proof = checkVrfProofFor(crypto, work.vrf.alpha, work.vrf);
	return proof.ok ? accepted : proof;
};
