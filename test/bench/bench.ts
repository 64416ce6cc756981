/** One measured number beside the same measured on a named peer in the same run. */
export type Figure = {
	readonly name: string;
	readonly value: number;
	readonly unit: string;
	/** What the peer reached, in `unit`; null where there is nobody to compare with. */
	readonly baseline: number | null;
	/** How many times better than the peer (above 1 is better, whichever way the unit points). */
	readonly ratio: number | null;
	/** The peer: a package, or another way to do it. */
	readonly against?: string;
};

export type Bench = {
	readonly name: string;
	readonly run: () => Promise<Figure[]>;
};

/** A figure where more is better. */
export const moreIsBetter = (
	name: string,
	unit: string,
	value: number,
	peer?: {readonly name: string; readonly value: number},
): Figure => ({
	name,
	value,
	unit,
	baseline: peer?.value ?? null,
	ratio: peer === undefined ? null : value / peer.value,
	...(peer && {against: peer.name}),
});

/** A figure where less is better: times and sizes. */
export const lessIsBetter = (
	name: string,
	unit: string,
	value: number,
	peer?: {readonly name: string; readonly value: number},
): Figure => ({
	name,
	value,
	unit,
	baseline: peer?.value ?? null,
	ratio: peer === undefined ? null : peer.value / value,
	...(peer && {against: peer.name}),
});
