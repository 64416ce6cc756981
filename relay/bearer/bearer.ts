/** Where a peer is: an IP address, or the name of a memory bearer, and a port. */
export type Address = {readonly host: string; readonly port: number};

export const addressText = ({host, port}: Address): string =>
	host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export type BearerEvents = {
	/** Bytes in order, in pieces of any size. Not called while paused. */
	readonly received: (bytes: Uint8Array) => void;
	/** What was written has left; `isWritable` is true again. */
	readonly drained: () => void;
	/** The last call. `cause` when it was not a clean end. */
	readonly closed: (cause?: unknown) => void;
};

/** An ordered, reliable stream of bytes in both directions. */
export type Bearer = {
	readonly remote: Address;
	/** Begins to deliver; called once. */
	readonly start: (events: BearerEvents) => void;
	/** Takes the bytes in any case; they must not change afterwards. */
	readonly write: (bytes: Uint8Array) => void;
	/** False while more than enough waits to be sent: hold back until `drained`. */
	readonly isWritable: () => boolean;
	readonly pause: () => void;
	readonly resume: () => void;
	/** Ends at once; with `flush`, after what was written has left (within seconds). `closed` may still be called. */
	readonly close: (options?: {readonly flush: boolean}) => void;
};
