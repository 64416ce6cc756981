/** Where an era of Cardano begins or ends; `timeMs` since the system's start. */
export type EraBound = {readonly timeMs: number; readonly slot: number; readonly epoch: number};

/** What turns slots into epochs and times, era by era. */
export type EraSummary = {
	readonly start: EraBound;
	/** Of the current era: the last place that no hard fork can come before. */
	readonly end: EraBound;
	/** In slots. */
	readonly epochLength: number;
	readonly slotLengthMs: number;
	/** Slots from the tip in which no hard fork takes place. Ouroboros Genesis compares chains over as many. */
	readonly safeZone: number;
};
