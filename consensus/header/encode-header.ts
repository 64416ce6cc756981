import type {Hasher} from '#crypto/crypto';
import {CborWriter} from '#kernel/cbor/writer';
import type {Header} from './header.ts';

/** What a forger decides; the rest of a header are signatures and hashes. */
export type HeaderBody = Pick<
	Header,
	| 'blockNo'
	| 'slot'
	| 'prevHash'
	| 'issuerVk'
	| 'vrfVk'
	| 'vrfOutput'
	| 'vrfProof'
	| 'bodySize'
	| 'bodyHash'
	| 'operationalCertificate'
	| 'protocolVersion'
>;

/** The header body in canonical CBOR: the bytes to be signed with the KES key. */
export const encodeHeaderBody = (body: HeaderBody): Uint8Array => {
	const writer = new CborWriter();
	writer.array(10).uint(body.blockNo).uint(body.slot);
	if (body.prevHash === null) writer.null();
	else writer.bytes(body.prevHash);
	writer.bytes(body.issuerVk).bytes(body.vrfVk);
	writer.array(2).bytes(body.vrfOutput).bytes(body.vrfProof);
	writer.uint(body.bodySize).bytes(body.bodyHash);
	const {hotVk, counter, startPeriod, signature} = body.operationalCertificate;
	writer.array(4).bytes(hotVk).uint(counter).uint(startPeriod).bytes(signature);
	writer.array(2).uint(body.protocolVersion.major).uint(body.protocolVersion.minor);
	return writer.finish();
};

/** The whole header around body bytes that were signed. */
export const encodeHeader = (bodyBytes: Uint8Array, kesSignature: Uint8Array): Uint8Array =>
	new CborWriter().array(2).raw(bodyBytes).bytes(kesSignature).finish();

/** The header as it will be decoded by everybody else. */
export const sealHeader = (hasher: Hasher, body: HeaderBody, kesSignature: Uint8Array): Header => {
	const bodyBytes = encodeHeaderBody(body);
	const bytes = encodeHeader(bodyBytes, kesSignature);
	return {...body, bodyBytes, kesSignature, bytes, hash: hasher.blake2b256(bytes)};
};
