/** What one customer measures. */
export type ClientTask = {
	readonly providers: number;
	readonly fileBytes: number;
	readonly ranges: number;
	/** Small ones, of 4 KiB. */
	readonly objects: number;
};
