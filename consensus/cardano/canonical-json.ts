const DEPTH_MAX = 32;

/**
 * JSON as Byron signs it: no spaces, whole numbers, keys in order, and a backslash before quotes and backslashes only.
 * Undefined for what Byron has no form for.
 */
export const canonicalJson = (value: unknown, depth = 0): string | undefined => {
	if (depth > DEPTH_MAX) return undefined;
	if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, mark => `\\${mark}`)}"`;
	if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
	if (typeof value === 'boolean' || value === null) return String(value);
	if (Array.isArray(value)) {
		const items = value.map(item => canonicalJson(item, depth + 1));
		return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
	}
	const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
	const parts: string[] = [];
	for (const [name, item] of entries) {
		const rendered = canonicalJson(item, depth + 1);
		if (rendered === undefined) return undefined;
		parts.push(`${canonicalJson(name)}:${rendered}`);
	}
	return `{${parts.join(',')}}`;
};
