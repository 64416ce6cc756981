import type {Address} from '#relay/bearer/bearer';
import type {Connection} from '#relay/connection';
import type {DialOptions} from '#relay/dial';
import type {Listener, ListenerOptions} from '#relay/listener';
import type {NameResolver} from '#relay/resolve-name';

/** How connections are made: TCP, or memory in tests. */
export type Network = {
	dial(address: Address, options: DialOptions, at: {readonly signal: AbortSignal}): Promise<Connection>;
	listen(options: ListenerOptions): Promise<Listener>;
	/** Undefined: names are dialled as they are. */
	readonly resolve?: NameResolver;
};
