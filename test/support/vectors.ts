import {readdirSync, readFileSync} from 'node:fs';

const folder = 'test/vectors/crypto';

/** A file of test/vectors/crypto; tests run in the repository's root. */
export const cryptoVector = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));

export const cryptoVectorNames = (prefix: string): readonly string[] =>
	readdirSync(folder).filter(name => name.startsWith(prefix));

export const cryptoVectorJson = <T>(name: string): T =>
	JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as T;
