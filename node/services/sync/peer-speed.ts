/** How fast a peer has been: what the next request to it may expect. */
export type PeerSpeed = {
	/** From a question to the first byte of its answer. */
	readonly latencyMs: number;
	readonly bytesPerMs: number;
};

/** A peer that nobody has measured gets little at first: 128 KiB/s. */
const BYTES_PER_MS_AT_FIRST = 128;
const LATENCY_MS_AT_FIRST = 200;
/** A new measurement's share. */
const WEIGHT = 0.3;
/** A range that was there at once says no more than that it was quick. */
const MS_MIN = 1;

export const speedAtFirst = (rttMs: number | undefined): PeerSpeed => ({
	latencyMs: rttMs ?? LATENCY_MS_AT_FIRST,
	bytesPerMs: BYTES_PER_MS_AT_FIRST,
});

const blend = (before: number, now: number): number => before + WEIGHT * (now - before);

/** After an answer: `bytes` came within `busyMs`, which does not count what passed before the peer could begin. */
export const measured = (
	speed: PeerSpeed,
	{bytes, busyMs}: {readonly bytes: number; readonly busyMs: number},
): PeerSpeed => ({...speed, bytesPerMs: blend(speed.bytesPerMs, bytes / Math.max(busyMs, MS_MIN))});

/** After the first block of an answer that the peer could begin with at once. */
export const answeredAfter = (speed: PeerSpeed, latencyMs: number): PeerSpeed => ({
	...speed,
	latencyMs: blend(speed.latencyMs, latencyMs),
});

/** Until `bytes` more are here, when `queued` were asked for before them. */
export const expectedMs = ({latencyMs, bytesPerMs}: PeerSpeed, queued: number, bytes: number): number =>
	latencyMs + (queued + bytes) / bytesPerMs;
