import {decodeUtf8} from '#kernel/utf8';
import type {ConformanceFile} from './kind.ts';

/** The file as JSON, or undefined when it is not JSON in UTF-8. */
export const parseJsonFile = (file: ConformanceFile): unknown => {
	const first = file.bytes.find(byte => byte > 0x20);
	// Only objects and arrays: spares decoding large binary files.
	if (first !== 0x5b && first !== 0x7b) return undefined;
	const text = decodeUtf8(file.bytes);
	if (text === undefined) return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a JSON array that are nothing but objects, or undefined. */
export const parseJsonObjects = (file: ConformanceFile): readonly JsonObject[] | undefined => {
	const value = parseJsonFile(file);
	return Array.isArray(value) && value.length > 0 && value.every(isJsonObject) ? value : undefined;
};
