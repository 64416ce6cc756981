import type {Hasher} from '#crypto/crypto';
import type {Tip} from '#kernel/point';
import {BlockNo, type Slot} from '#kernel/slot';
import {type BodySegments, bodyHash, bodySize} from '../block/body-hash.ts';
import {encodeHeaderBody, type HeaderBody, sealHeader} from '../header/encode-header.ts';
import type {Header} from '../header/header.ts';
import type {OperationalCertificate} from '../opcert/operational-certificate.ts';
import type {LeaderProof} from './leader-proof.ts';

export type HeaderPlan = {
	/** What is built upon. */
	readonly parent: Tip;
	readonly slot: Slot;
	readonly issuerVk: Uint8Array;
	readonly vrfVk: Uint8Array;
	readonly proof: LeaderProof;
	readonly operationalCertificate: OperationalCertificate;
	readonly protocolVersion: HeaderBody['protocolVersion'];
	readonly segments: BodySegments;
};

/**
 * Puts a header together over a finished body. `signKes` signs with the hot key evolved to the slot's period
 * (448 bytes); whoever calls has already made sure never to sign the same slot twice.
 */
export const forgeHeader = (
	hasher: Hasher,
	{parent, proof, segments, ...plan}: HeaderPlan,
	signKes: (bodyBytes: Uint8Array) => Uint8Array,
): Header => {
	const body: HeaderBody = {
		...plan,
		...proof,
		blockNo: BlockNo(parent === 'origin' ? 0 : parent.blockNo + 1),
		prevHash: parent === 'origin' ? null : parent.hash,
		bodySize: bodySize(segments),
		bodyHash: bodyHash(hasher, segments),
	};
	return sealHeader(hasher, body, signKes(encodeHeaderBody(body)));
};
