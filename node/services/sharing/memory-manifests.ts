import type {ManifestStore} from '#node/ports/manifest-store';
import type {UploadJournal} from '#node/ports/upload-journal';

/** Of a share that is being read: nothing of it stays on this machine but what is fetched. */
export const memoryManifests = (): ManifestStore => {
	const manifests = new Map<string, Uint8Array>();
	return {
		names: async () => [...manifests.keys()].sort(),
		load: async name => manifests.get(name),
		save: async (name, sealed) => {
			manifests.set(name, sealed);
		},
		remove: async name => {
			manifests.delete(name);
		},
	};
};

/** Who reads a share stores nothing. */
export const noUploads: UploadJournal = {
	load: async () => [],
	append: async () => undefined,
	remove: async () => undefined,
};
