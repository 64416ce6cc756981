import type {UploadJournal} from '#node/ports/upload-journal';

/** Records are copied, as a disk would. */
export const createMemoryUploadJournal = (): UploadJournal => {
	const uploads = new Map<string, readonly Uint8Array[]>();
	return {
		load: async name => (uploads.get(name) ?? []).map(record => record.slice()),
		append: async (name, record) => {
			uploads.set(name, [...(uploads.get(name) ?? []), record.slice()]);
		},
		remove: async name => {
			uploads.delete(name);
		},
	};
};
