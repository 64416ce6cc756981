import type {Crypto, SecretCrypto} from '#crypto/crypto';

/** A file as it was given on the command line, read whole. */
export type ConformanceFile = {readonly name: string; readonly bytes: Uint8Array};

export type Verdict = {readonly ok: true} | {readonly ok: false; readonly why: string};

export type ConformanceCase = {
	/** Names the file and the case within it: what a line about a failure starts with. */
	readonly name: string;
	readonly check: () => Verdict;
};

export type Recognised = {
	/** The files that belong to this kind; a file that no kind uses is reported as unknown. */
	readonly used: readonly ConformanceFile[];
	readonly cases: readonly ConformanceCase[];
};

/** One form of test vectors. The checks are done by the code that the node runs, through `crypto`. */
export type ConformanceKind = {
	readonly name: string;
	/**
	 * Picks out of all given files those of this kind, told by their content and never by their name.
	 * Gets all files, because a case may need several: keys and signatures, headers and nonces.
	 * Foreign files are simply not used. A file of this kind with a broken case makes a case that fails.
	 */
	readonly recognise: (crypto: Crypto & SecretCrypto, files: readonly ConformanceFile[]) => Recognised;
};

export const holds: Verdict = {ok: true};
export const fails = (why: string): Verdict => ({ok: false, why});
/** `holds` when `condition`, else the reason. */
export const verdict = (condition: boolean, why: string): Verdict => (condition ? holds : fails(why));
