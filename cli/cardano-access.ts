/** The contracts on Cardano as a command reaches them: deployment record, wallet key, Kupo and Ogmios. */
import {readFile} from 'node:fs/promises';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {type CardanoContracts, createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import {type Deployment, decodeDeployment} from '#onchain/deployment';
import type {Options} from './answer.ts';
import {textOption} from './sending.ts';

/** Options of every command that looks at the contracts on Cardano. */
export const withKupo = (command: Command): Command =>
	command
		.requiredOption('--deployment <file>', 'record of the contracts on Cardano')
		.requiredOption('--kupo-url <url>', 'Kupo');

/** Options of every command that makes a transaction on Cardano. */
export const withCardano = (command: Command): Command =>
	withKupo(command)
		.requiredOption(
			'--wallet <file>',
			"signing key of the Cardano wallet that pays (cardano-cli's payment.skey)",
		)
		.option('--ogmios-url <url>', 'Ogmios (default: the same address as Kupo, as on the devnet)');

export const readDeployment = async (file: string): Promise<Deployment> => {
	const text = await readFile(file, 'utf8').catch(cause => {
		throw new NodeError({code: 'FILE_UNREADABLE', message: `${file} cannot be read.`, file}, {cause});
	});
	const deployment = decodeDeployment(await createNativeCrypto(), text);
	if (deployment.ok) return deployment.value;
	throw new NodeError({
		...deployment.error,
		message: `${file} is not a deployment record: ${deployment.error.code}.`,
	});
};

/** What `withKupo` asks for. */
export const openKupo = async (
	options: Options,
): Promise<{readonly kupoUrl: string; readonly deployment: Deployment}> => ({
	deployment: await readDeployment(textOption(options, 'deployment')),
	kupoUrl: textOption(options, 'kupoUrl').replace(/\/$/, ''),
});

export const openContracts = async (options: Options): Promise<CardanoContracts> => {
	const {deployment, kupoUrl} = await openKupo(options);
	const ogmios = options['ogmiosUrl'];
	const access = {
		kupoUrl,
		ogmiosUrl: typeof ogmios === 'string' ? ogmios.replace(/\/$/, '') : kupoUrl,
		network: deployment.network,
		walletSeed: await readKeyFile(textOption(options, 'wallet'), 'PaymentSigningKeyShelley_ed25519'),
	};
	return createLucidContracts(await createNativeCrypto(), access, deployment);
};
