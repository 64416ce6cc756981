import {combine, split} from 'shamir-secret-sharing';
import type {SecretSharing} from '#node/ports/secret-sharing';

/** On the audited package; it draws its randomness from the operating system. */
export const createSecretSharing = (): SecretSharing => ({
	split: (secret, {threshold, total}) => split(secret, total, threshold),
	combine: async shares => {
		try {
			return await combine([...shares]);
		} catch {
			// Shares of different lengths, or one twice.
			return undefined;
		}
	},
});
