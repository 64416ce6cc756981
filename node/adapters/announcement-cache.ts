/**
 * Announcements kept over a restart, so that a node knows endpoints before its first peer tells it. A local cache:
 * cbor-x is quick and not canonical, and nothing here is hashed; each announcement is verified again when it is offered.
 */
import {readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {Encoder} from 'cbor-x';
import {writeFileAtomically} from './private-file.ts';

const FILE = 'announcements.cbor';
/** Ten thousand of the longest. */
const FILE_BYTES_MAX = 48 * 1024 * 1024;
const VERSION = 1;

const codec = new Encoder({useRecords: false, tagUint8Array: false, mapsAsObjects: false});

const itemsOf = (decoded: unknown): readonly Uint8Array[] => {
	const [version, items] = Array.isArray(decoded) ? (decoded as unknown[]) : [];
	if (version !== VERSION || !Array.isArray(items)) return [];
	return items
		.filter((item): item is Uint8Array => item instanceof Uint8Array)
		.map(item => new Uint8Array(item));
};

/** What was kept in `folder`; nothing when there is no cache or a broken one. */
export const readAnnouncementCache = async (folder: string): Promise<readonly Uint8Array[]> => {
	const file = path.join(folder, FILE);
	try {
		if ((await stat(file)).size > FILE_BYTES_MAX) return [];
		return itemsOf(codec.decode(await readFile(file)));
	} catch {
		// A cache that cannot be read is none: peers will tell again.
		return [];
	}
};

/** Throws FILE_UNWRITABLE and STORE_DISK_FULL. */
export const writeAnnouncementCache = (folder: string, items: readonly Uint8Array[]): Promise<void> =>
	writeFileAtomically(path.join(folder, FILE), codec.encode([VERSION, items]));
