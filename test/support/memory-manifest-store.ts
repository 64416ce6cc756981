import type {ManifestStore} from '#node/ports/manifest-store';

/** Manifests that are forgotten when it goes. */
export const createMemoryManifestStore = (): ManifestStore => {
	const manifests = new Map<string, Uint8Array>();
	return {
		names: async () => [...manifests.keys()].sort(),
		load: async name => manifests.get(name)?.slice(),
		save: async (name, sealed) => {
			manifests.set(name, sealed.slice());
		},
		remove: async name => {
			manifests.delete(name);
		},
	};
};
