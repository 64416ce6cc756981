/** What buckets store in files: local names that `dcloud file list` does not show, and that say what is in them. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {FileContext} from './put-file.ts';

export const HIDDEN = '.dcloud/';

/**
 * locator, pack: the bucket's tree. object: one object. small: many of them. manifest: a manifest that is too long for
 * its entry. share: what a share opens.
 */
export type HiddenKind = 'locator' | 'pack' | 'object' | 'small' | 'manifest' | 'share';

/** The locator that is and the one before it stay, for whoever is reading. */
export const LOCATORS_KEPT = 2;

const folderOf = (id: Hash32): string => `${HIDDEN}${toHex(id).slice(0, 16)}/`;

/** `number`: of a locator the version of its head, else the seconds since 1970 when it was made. */
export const hiddenName = (
	{ports}: FileContext,
	{
		id,
		what,
		number = Math.floor(ports.clock.now() / 1000),
	}: {
		readonly id: Hash32;
		readonly what: HiddenKind;
		readonly number?: number;
	},
): string => `${folderOf(id)}${what}-${Math.max(0, number)}-${toHex(ports.entropy.bytes(8))}`;

export type HiddenFile = {readonly name: string; readonly what: HiddenKind; readonly number: number};

/** This device's files of a bucket. */
export const hiddenFiles = async ({manifests}: FileContext, id: Hash32): Promise<readonly HiddenFile[]> => {
	const folder = folderOf(id);
	return (await manifests.names()).flatMap(name => {
		const parts = /^(\w+)-(\d{1,15})-[0-9a-f]{16}$/.exec(name.slice(folder.length));
		return name.startsWith(folder) && parts !== null
			? {name, what: parts[1] as HiddenKind, number: Number(parts[2])}
			: [];
	});
};
