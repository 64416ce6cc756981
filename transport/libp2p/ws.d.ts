/** As much of `ws` as stands in for the WebSocket that newer engines have. */
declare module 'ws' {
	export const WebSocket: typeof globalThis.WebSocket;
}
