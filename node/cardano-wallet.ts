/** What a node needs for transactions of its own on Cardano, from its options. */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {readPaymentKey} from './adapters/payment-key.ts';
import type {NodeConfig} from './config.ts';
import type {BondContract} from './ports/bond-contract.ts';
import type {CheckpointContract} from './ports/checkpoint-contract.ts';
import {readDeployment} from './read-inputs.ts';

export type CardanoWallet = {
	/** Whether it hands certified checkpoints in. */
	readonly submits: boolean;
	readonly contract: CheckpointContract;
	/** 28 bytes. */
	readonly keyHash: Uint8Array;
	/** undefined where providers put up no bonds. */
	readonly bonds: {readonly contract: BondContract; readonly answerMs: number} | undefined;
};

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

/** Undefined for a node without one. Throws DEPLOYMENT_…, FILE_… and what is wrong with the key file. */
export const openCardanoWallet = async (
	crypto: Crypto & SecretCrypto,
	{cardanoWallet, deployment: file, submit, kupoUrl, ogmiosUrl = kupoUrl}: NodeConfig,
	genesisHash: GenesisHash,
): Promise<CardanoWallet | undefined> => {
	if (cardanoWallet === undefined || file === undefined) return undefined;
	if (kupoUrl === undefined || ogmiosUrl === undefined) return undefined;
	const deployment = await readDeployment(crypto, file);
	if (!equalBytes(deployment.genesisHash, genesisHash))
		throw new NodeError({
			code: 'DEPLOYMENT_OTHER_CHAIN',
			file,
			genesisHash: toHex(deployment.genesisHash),
			message: `${file} is the record of another side-chain's contracts: its genesis is ${toHex(deployment.genesisHash)}.`,
		});
	const walletKey = await readPaymentKey(cardanoWallet);
	// Loaded only where it is needed: most nodes have no wallet.
	const {createLucidContracts} = await import('./adapters/lucid/lucid-contracts.ts');
	const place = {kupoUrl: withoutSlash(kupoUrl), ogmiosUrl: withoutSlash(ogmiosUrl)};
	const access = {...place, network: deployment.network, walletKey};
	const contract = createLucidContracts(crypto, access, deployment);
	const {bonds} = contract;
	const answerMs = deployment.bonds?.terms.answerMs ?? 0;
	return {
		submits: submit,
		contract,
		keyHash: contract.wallet.keyHash,
		bonds: bonds && {contract: bonds, answerMs},
	};
};
