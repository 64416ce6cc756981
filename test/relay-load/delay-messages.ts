/** Listen on `host` and hand on to `port` of this host, and back. */
export type ToDelay = {
	readonly kind: 'forward';
	readonly host: string;
	readonly port: number;
	readonly delayMs: number;
};

export type FromDelay =
	| {readonly kind: 'forwarding'; readonly port: number}
	| {readonly kind: 'failed'; readonly code: string};
