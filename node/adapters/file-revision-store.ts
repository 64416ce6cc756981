import {readFile} from 'node:fs/promises';
import path from 'node:path';
import type {RevisionStore} from '#node/ports/revision-store';
import {fileFailure, writeFileAtomically} from './private-file.ts';

/** One file for each agreement, readable by the owner only. Nothing in it is secret; it is evidence, and lasts. */
export const createFileRevisionStore = (folder: string): RevisionStore => {
	const pathOf = (agreementId: string): string => path.join(folder, `${agreementId}.revision`);
	return {
		load: async agreementId => {
			try {
				return new Uint8Array(await readFile(pathOf(agreementId)));
			} catch (cause) {
				if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
				throw fileFailure(cause, pathOf(agreementId), 'read');
			}
		},
		save: async (agreementId, signed) => {
			await writeFileAtomically(pathOf(agreementId), signed);
		},
	};
};
