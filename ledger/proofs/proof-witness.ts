/** What goes into segment 4: the proof, and the revisions that say to which pieces both sides agreed. */
import {compareBytes} from '#kernel/bytes';
import {type Codec, decode, encode, list, record} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, type Result} from '#kernel/result';
import {FOREST_PROOF_BYTES_MAX, type ForestProof, forestProofCodec} from '#storage-proofs/forest-proof';
import {SIGNED_REVISION_BYTES_MAX, type SignedRevision, signedRevisionCodec} from '../agreements/revision.ts';

export type ProofWitness = {
	readonly proof: ForestProof;
	/**
	 * For each agreement that is challenged and that the chain does not know in the committed revision, and for others
	 * that have fewer leaves than the chain believes; by agreement id, each once.
	 */
	readonly revisions: readonly SignedRevision[];
};

/** As many as fit the largest proof on the wire. */
export const WITNESS_REVISIONS_MAX = 32;

export const PROOF_WITNESS_BYTES_MAX: number =
	FOREST_PROOF_BYTES_MAX + WITNESS_REVISIONS_MAX * SIGNED_REVISION_BYTES_MAX;

const revisions = list(signedRevisionCodec, WITNESS_REVISIONS_MAX);

const sortedRevisions: Codec<readonly SignedRevision[]> = {
	write: (writer, value) => revisions.write(writer, value),
	read: reader => {
		const at = reader.position;
		const read = revisions.read(reader);
		for (const [index, {revision}] of read.entries()) {
			const before = read[index - 1];
			const order = before ? compareBytes(before.revision.agreementId, revision.agreementId) : -1;
			if (order === 0) reader.stop('CBOR_DUPLICATE_KEY', at);
			if (order > 0) reader.stop('CBOR_NOT_CANONICAL', at);
		}
		return read;
	},
};

const proofWitnessCodec: Codec<ProofWitness> = record({proof: forestProofCodec, revisions: sortedRevisions});

export type ProofWitnessFailure =
	| CborFailure
	| {readonly code: 'PROOF_WITNESS_TOO_LONG'; readonly length: number; readonly lengthMax: number};

/** Canonical CBOR; puts the revisions in their order. */
export const encodeProofWitness = ({proof, revisions: unsorted}: ProofWitness): Uint8Array =>
	encode(proofWitnessCodec, {
		proof,
		revisions: unsorted.toSorted((a, b) => compareBytes(a.revision.agreementId, b.revision.agreementId)),
	});

export const decodeProofWitness = (bytes: Uint8Array): Result<ProofWitness, ProofWitnessFailure> =>
	bytes.length > PROOF_WITNESS_BYTES_MAX
		? err({code: 'PROOF_WITNESS_TOO_LONG', length: bytes.length, lengthMax: PROOF_WITNESS_BYTES_MAX})
		: decode(proofWitnessCodec, bytes);
