import {Hash28} from '#kernel/hash';
import {type CardanoDevnet, startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {addressText, enterpriseAddress} from '#onchain/cardano/address';
import {crypto} from './crypto.ts';

/** The enterprise address of an Ed25519 verification key. */
export const keyAddress = (verificationKey: Uint8Array): string =>
	addressText(enterpriseAddress('testnet', {kind: 'key', hash: Hash28(crypto.blake2b224(verificationKey))}));

export type TestFund = {readonly address: string; readonly lovelace: bigint};

/** A devnet whose slots pass by hand and whose slot 0 began in 2026. */
export const startTestDevnet = (dataDir: string, funds: readonly TestFund[]): Promise<CardanoDevnet> =>
	startCardanoDevnet({
		hasher: crypto,
		dataDir,
		port: 0,
		funds,
		zeroTimeMs: 1_780_000_000_000,
		manualSlots: true,
	});

/** One answer of a devnet, whatever its status. */
export const ask = async (
	url: string,
	body?: unknown,
): Promise<{readonly status: number; readonly json: unknown}> => {
	const response = await fetch(url, {
		...(body === undefined
			? {}
			: {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}}),
	});
	return {status: response.status, json: await response.json()};
};

export const rpc = (
	devnet: CardanoDevnet,
	method: string,
	params: unknown = {},
): Promise<{readonly status: number; readonly json: unknown}> =>
	ask(devnet.url, {jsonrpc: '2.0', method, params, id: 1});
