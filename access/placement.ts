/**
 * A provider knows pieces, not names. A placement is the owner's word that certain pieces belong to the object with
 * certain tags; with it, and a Merkle path for each piece, a provider can tell whether a grant is about a piece.
 */
import type {Crypto, Hasher} from '#crypto/crypto';
import {leafHash, merklePaths, merkleRoot, rootOfPath} from '#crypto/merkle-tree';
import type {PieceId} from '#crypto/piece-id';
import {equalBytes} from '#kernel/bytes';
import {bytes, type Codec, decode, encode, list, record, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {AccountId, GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {type AccountSignature, accountSignatureCodec, isSignedByAccount} from './account-signature.ts';
import {type Scope, scopeCodec} from './scope.ts';

export type Placement = {
	readonly scope: Scope;
	/** Over the ids of the pieces, in an order that only the owner and the reader need to know. */
	readonly root: Hash32;
};

export type SignedPlacement = Placement & {readonly signature: AccountSignature};

/** A piece and where it stands under a placement's root. */
export type PlacedPieceProof = {
	readonly pieceId: PieceId;
	readonly index: number;
	readonly path: readonly Hash32[];
};

/** A million pieces. */
const PATH_LENGTH_MAX = 20;
/** In one message: with the longest paths they still fit into its head. */
export const PIECE_PROOFS_MAX = 256;
export const PLACEMENT_BYTES_MAX = 4096;

const DOMAIN = encodeUtf8('dcloud/placement/v1');

const placementCodec: Codec<Placement> = record({scope: scopeCodec, root: bytes<Hash32>(32)});
const signedCodec: Codec<SignedPlacement> = record({
	scope: scopeCodec,
	root: bytes<Hash32>(32),
	signature: accountSignatureCodec,
});
const proofsCodec: Codec<readonly PlacedPieceProof[]> = list(
	record({
		pieceId: bytes<PieceId>(32),
		index: uint(2 ** PATH_LENGTH_MAX),
		path: list(bytes<Hash32>(32), PATH_LENGTH_MAX),
	}),
	PIECE_PROOFS_MAX,
);

export const encodePlacement = (placement: SignedPlacement): Uint8Array => encode(signedCodec, placement);
export const decodePlacement = (placement: Uint8Array): Result<SignedPlacement, CborFailure> =>
	decode(signedCodec, placement);

/** At most 256. */
export const encodePieceProofs = (proofs: readonly PlacedPieceProof[]): Uint8Array =>
	encode(proofsCodec, proofs);
export const decodePieceProofs = (proofs: Uint8Array): Result<readonly PlacedPieceProof[], CborFailure> =>
	decode(proofsCodec, proofs);

export const placementMessage = (
	hasher: Pick<Hasher, 'blake2b256'>,
	genesisHash: GenesisHash,
	{scope, root}: Placement,
): Hash32 => hasher.blake2b256(DOMAIN, genesisHash, encode(placementCodec, {scope, root}));

export const placementRoot = (hasher: Hasher, pieces: readonly PieceId[]): Hash32 =>
	merkleRoot(
		hasher,
		pieces.map(piece => leafHash(hasher, piece)),
	);

/** Proofs of some of the pieces of a placement, by their place among them. */
export const provePieces = (
	hasher: Hasher,
	pieces: readonly PieceId[],
	indexes: readonly number[],
): readonly PlacedPieceProof[] => {
	const leaves = pieces.map(piece => leafHash(hasher, piece));
	const paths = merklePaths(hasher, leaves, indexes);
	return indexes.map((index, at) => ({
		pieceId: pieces[index] as PieceId,
		index,
		path: paths[at] as readonly Hash32[],
	}));
};

export type PlacementRefused =
	| {readonly code: 'PLACEMENT_SIGNATURE_INVALID'}
	| {readonly code: 'PLACEMENT_PROOF_INVALID'; readonly pieceId: PieceId};

/** Whether the owner has said so, and of these pieces. */
export const verifyPlacement = (
	crypto: Crypto,
	{genesisHash, owner}: {readonly genesisHash: GenesisHash; readonly owner: AccountId},
	placement: SignedPlacement,
	proofs: readonly PlacedPieceProof[],
): Result<void, PlacementRefused> => {
	const stranger = proofs.find(({pieceId, index, path}) => {
		const root = rootOfPath(crypto, leafHash(crypto, pieceId), index, path);
		return root === undefined || !equalBytes(root, placement.root);
	});
	if (stranger !== undefined) return err({code: 'PLACEMENT_PROOF_INVALID', pieceId: stranger.pieceId});
	const message = placementMessage(crypto, genesisHash, placement);
	return isSignedByAccount(crypto, owner, message, placement.signature)
		? ok(undefined)
		: err({code: 'PLACEMENT_SIGNATURE_INVALID'});
};
