/** A story about forks and what a node makes of it: test/vectors/fork-choice/README.md describes the form. */

/** The first line of a file says what it is. */
export const FORK_VECTOR_FORMAT = 'dcloud-fork-choice/1';

export type VectorBlock = {
	readonly name: string;
	/** Undefined: it stands on nothing. */
	readonly parent: string | undefined;
	readonly slot: number;
	/** Undefined: one more than its parent has. */
	readonly blockNo: number | undefined;
	readonly issuer: string;
	readonly counter: bigint;
	/** The 64 bytes of the VRF output as a number, big-endian. */
	readonly vrf: bigint;
};

export type VectorEvent =
	/** The clock now, in milliseconds since slot 0 began. */
	| {readonly kind: 'tick'; readonly nowMs: number}
	| {readonly kind: 'header' | 'body' | 'invalidate'; readonly block: VectorBlock}
	/** `number` instead of the block's own, for a checkpoint that is wrong. */
	| {readonly kind: 'checkpoint'; readonly block: VectorBlock; readonly number: number | undefined};

/** What is expected after an event; undefined: not looked at. */
export type VectorExpectation = {
	readonly tip: VectorBlock | 'origin' | undefined;
	readonly immutable: VectorBlock | 'origin' | undefined;
	/** `ok`, `known` or the code of the failure. Undefined: `ok`. */
	readonly result: string | undefined;
	/** Blocks taken back by the event, all its switches together. */
	readonly rollback: number | undefined;
};

export type VectorStep = {readonly event: VectorEvent; readonly expected: VectorExpectation};

export type ForkVector = {
	readonly title: string;
	readonly k: number;
	readonly slotLengthMs: number;
	readonly blocks: ReadonlyMap<string, VectorBlock>;
	readonly steps: readonly VectorStep[];
};

export type ForkVectorFailure =
	| {readonly code: 'FORK_VECTOR_TOO_LARGE'; readonly bytes: number; readonly bytesMax: number}
	| {readonly code: 'FORK_VECTOR_NOT_YAML'; readonly problem: string}
	| {readonly code: 'FORK_VECTOR_MALFORMED'; readonly place: string; readonly wanted: string}
	| {readonly code: 'FORK_VECTOR_BLOCK_UNKNOWN'; readonly place: string; readonly block: string};
