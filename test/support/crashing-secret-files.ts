/** Secret files in memory that can lose power at any step, and then remember only what was synced, or everything. */
import type {SecretFileSystem} from '#node/adapters/secret-file';

type Inode = {now: string; durable: string};

export class PowerCut extends Error {}

export type CrashingFiles = {
	readonly files: SecretFileSystem;
	/** Steps taken so far. */
	readonly steps: number;
	/** The power goes before that many further steps are taken. */
	cutAfter(steps: number): void;
	/** What a computer finds when it is started again: unsynced names and contents are lost or kept. */
	restart(kept: {readonly names: boolean; readonly contents: boolean}): void;
	read(file: string): string | undefined;
	write(file: string, data: string): void;
	readonly names: readonly string[];
	/** Everything that lies on the disk, under a name or not. */
	readonly surface: readonly string[];
};

export const crashingSecretFiles = (): CrashingFiles => {
	const inodes: Inode[] = [];
	let names = new Map<string, Inode>();
	let durableNames = new Map<string, Inode>();
	let steps = 0;
	let cutAt = Number.POSITIVE_INFINITY;

	const step = async <T>(work: () => T): Promise<T> => {
		if (steps >= cutAt) throw new PowerCut();
		steps++;
		return work();
	};
	const found = (file: string): Inode => {
		const inode = names.get(file);
		if (inode === undefined) throw Object.assign(new Error('no such file'), {code: 'ENOENT'});
		return inode;
	};
	const free = (file: string): void => {
		if (names.has(file)) throw Object.assign(new Error('exists'), {code: 'EEXIST'});
	};
	const fresh = (data: string): Inode => {
		const inode = {now: data, durable: ''};
		inodes.push(inode);
		return inode;
	};
	return {
		files: {
			create: file =>
				step(() => {
					free(file);
					names.set(file, fresh(''));
				}),
			write: (file, data) =>
				step(() => {
					found(file).now = data;
				}),
			overwrite: file =>
				step(() => {
					const inode = found(file);
					inode.now = '0'.repeat(inode.now.length);
				}),
			sync: file =>
				step(() => {
					const inode = found(file);
					inode.durable = inode.now;
				}),
			syncFolder: () =>
				step(() => {
					durableNames = new Map(names);
				}),
			link: (file, second) =>
				step(() => {
					free(second);
					names.set(second, found(file));
				}),
			rename: (from, to) =>
				step(() => {
					names.set(to, found(from));
					names.delete(from);
				}),
			remove: file =>
				step(() => {
					found(file);
					names.delete(file);
				}),
			identity: async file => {
				const at = inodes.indexOf(names.get(file) as Inode);
				return at < 0 ? undefined : String(at);
			},
		},
		get steps() {
			return steps;
		},
		cutAfter: more => {
			cutAt = steps + more;
		},
		restart: kept => {
			cutAt = Number.POSITIVE_INFINITY;
			if (!kept.names) names = new Map(durableNames);
			for (const inode of inodes) inode.now = kept.contents ? inode.now : inode.durable;
			for (const inode of inodes) inode.durable = inode.now;
			durableNames = new Map(names);
		},
		read: file => names.get(file)?.now,
		write: (file, data) => {
			const inode = fresh(data);
			inode.durable = data;
			names.set(file, inode);
			durableNames.set(file, inode);
		},
		get names() {
			return [...names.keys()].sort((a, b) => (a < b ? -1 : 1));
		},
		get surface() {
			return inodes.map(({durable}) => durable);
		},
	};
};
