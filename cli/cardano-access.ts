/** The contracts on Cardano as a command reaches them: deployment record, wallet key, Kupo and Ogmios. */
import type {Command} from 'commander';
import {
	type CardanoContracts,
	createDraftContracts,
	createLucidContracts,
} from '#node/adapters/lucid/lucid-contracts';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile, readTextEnvelope} from '#node/adapters/text-envelope';
import {readDeployment} from '#node/read-inputs';
import {addressText, enterpriseAddress, type NetworkId} from '#onchain/cardano/address';
import type {Deployment} from '#onchain/deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Options, optionalText} from './answer.ts';
import {writeDraft} from './cardano-file.ts';
import {textOption} from './sending.ts';

const SIGNING_KEY = 'PaymentSigningKeyShelley_ed25519';
const VERIFICATION_KEY = 'PaymentVerificationKeyShelley_ed25519';

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

/** What `withKupo` asks for. */
export const openKupo = async (
	options: Options,
): Promise<{readonly kupoUrl: string; readonly deployment: Deployment}> => ({
	deployment: await readDeployment(await createNativeCrypto(), textOption(options, 'deployment')),
	kupoUrl: textOption(options, 'kupoUrl').replace(/\/$/, ''),
});

/** Of a signing or verification key file. */
export const walletVerificationKey = async (wallet: string): Promise<Uint8Array> => {
	const {type} = await readTextEnvelope(wallet, SIGNING_KEY, VERIFICATION_KEY);
	if (type === VERIFICATION_KEY) return readKeyFile(wallet, VERIFICATION_KEY);
	return (await createNativeCrypto()).ed25519VerificationKey(await readKeyFile(wallet, SIGNING_KEY));
};

/** The address that a verification or signing key file is for, or one in words. */
const walletAddress = async (wallet: string, network: NetworkId): Promise<string> => {
	if (/^addr(_test)?1/.test(wallet)) return wallet;
	const crypto = await createNativeCrypto();
	const hash = crypto.blake2b224(await walletVerificationKey(wallet));
	return addressText(enterpriseAddress(network, {kind: 'key', hash}));
};

/** The contracts with the wallet of --wallet; with --out its transactions are written to that file instead of submitted. */
export const openContracts = async (options: Options): Promise<CardanoContracts> => {
	const [{deployment, kupoUrl}, crypto] = await Promise.all([openKupo(options), createNativeCrypto()]);
	const {network} = deployment;
	const wallet = textOption(options, 'wallet');
	const ogmiosUrl = (optionalText(options, 'ogmiosUrl') ?? kupoUrl).replace(/\/$/, '');
	const place = {kupoUrl, ogmiosUrl, network};
	const out = optionalText(options, 'out');
	if (out === undefined) {
		const access = {...place, walletSeed: await readKeyFile(wallet, SIGNING_KEY)};
		return createLucidContracts(crypto, access, deployment);
	}
	const watched = {...place, walletAddress: await walletAddress(wallet, networkIdOf(network.magic))};
	return createDraftContracts(crypto, watched, deployment, writeDraft(out));
};
