import type {FileSystem} from '#node/ports/file-system';

export const readWhole = async (fileSystem: FileSystem, file: string): Promise<Uint8Array> => {
	const opened = await fileSystem.open(file);
	try {
		return await opened.read(0, await opened.size());
	} finally {
		await opened.close();
	}
};

const TEMPORARY = '.new';

export const isTemporary = (name: string): boolean => name.endsWith(TEMPORARY);

/** Puts a whole file in the place of one of that name, if there is one. In one step, and on the disk for good. */
export const replaceFile = async (
	fileSystem: FileSystem,
	{
		folder,
		name,
		parts,
	}: {readonly folder: string; readonly name: string; readonly parts: readonly Uint8Array[]},
): Promise<void> => {
	const temporary = `${folder}/${name}${TEMPORARY}`;
	await fileSystem.remove(temporary);
	const file = await fileSystem.create(temporary);
	try {
		await file.append(parts);
		await file.sync();
	} finally {
		await file.close();
	}
	await fileSystem.rename(temporary, `${folder}/${name}`);
	await fileSystem.syncFolder(folder);
};
