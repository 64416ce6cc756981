/** The contracts on Cardano as a command reaches them: deployment record, wallet key, Kupo and Ogmios. */
import process from 'node:process';
import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Deliver, ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {
	type CardanoContracts,
	createDraftContracts,
	createLucidContracts,
} from '#node/adapters/lucid/lucid-contracts';
import type {CardanoPlace, WatchedAccess} from '#node/adapters/lucid/lucid-session';
import {createPaymentJournal} from '#node/adapters/lucid/payment-journal';
import type {WalletOptions} from '#node/adapters/lucid/plan-runner';
import type {SignedPayment} from '#node/adapters/lucid/signed-payment';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKnownKey, readPaymentKey, type WalletAccount} from '#node/adapters/payment-key';
import {readDeployment} from '#node/read-inputs';
import {addressText, enterpriseAddress, type NetworkId} from '#onchain/cardano/address';
import {keyAddress, type PaymentKey} from '#onchain/cardano/key-address';
import {nativeScriptHash} from '#onchain/cardano/native-script';
import type {Deployment} from '#onchain/deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Answer, type Options, optionalText} from './answer.ts';
import {writeDraft} from './cardano-file.ts';
import {findPolicy} from './cardano-policy.ts';
import {countOption} from './count-option.ts';
import type {Operator} from './devnet/cardano-side.ts';
import {textOption} from './sending.ts';

export const PAYMENTS =
	'where what the wallet signs is noted until it is in a block (default: WALLET.payments)';

export const WALLET_ACCOUNT = "account of a wallet's words (CIP-1852; default: 0, the first)";
/** What is derived hardened has one bit less. */
const ACCOUNT_MAX = 2 ** 31 - 1;

/** Throws OPTION_MALFORMED. */
export const walletAccount = (options: Options): WalletAccount => ({
	account: countOption(options, 'walletAccount', ACCOUNT_MAX),
});

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
			"signing key of the Cardano wallet that pays (cardano-cli's payment.skey), or a file with a wallet's words",
		)
		.option('--wallet-account <n>', WALLET_ACCOUNT)
		.option('--ogmios-url <url>', 'Ogmios (default: the same address as Kupo, as on the devnet)')
		.option('--payments <folder>', PAYMENTS);

/** What `withKupo` asks for. */
export const openKupo = async (
	options: Options,
): Promise<{readonly kupoUrl: string; readonly deployment: Deployment}> => ({
	deployment: await readDeployment(await createNativeCrypto(), textOption(options, 'deployment')),
	kupoUrl: textOption(options, 'kupoUrl').replace(/\/$/, ''),
});

/** For what one key alone can do: says so where `wallet` is a policy of several, else what was wrong with the file. */
const notOneKey = async (wallet: string, error: unknown): Promise<never> => {
	if ((await findPolicy(wallet)) === undefined) throw error;
	throw new NodeError({
		code: 'CARDANO_WALLET_NEEDS_KEY',
		message: `${wallet} is a policy of several keys, which sign one after the other: write the transaction to a file with --out. Where contracts run, give the wallet of one key and the policy as --owner.`,
	});
};

/** Of a signing or verification key file, or a wallet's words. */
export const walletVerificationKey = async (wallet: string, account?: WalletAccount): Promise<Uint8Array> => {
	const crypto = await createNativeCrypto();
	const known = await readKnownKey(crypto, wallet, account).catch(error => notOneKey(wallet, error));
	return known.verificationKey;
};

/** The key of --wallet, for transactions that are submitted at once. */
export const walletKey = (options: Options): Promise<PaymentKey> => {
	const wallet = textOption(options, 'wallet');
	return readPaymentKey(wallet, walletAccount(options)).catch(error => notOneKey(wallet, error));
};

/** Of what --wallet names: an address in words, a verification or signing key, a wallet's words, or a policy file of several keys. */
export const watchedWallet = async (
	options: Options,
	network: NetworkId,
): Promise<Pick<WatchedAccess, 'walletAddress' | 'nativeScript'>> => {
	const wallet = textOption(options, 'wallet');
	if (/^addr(_test)?1/.test(wallet)) return {walletAddress: wallet};
	const crypto = await createNativeCrypto();
	try {
		const {verificationKey, stakeKeyHash} = await readKnownKey(crypto, wallet, walletAccount(options));
		return {walletAddress: keyAddress(network, crypto.blake2b224(verificationKey), stakeKeyHash)};
	} catch (error) {
		const nativeScript = await findPolicy(wallet);
		if (nativeScript === undefined) throw error;
		const hash = nativeScriptHash(crypto, nativeScript);
		return {
			walletAddress: addressText(enterpriseAddress(network, {kind: 'script', hash})),
			nativeScript,
		};
	}
};

/** The key of --wallet where it is one, else what is known of a wallet whose keys are elsewhere. */
export const operatorWallet = (options: Options, network: NetworkId): Promise<Operator> =>
	readPaymentKey(textOption(options, 'wallet'), walletAccount(options)).then(
		walletKey => ({walletKey}),
		() => watchedWallet(options, network),
	);

const tellSettled = ({purpose, txId}: SignedPayment): void => {
	process.stderr.write(
		`transaction ${toHex(txId)}, which an earlier run had signed, is in a block: ${purpose}\n`,
	);
};

/** Accounts of the same words are wallets of their own. */
const paymentsBeside = (options: Options): string => {
	const {account = 0} = walletAccount(options);
	return `${textOption(options, 'wallet')}${account === 0 ? '' : `.${account}`}.payments`;
};

/** With a journal of what is signed: a run that is killed is finished by the next one, not repeated. */
export const walletOptions = (options: Options, networkMagic: number): WalletOptions => ({
	journal: createPaymentJournal(optionalText(options, 'payments') ?? paymentsBeside(options), networkMagic),
	onSettled: tellSettled,
});

/** Says of a payment that an earlier run has signed that it was not made again. */
export const orResumed = ({isResumed, txId}: ExecutedTransaction, {data, text}: Answer): Answer =>
	isResumed === true
		? {
				data: {...(data as Readonly<Record<string, unknown>>), isResumed},
				text: `${text}\nan earlier run had signed transaction ${toHex(txId)} and ended too early; nothing was paid now: for a second payment of the same, run this once more`,
			}
		: {data, text};

/** The contracts with the wallet of --wallet; with --out its transactions are written to that file instead of submitted. */
export const openContracts = async (options: Options): Promise<CardanoContracts> => {
	const out = optionalText(options, 'out');
	if (out !== undefined) return openDrafts(options, writeDraft(out));
	const [{deployment, place}, crypto] = await Promise.all([placeOf(options), createNativeCrypto()]);
	const access = {...place, walletKey: await walletKey(options)};
	return createLucidContracts(crypto, access, deployment, walletOptions(options, place.network.magic));
};

/** The same for seeing what would happen: transactions are built, with everything that is checked then, and thrown away. */
export const openRehearsal = (options: Options): Promise<CardanoContracts> =>
	openDrafts(options, () => Promise.resolve());

const placeOf = async (
	options: Options,
): Promise<{readonly deployment: Deployment; readonly place: CardanoPlace}> => {
	const {deployment, kupoUrl} = await openKupo(options);
	const ogmiosUrl = (optionalText(options, 'ogmiosUrl') ?? kupoUrl).replace(/\/$/, '');
	return {deployment, place: {kupoUrl, ogmiosUrl, network: deployment.network}};
};

const openDrafts = async (options: Options, deliver: Deliver): Promise<CardanoContracts> => {
	const [{deployment, place}, crypto] = await Promise.all([placeOf(options), createNativeCrypto()]);
	const watched = {...place, ...(await watchedWallet(options, networkIdOf(place.network.magic)))};
	return createDraftContracts(crypto, watched, deployment, deliver);
};
