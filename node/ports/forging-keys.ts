import type {OperationalCertificate} from '#consensus/opcert/operational-certificate';

/** Signs headers with the hot key. */
export type KesSigner = {
	/** Evolutions since the certificate's start period that the key has made; it cannot sign for earlier ones. */
	readonly evolution: number;
	/**
	 * Moves the key on and destroys what it was, in memory and where it is kept; resolves when that is done. False:
	 * the key has no such evolution any more.
	 */
	evolveTo(evolution: number): Promise<boolean>;
	/** 448 bytes, by the key as it is now. */
	sign(message: Uint8Array): Uint8Array;
	/** Erases the key in memory, not where it is kept: nothing is signed with it after that. */
	discard(): void;
};

/** What a producer forges with. */
export type ForgingKeys = {
	/** The pool's cold verification key: who the certificate is of. */
	readonly issuerVk: Uint8Array;
	readonly vrfSeed: Uint8Array;
	readonly vrfVk: Uint8Array;
	readonly operationalCertificate: OperationalCertificate;
	readonly kes: KesSigner;
};
