import type {Crypto} from '#crypto/crypto';
import {verifyKes} from '#crypto/kes/verify-kes';
import {err, type Result} from '#kernel/result';
import type {ConsensusParams} from '../../params.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';
import {kesEvolution} from './check-kes-period.ts';

export type KesSignatureFailure = {readonly code: 'KES_SIGNATURE_INVALID'; readonly evolution: number};

/** The hot key, evolved that often, signed the header body. */
export const checkKesSignatureOf = (
	crypto: Crypto,
	evolution: number,
	header: Pick<WireHeader, 'operationalCertificate' | 'bodyBytes' | 'kesSignature'>,
): Result<undefined, KesSignatureFailure> => {
	const valid = verifyKes(crypto, {
		verificationKey: header.operationalCertificate.hotVk,
		period: evolution,
		message: header.bodyBytes,
		signature: header.kesSignature,
	});
	return valid ? accepted : err({code: 'KES_SIGNATURE_INVALID', evolution});
};

/** The hot key, evolved to the slot's period, signed the header body. Only after `checkKesPeriod`. */
export const checkKesSignature = (
	crypto: Crypto,
	params: Pick<ConsensusParams, 'slotsPerKesPeriod'>,
	header: Pick<WireHeader, 'slot' | 'operationalCertificate' | 'bodyBytes' | 'kesSignature'>,
): Result<undefined, KesSignatureFailure> =>
	checkKesSignatureOf(crypto, Number(kesEvolution(params, header)), header);
