import {type Codec, record, uint} from '#kernel/cbor/codec';
import {PIECES_MAX} from './matrix.ts';

/** How a segment is cut: any `k` of its pieces give it back. k <= repairAt <= optimal <= total. */
export type CodeProfile = {
	readonly k: number;
	/** Pieces left at which repair begins. */
	readonly repairAt: number;
	/** Pieces that are stored; uploading stops when so many have arrived. */
	readonly optimal: number;
	/** Pieces that may be made, spares for providers that stall included. */
	readonly total: number;
};

/** For 80 providers and more: 2.40 times stored. */
export const WIDE_CODE: CodeProfile = {k: 20, repairAt: 34, optimal: 48, total: 54};
/** For small networks. */
export const SMALL_CODE: CodeProfile = {k: 10, repairAt: 16, optimal: 20, total: 23};
/** For the seven providers of a devnet. */
export const DEVNET_CODE: CodeProfile = {k: 4, repairAt: 5, optimal: 6, total: 7};

/** Bytes of plaintext in a segment. With fewer pieces it is shorter, so that a piece has 2 to 3.3 MiB with any of these codes. */
export const SEGMENT_BYTES_PUBLIC: number = 64 * 2 ** 20;
export const SEGMENT_BYTES_SMALL: number = 32 * 2 ** 20;
export const SEGMENT_BYTES_DEVNET: number = 8 * 2 ** 20;

export const isCodeProfile = ({k, repairAt, optimal, total}: CodeProfile): boolean =>
	k >= 1 && k <= repairAt && repairAt <= optimal && optimal <= total && total <= PIECES_MAX;

export const codeProfileCodec: Codec<CodeProfile> = record({
	k: uint(PIECES_MAX),
	repairAt: uint(PIECES_MAX),
	optimal: uint(PIECES_MAX),
	total: uint(PIECES_MAX),
});
