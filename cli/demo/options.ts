/** What `npm start` was asked for. */
export type DemoOptions = {
	/** The user's own file, or undefined for one made from the printed seed. */
	readonly file: string | undefined;
	/** Where everything lives; undefined makes a new folder that is removed after a good run. */
	readonly data: string | undefined;
	readonly stay: boolean;
	readonly json: boolean;
	readonly full: boolean;
	readonly seed: number;
	/** Size in bytes of the file made from the seed. */
	readonly size: number;
};
