import type {BodySegments} from '#ledger/block/block-body';

/** What the bare stream counts in, so that one byte says how much is wanted: up to 4 GiB. */
export const RAW_UNIT_BYTES: number = 16 * 2 ** 20;

/** Where bare streams are answered, of TLS and of libp2p. */
export type RawPlaces = {readonly port: number; readonly address: string};

export type ToProviders =
	| {readonly kind: 'block'; readonly slot: number; readonly segments: BodySegments}
	| {readonly kind: 'start'; readonly name: string; readonly folder: string; readonly servesRaw: boolean}
	| {readonly kind: 'stop'};

export type FromProviders =
	| {readonly kind: 'done'}
	| {readonly kind: 'started'; readonly name: string; readonly port: number}
	| ({readonly kind: 'raw'} & RawPlaces)
	| {readonly kind: 'announcement'; readonly bytes: Uint8Array};
