/** An own protocol: the client pulls signed announcements, which are opaque here. */
export type AnnouncementsMessage =
	| {
			readonly kind: 'request';
			/** How far the client has read this server's feed; 0 at first. */
			readonly cursor: bigint;
			/** Where the client itself accepts connections; 0 when it does not. */
			readonly listeningPort: number;
	  }
	| {readonly kind: 'reply'; readonly cursor: bigint; readonly items: readonly Uint8Array[]}
	| {readonly kind: 'done'};
