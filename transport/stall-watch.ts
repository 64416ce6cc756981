import type {SessionOptions} from './session-options.ts';

/** What a connection is in the middle of. */
export type Activity = {
	/** Bytes that moved, either way, since the connection began. */
	bytesMoved(): number;
	/** Whether the peer owes us something: an answer, the rest of a frame or body, room to write. */
	underWay(): boolean;
	/** Whether an announced body is still coming. */
	receivingBody(): boolean;
	/** Whether limits of our own held bytes back since this was asked last. */
	heldBack(): boolean;
};

/** Looks at a connection once every `stallMs`; one timer, however many requests. Returns how to stop it. */
export const watchForStalls = (
	{after, stallMs, stallBytesMin, idleMs}: SessionOptions,
	activity: Activity,
	ends: {readonly stalled: () => void; readonly idle: () => void},
): (() => void) => {
	let before = activity.bytesMoved();
	let wasUnderWay = false;
	let wasReceiving = false;
	let idleTicks = 0;
	let callOff: () => void = () => undefined;
	const look = (): void => {
		const moved = activity.bytesMoved() - before;
		before += moved;
		const heldBack = activity.heldBack();
		const tooSlow = wasReceiving && activity.receivingBody() && moved < stallBytesMin;
		if (!heldBack && (tooSlow || (wasUnderWay && activity.underWay() && moved === 0))) {
			ends.stalled();
			return;
		}
		wasUnderWay = activity.underWay();
		wasReceiving = activity.receivingBody();
		idleTicks = wasUnderWay || moved > 0 ? 0 : idleTicks + 1;
		if (idleTicks * stallMs >= idleMs) ends.idle();
		else callOff = after(stallMs, look);
	};
	callOff = after(stallMs, look);
	return () => callOff();
};
