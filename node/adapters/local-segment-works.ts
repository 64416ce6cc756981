import type {SegmentWorks} from '#node/ports/segment-works';
import type {SegmentPorts} from '#pieces/ports';
import {decodeInPlace, encodeInPlace, sparePiece, unmaskIfPiece} from '#pieces/segment/segment-in-place';

/** Others have their turn between two pieces of work. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Works in this thread. */
export const createLocalSegmentWorks = (ports: SegmentPorts): SegmentWorks => ({
	memory: bytes => new Uint8Array(bytes),
	// It is counted, and collected when there is much of it.
	release: () => undefined,
	encode: async (space, ready) => {
		await turn();
		encodeInPlace(ports, space, ready);
	},
	spare: async (space, index) => {
		await turn();
		return sparePiece(ports, space, index);
	},
	receive: async piece => unmaskIfPiece(ports, piece),
	decode: async (space, have) => decodeInPlace(ports, space, have),
	close: async () => undefined,
});
