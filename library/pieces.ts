/** `dcloud/pieces`: a file becomes pieces and back. */
export {createSegmentPorts} from '#node/adapters/segment-ports';
export {
	type CodeProfile,
	DEVNET_CODE,
	SEGMENT_BYTES_DEVNET,
	SEGMENT_BYTES_PUBLIC,
	SMALL_CODE,
	WIDE_CODE,
} from '#pieces/erasure/code-profile';
export {decodeManifest, encodeManifest, type Manifest} from '#pieces/manifest/manifest';
export {openRepairTicket, type RepairTicket} from '#pieces/manifest/repair-ticket';
export {openManifest, sealManifest} from '#pieces/manifest/sealed-manifest';
export {type Candidate, type Placement, type PlacementInput, placePieces} from '#pieces/placement';
export type {SegmentPorts} from '#pieces/ports';
export {choosePieces} from '#pieces/segment/choose-pieces';
export {decodeSegment, type SegmentToDecode} from '#pieces/segment/decode-segment';
export {
	encodeSegment,
	type Piece,
	type SealedSegment,
	type SegmentInput,
} from '#pieces/segment/encode-segment';
export {maskKeyOf} from '#pieces/segment/piece-mask';
export {type PieceToRebuild, rebuildPiece} from '#pieces/segment/rebuild-piece';
