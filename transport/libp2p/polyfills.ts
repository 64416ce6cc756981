/** What libp2p 3 expects of newer engines than Node 20. Imported before any of it. */
import {WebSocket} from 'ws';

type Resolvers = {
	readonly promise: Promise<unknown>;
	readonly resolve: (value: unknown) => void;
	readonly reject: (reason: unknown) => void;
};

if (!('withResolvers' in Promise))
	Object.defineProperty(Promise, 'withResolvers', {
		configurable: true,
		writable: true,
		value(this: PromiseConstructor): Resolvers {
			let resolve: Resolvers['resolve'] = () => undefined;
			let reject: Resolvers['reject'] = () => undefined;
			const promise = new this<unknown>((yes, no) => {
				resolve = yes;
				reject = no;
			});
			return {promise, resolve, reject};
		},
	});

// Dialling takes the engine's own WebSocket, which Node has from 22 on.
if (!('WebSocket' in globalThis))
	Object.defineProperty(globalThis, 'WebSocket', {configurable: true, writable: true, value: WebSocket});
