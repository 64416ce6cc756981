import type {RevisionStore} from '#node/ports/revision-store';

export const createMemoryRevisionStore = (): RevisionStore => {
	const kept = new Map<string, Uint8Array>();
	return {
		load: async agreementId => kept.get(agreementId),
		save: async (agreementId, signed) => {
			kept.set(agreementId, signed.slice());
		},
	};
};
