import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {SigningGuard} from '#node/ports/signing-guard';
import {readBoundedFile, writeFileAtomically} from './private-file.ts';

const readSlot = async (file: string): Promise<Slot | undefined> => {
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: 64});
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
	const slot = /^\d{1,16}\n$/.test(text) ? Number(text) : Number.NaN;
	if (Number.isSafeInteger(slot)) return Slot(slot);
	// Guessing here could sign a slot twice.
	throw new NodeError({
		code: 'SIGNING_GUARD_BAD',
		file,
		message: `${file} should hold the last signed slot and does not: write that number into it.`,
	});
};

/** The guard in one small file: a decimal slot and a line feed. Throws SIGNING_GUARD_BAD. */
export const openSigningGuard = async (file: string): Promise<SigningGuard> => {
	let last = await readSlot(file);
	return {
		lastSignedSlot: () => last,
		record: async slot => {
			await writeFileAtomically(file, `${slot}\n`);
			last = slot;
		},
	};
};
