/** What the control API says of who pays for whose agreements. Ids in lower-case hex, lovelace in decimal. */

/** Agreements of `client` that `payer` pays. */
export type AllowanceView = {
	readonly payer: string;
	readonly client: string;
	/** Lovelace an epoch, for all of them; 0: withdrawn. */
	readonly rateMax: string;
	/** What those that run cost an epoch. */
	readonly used: string;
	/** None is made to end later. */
	readonly until: number;
};

/** Those that fit all that is given. */
export type AgreementFilter = {readonly client?: string; readonly payer?: string; readonly provider?: string};
