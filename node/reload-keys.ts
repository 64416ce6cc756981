/** The files of a block producer's keys, read again while the node runs. */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {type ForgingKeyFiles, loadForgingKeys} from './adapters/forging-key-files.ts';
import type {NodeConfig} from './config.ts';
import type {ForgingKeys} from './ports/forging-keys.ts';
import type {Log} from './ports/log.ts';
import type {ChangeOfKeysFailure} from './services/forge/change-of-keys.ts';
import type {ChangeOfKeys, Forge} from './services/forge/forge.ts';

/** Throws KEY_FILE_…, KEYS_DO_NOT_MATCH, FILE_…, FORGE_KEYS_…, OPCERT_…, KES_KEY_TOO_NEW; then the keys are as before. */
export type ReloadKeys = () => Promise<ChangeOfKeys>;

/** Undefined for a node that is told of no keys. */
export const forgingKeyFiles = ({vrfKey, kesKey, certificate}: NodeConfig): ForgingKeyFiles | undefined =>
	vrfKey === undefined || kesKey === undefined || certificate === undefined
		? undefined
		: {vrfSigningKeyFile: vrfKey, kesSigningKeyFile: kesKey, certificateFile: certificate};

/** Undefined when one of the files is not there: that is how operators take keys away from cardano-node, too. */
const loadIfThere = async (
	crypto: Crypto & SecretCrypto,
	files: ForgingKeyFiles,
): Promise<ForgingKeys | undefined> => {
	try {
		return await loadForgingKeys(crypto, files);
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
};

const messageOf = (failure: ChangeOfKeysFailure): string => {
	switch (failure.code) {
		case 'FORGE_KEYS_OLDER':
			return `The certificate in the file has number ${failure.counter}, and number ${failure.usedCounter} is in use already.`;
		case 'FORGE_KEYS_OF_ANOTHER_POOL':
			return `The certificate in the file is of another pool (cold key ${toHex(failure.issuerVk)}): start the node again to change pools.`;
		case 'FORGE_KES_KEY_RESTORED':
			return `The KES key in the file has made ${failure.evolution} evolutions and the one in use ${failure.seenEvolution}: the file is from a backup.`;
		case 'KES_KEY_TOO_NEW':
			return `The KES key in the file has made ${failure.keyEvolution} evolutions, and its certificate wants ${failure.evolution} now.`;
		case 'OPCERT_NOT_YET_VALID':
			return `The certificate in the file begins in KES period ${failure.startPeriod}, and this is ${failure.period}.`;
		case 'OPCERT_EXPIRED':
			return `The certificate in the file began in KES period ${failure.startPeriod} and has ended: this is ${failure.period}.`;
	}
};

export type ReloadKeysPorts = {
	readonly config: NodeConfig;
	readonly crypto: Crypto & SecretCrypto;
	readonly forge: Forge | undefined;
	readonly log: Log;
};

export const reloadKeysOf = ({config, crypto, forge, log}: ReloadKeysPorts): ReloadKeys | undefined => {
	const files = forgingKeyFiles(config);
	if (files === undefined || forge === undefined) return undefined;
	return async () => {
		try {
			const changed = await forge.reloadKeys(() => loadIfThere(crypto, files));
			if (!changed.ok) throw new NodeError({...changed.error, message: messageOf(changed.error)});
			const counter = forge.keys?.operationalCertificate.counter;
			log.info('the forging keys were read again', {change: changed.value, counter});
			return changed.value;
		} catch (error) {
			log.error('the forging keys stay as they were', {error});
			throw error;
		}
	};
};
