import type {NodeConfig} from '#node/config';

/** What a bench asks of the node in its child process. */
export type ToNode =
	| {readonly kind: 'start'; readonly flags: Partial<NodeConfig>}
	/** Blocks of the file, by hand, one after the other. */
	| {readonly kind: 'feed'; readonly file: string}
	/** Answered when the tip has that block number. */
	| {readonly kind: 'until'; readonly blockNo: number}
	| {readonly kind: 'memory'}
	| {readonly kind: 'stop'};

export type FromNode =
	| {
			readonly kind: 'started';
			readonly port: number;
			readonly blockNo: number;
			readonly metricsUrl: string | undefined;
	  }
	| {readonly kind: 'fed'; readonly ms: number; readonly longestMs: number}
	/** Of the tip, in hexadecimal. */
	| {readonly kind: 'reached'; readonly hash: string}
	| {
			readonly kind: 'memory';
			readonly residentBytes: number;
			readonly residentBytesMax: number;
			/** The heap and what hangs on it outside. */
			readonly heldBytes: number;
	  }
	| {readonly kind: 'stopped'}
	| {readonly kind: 'failed'; readonly code: string};
