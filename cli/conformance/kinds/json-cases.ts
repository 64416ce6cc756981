import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {judged} from '../fields.ts';
import {isJsonObject, type JsonObject, parseJsonFile} from '../json-file.ts';
import {type ConformanceKind, fails, type Verdict} from '../kind.ts';

/** The forms of vectors that are a JSON array of objects, each a case by itself. */
export const jsonCases = (
	name: string,
	/** Whether an entry is of this form: enough of its fields are there. One such entry tells the file's kind. */
	isCase: (entry: JsonObject) => boolean,
	check: (crypto: Crypto & SecretCrypto, entry: JsonObject) => Verdict,
): ConformanceKind => ({
	name,
	recognise: (crypto, files) => {
		const found = files.flatMap(file => {
			const entries = parseJsonFile(file);
			const own = Array.isArray(entries) && entries.some(entry => isJsonObject(entry) && isCase(entry));
			return own ? [{file, entries: entries as readonly unknown[]}] : [];
		});
		const cases = found.flatMap(({file, entries}) =>
			entries.map((entry, index) => {
				const title = isJsonObject(entry) && typeof entry['name'] === 'string' ? entry['name'] : index;
				const own = isJsonObject(entry) && isCase(entry);
				return {
					name: `${file.name}: ${title}`,
					check: () => (own ? judged(() => check(crypto, entry)) : fails('a field is missing')),
				};
			}),
		);
		return {used: found.map(({file}) => file), cases};
	},
});
