import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {areBondsThere, deployBonds} from '#node/adapters/lucid/deploy-bonds';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {CardanoAccess, WatchedAccess} from '#node/adapters/lucid/lucid-session';
import type {WalletOptions} from '#node/adapters/lucid/plan-runner';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {readDeployment} from '#node/read-inputs';
import {BOND_TERMS, type BondTerms} from '#onchain/bond-params';
import {type Deployment, encodeDeployment} from '#onchain/deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {openKupo, orResumed, walletKey, walletOptions, watchedWallet} from '../cardano-access.ts';
import {draftAnswer, writeDraft} from '../cardano-file.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';

const MINUTE_MS = 60_000;
/** Ten years. */
const MINUTES_MAX = 5_256_000;

/** A wallet that pays, and the record that it is for. */
export type Payer = {
	readonly file: string;
	readonly access: CardanoAccess | WatchedAccess;
	readonly wallet: WalletOptions;
};

/** Publishes bonds beside the contracts of a record, and writes them into it. Throws CARDANO_BONDS_THERE. */
export const addBonds = async (
	{file, access, wallet}: Payer,
	{terms, signal}: {readonly terms: BondTerms; readonly signal: AbortSignal},
): Promise<ExecutedTransaction> => {
	const crypto = await createNativeCrypto();
	const recorded = await readDeployment(crypto, file);
	if (await areBondsThere(access, recorded, signal))
		throw new NodeError({
			code: 'CARDANO_BONDS_THERE',
			message: `${file} has providers' bonds already: those that are put up are bound to its script.`,
			file,
		});
	const write = (deployment: Deployment): Promise<void> =>
		writeFileAtomically(file, encodeDeployment(deployment), {mode: 0o644});
	const options = {...wallet, terms, record: write, signal};
	return deployBonds(crypto, access, recorded, options).catch(async (error: unknown) => {
		if (error instanceof NodeError && error.code === 'CARDANO_TRANSACTION_REFUSED') await write(recorded);
		throw error;
	});
};

/** Throws OPTION_MALFORMED. */
const termsOf = (options: Options): BondTerms => {
	const minutes = (name: string): number | undefined => {
		const count = countOption(options, name, MINUTES_MAX);
		return count === undefined ? undefined : count * MINUTE_MS;
	};
	return {
		...BOND_TERMS,
		answerMs: minutes('answerMinutes') ?? BOND_TERMS.answerMs,
		exitMs: minutes('exitMinutes') ?? BOND_TERMS.exitMs,
	};
};

/** For contracts that were deployed without bonds. */
export const deployCardanoBonds: Verb = async (_words, options, signal) => {
	const terms = termsOf(options);
	const {kupoUrl, deployment} = await openKupo(options);
	const {network} = deployment;
	const ogmiosUrl = (optionalText(options, 'ogmiosUrl') ?? kupoUrl).replace(/\/$/, '');
	const place = {kupoUrl, ogmiosUrl, network};
	const out = optionalText(options, 'out');
	const payer =
		out === undefined
			? {
					access: {...place, walletKey: await walletKey(options)},
					wallet: walletOptions(options, network.magic),
				}
			: {
					access: {...place, ...(await watchedWallet(options, networkIdOf(network.magic)))},
					wallet: {deliver: writeDraft(out)},
				};
	const file = textOption(options, 'deployment');
	const transaction = await addBonds({file, ...payer}, {terms, signal});
	const {txId, fee} = transaction;
	const what = `they are in ${file} now, which everybody needs who uses them`;
	return (
		draftAnswer(options, transaction, `deploys bonds; ${what}`, {deployment: file}) ??
		orResumed(transaction, {
			data: {txId, fee, deployment: file},
			text: `bonds deployed in transaction ${toHex(txId)} (fee ${ada(fee)}); ${what}`,
		})
	);
};
