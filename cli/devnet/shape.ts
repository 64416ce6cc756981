/** How large a devnet is, and how fast its slots pass. */
export type DevnetShape = {readonly providers: number; readonly slotMs: number};

/** With fewer no file can be stored. */
export const PROVIDERS_MIN = 6;
/** Each is a whole node: a hundred of them want some ten GiB. */
export const PROVIDERS_MAX = 100;
export const PROVIDERS_DEFAULT = 7;

const SLOT_MS = 200;
const SLOT_MS_CROWDED = 400;
/** With more, two cores are not enough for slots that short. */
const UNCROWDED_MAX = 10;

/** Whether so many nodes share this machine that each has to be modest. */
export const isCrowded = ({providers}: DevnetShape): boolean => providers > UNCROWDED_MAX;

export const devnetShape = (providers: number = PROVIDERS_DEFAULT): DevnetShape => ({
	providers,
	slotMs: providers > UNCROWDED_MAX ? SLOT_MS_CROWDED : SLOT_MS,
});

/** Nodes that begin at one relay. */
const NODES_PER_RELAY = 20;

export const relayCount = ({providers}: DevnetShape): number => Math.ceil((providers + 3) / NODES_PER_RELAY);
