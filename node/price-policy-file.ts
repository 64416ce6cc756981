/** `price.json` in a provider's data folder: how its price follows its utilisation. Without it the price is left alone. */
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {readBoundedFile, writeFileAtomically} from './adapters/private-file.ts';
import type {PricePolicy} from './services/provider/price/next-price.ts';
import {pricePolicyJson, pricePolicyOf} from './services/provider/price/price-policy.ts';

const FILE_BYTES_MAX = 4096;

export const pricePolicyFile = (dataFolder: string): string => path.join(dataFolder, 'price.json');

/** Throws FILE_NOT_JSON, PRICE_POLICY_WRONG, FILE_UNREADABLE, FILE_TOO_LONG. */
export const readPricePolicy = async (dataFolder: string): Promise<PricePolicy | undefined> => {
	const file = pricePolicyFile(dataFolder);
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX});
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		throw new NodeError({code: 'FILE_NOT_JSON', file, message: `${file} is not JSON.`}, {cause});
	}
	const policy = pricePolicyOf(json);
	if (policy.ok) return policy.value;
	const {field, problem} = policy.error;
	throw new NodeError({...policy.error, file, message: `${file}: ${field} ${problem}.`});
};

/** Throws FILE_UNWRITABLE, STORE_DISK_FULL. */
export const writePricePolicy = (dataFolder: string, policy: PricePolicy): Promise<void> =>
	writeFileAtomically(
		pricePolicyFile(dataFolder),
		`${JSON.stringify(pricePolicyJson(policy), null, '\t')}\n`,
	);

export const removePricePolicy = (dataFolder: string): Promise<void> =>
	rm(pricePolicyFile(dataFolder), {force: true});
