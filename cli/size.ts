import {NodeError} from '#kernel/node-error';

const UNITS: Readonly<Record<string, number>> = {kib: 1, mib: 2 ** 10, gib: 2 ** 20, tib: 2 ** 30};

/** `100GiB` in leaves of 1 KiB. Throws SIZE_MALFORMED. */
export const parseLeaves = (text: string): number => {
	const match = /^(\d{1,12})\s*(kib|mib|gib|tib)$/i.exec(text.trim());
	const leaves = Number(match?.[1]) * (UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
	if (Number.isSafeInteger(leaves)) return leaves;
	throw new NodeError({
		code: 'SIZE_MALFORMED',
		message: `"${text}" is not a size: write it as 500MiB, 100GiB or 4TiB.`,
	});
};
