/** The newest revision of each agreement with both signatures, as evidence: on disk, outside of any agreement. */
export type RevisionStore = {
	/** `agreementId` in hexadecimal. Undefined when none is kept. */
	load(agreementId: string): Promise<Uint8Array | undefined>;
	save(agreementId: string, signed: Uint8Array): Promise<void>;
};
