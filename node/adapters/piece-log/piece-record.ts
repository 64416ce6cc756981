/**
 * How a piece stands in a log file:
 * magic 4 | length u64be | agreement id 32 | piece id 32 | CRC-32 of each block of 64 KiB | CRC-32 of all before | bytes.
 */
import {crc32} from 'node:zlib';
import {equalBytes} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {PieceName} from '#node/ports/piece-store';

/** Bytes that one checksum covers: what a read of some bytes must read at least. */
export const BLOCK_BYTES: number = 64 * 1024;

const MAGIC = Uint8Array.of(0x64, 0x43, 0x70, 0x31);
const FIXED_BYTES = 76;

export const headerBytes = (length: number): number => FIXED_BYTES + 4 * Math.ceil(length / BLOCK_BYTES) + 4;

/** What stands before the bytes of a piece. */
export const encodeHeader = ({agreementId, pieceId}: PieceName, bytes: Uint8Array): Uint8Array => {
	const header = new Uint8Array(headerBytes(bytes.length));
	const view = new DataView(header.buffer);
	header.set(MAGIC, 0);
	view.setBigUint64(4, BigInt(bytes.length));
	header.set(agreementId, 12);
	header.set(pieceId, 44);
	let at = FIXED_BYTES;
	for (let start = 0; start < bytes.length; start += BLOCK_BYTES, at += 4)
		view.setUint32(at, crc32(bytes.subarray(start, start + BLOCK_BYTES)));
	view.setUint32(at, crc32(header.subarray(0, at)));
	return header;
};

/** The checksums of the blocks, or undefined when this is not the header of that piece as it was written. */
export const decodeHeader = (
	header: Uint8Array,
	{agreementId, pieceId}: PieceName,
	length: number,
): Uint32Array | undefined => {
	if (header.length !== headerBytes(length)) return undefined;
	const view = new DataView(header.buffer, header.byteOffset, header.length);
	const end = header.length - 4;
	const intact =
		view.getUint32(end) === crc32(header.subarray(0, end)) &&
		equalBytes(header.subarray(0, 4), MAGIC) &&
		view.getBigUint64(4) === BigInt(length) &&
		equalBytes(header.subarray(12, 44), agreementId) &&
		equalBytes(header.subarray(44, 76), pieceId);
	if (!intact) return undefined;
	return Uint32Array.from({length: (end - FIXED_BYTES) / 4}, (_, index) =>
		view.getUint32(FIXED_BYTES + 4 * index),
	);
};

/** Whether whole blocks from number `first` on are as they were written. */
export const blocksIntact = (checksums: Uint32Array, first: number, bytes: Uint8Array): boolean => {
	for (let start = 0, block = first; start < bytes.length; start += BLOCK_BYTES, block++)
		if (crc32(bytes.subarray(start, start + BLOCK_BYTES)) !== checksums[block]) return false;
	return true;
};

/** A piece with what stands before it. */
export const recordBytes = (length: number): number => headerBytes(length) + length;

/** Where a piece says that it belongs, and its length; to be believed when `decodeHeader` agrees. */
export const peekHeader = (
	header: Uint8Array,
): {readonly name: PieceName; readonly length: number} | undefined => {
	if (header.length < FIXED_BYTES || !equalBytes(header.subarray(0, 4), MAGIC)) return undefined;
	const length = new DataView(header.buffer, header.byteOffset, header.length).getBigUint64(4);
	if (length > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
	const name = {
		agreementId: Hash32(new Uint8Array(header.subarray(12, 44))),
		pieceId: Hash32(new Uint8Array(header.subarray(44, 76))),
	};
	return {name, length: Number(length)};
};

export const PEEKED_BYTES: number = FIXED_BYTES;
