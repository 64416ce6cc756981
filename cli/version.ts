import {readFileSync} from 'node:fs';

const candidates = ['../package.json', '../../package.json'];

const readVersion = (): string => {
	for (const candidate of candidates)
		try {
			const parsed = JSON.parse(readFileSync(new URL(candidate, import.meta.url), 'utf8')) as {
				version?: string;
			};
			if (parsed.version !== undefined) return parsed.version;
		} catch {
			// The sources stand one folder above, the compiled files two: the next candidate is tried.
		}
	return 'unknown';
};

export const version: string = readVersion();
