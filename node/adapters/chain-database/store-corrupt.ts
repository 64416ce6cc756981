import path from 'node:path';
import {NodeError} from '#kernel/node-error';

/** Says what is damaged and the command that repairs it. `folder` is that of the database, inside the data folder. */
export const storeCorrupt = (folder: string, what: string, cause?: unknown): NodeError => {
	const repair = `dcloud db repair --data-dir ${path.dirname(folder)}`;
	return new NodeError(
		{code: 'STORE_CORRUPT', folder, what, repair, message: `${what}: run \`${repair}\`.`},
		cause === undefined ? undefined : {cause},
	);
};
