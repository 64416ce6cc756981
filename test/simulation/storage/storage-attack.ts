/** An attack on storage, played over the real ledger with the real services, and what came out. */

export type Outcome = {
	/** When it was found out, or that it came to nothing. */
	readonly found: string;
	/** The chance that an epoch finds it, or that it comes off. */
	readonly chance: string;
	/**
	 * What attackers can expect of one epoch at most, whatever they choose, as a part of what their customers pay;
	 * only of attacks that luck decides.
	 */
	readonly expected?: string;
	/**
	 * What the attackers own at the end more than in the same world had they been honest, and all that they did not spend
	 * on keeping pieces (at most all that these pieces earn), in lovelace.
	 */
	readonly payoff: bigint;
	/** What did not come out as promised. */
	readonly problems: readonly string[];
};

export type StorageAttack = {
	readonly name: string;
	readonly about: string;
	/** What makes it fail. */
	readonly rule: string;
	readonly play: () => Promise<Outcome>;
	/** The same without that rule: it has to pay, or it shows nothing. */
	readonly bite?: Bite;
};

export type Bite = {
	/** What is taken away. */
	readonly without: string;
	/** What it pays then, in words for the table; undefined when it does not. */
	readonly play: () => Promise<string | undefined>;
};

/** What does not hold, in words. */
export const problemsOf = (expected: Readonly<Record<string, boolean>>): readonly string[] =>
	Object.entries(expected).flatMap(([what, holds]) => (holds ? [] : [what]));

/** Such as `−1,234`. */
export const lovelaceText = (amount: bigint): string => {
	const digits = (amount < 0n ? -amount : amount).toString();
	return `${amount < 0n ? '−' : ''}${digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}`;
};
