/** What the control API says of who signs for an account and of what it has revoked. Ids and keys in lower-case hex. */

export type AccountAccessView = {
	/** Of an account that several keys own. */
	readonly multisig: {readonly threshold: number; readonly keys: readonly string[]} | null;
	readonly access: {
		/** What new grants of all the account must name; 0 until something was revoked. */
		readonly epoch: number;
		/** Series of which grants were revoked, as long as some of them might still be valid. */
		readonly revoked: readonly {
			readonly series: string;
			readonly epoch: number;
			readonly untilSlot: number | null;
		}[];
	};
};
