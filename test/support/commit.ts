import {execFileSync} from 'node:child_process';

/** Which version of this clone made a measurement. */
export const commit = (): string => {
	try {
		return execFileSync('git', ['describe', '--always', '--dirty'], {encoding: 'utf8'}).trim();
	} catch {
		return 'unknown';
	}
};
