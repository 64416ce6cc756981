/** `cookie` is a 16-bit number that the response repeats. */
export type KeepAliveMessage =
	| {readonly kind: 'keepAlive'; readonly cookie: number}
	| {readonly kind: 'response'; readonly cookie: number}
	| {readonly kind: 'done'};
