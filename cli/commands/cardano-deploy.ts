import {readFile, rm} from 'node:fs/promises';
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {type Genesis, genesisHashOf, periodMsOf} from '#ledger/genesis/genesis';
import {deployBonds} from '#node/adapters/lucid/deploy-bonds';
import {deployContracts, resumeDeployment} from '#node/adapters/lucid/deploy-contracts';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {inSequence} from '#node/adapters/lucid/pending-drafts';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {BOND_TERMS} from '#onchain/bond-params';
import {type Deployment, encodeDeployment, type PreparedDeployment} from '#onchain/deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {orResumed, walletKey, walletOptions, watchedWallet} from '../cardano-access.ts';
import {writeDrafts} from '../cardano-file.ts';
import {placeOf, prepareContracts} from '../devnet/cardano-side.ts';
import {ada, byteSize} from '../format.ts';
import {genesisCommittee, readCardanoNetwork, readTerms} from '../genesis-place.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {addBonds, type Payer} from './cardano-bond-deploy.ts';
import type {CardanoReady} from './cardano-devnet.ts';
import {checkedGenesis} from './genesis.ts';

/** The side-chain that is deployed. */
type Chain = {readonly genesis: Genesis; readonly genesisHash: GenesisHash; readonly backing: bigint};

const readChain = async (file: string): Promise<Chain> => {
	const genesis = checkedGenesis(await readFile(file, 'utf8'), file);
	const backing = genesis.accounts.reduce((sum: bigint, {balance}) => sum + balance, 0n);
	return {genesis, genesisHash: genesisHashOf(await createNativeCrypto(), genesis), backing};
};

/** Compiles the contracts again and compares them with those that the genesis names. */
const prepared = async (
	{genesis}: Chain,
	ready: CardanoReady,
	options: Options,
): Promise<PreparedDeployment> => {
	const crypto = await createNativeCrypto();
	const operator =
		options['txOut'] === undefined
			? {walletKey: await walletKey(options)}
			: await watchedWallet(options, networkIdOf(ready.networkMagic));
	const {section, deployment} = await prepareContracts(
		{crypto, ready, operator},
		genesisCommittee(crypto, genesis),
		{
			systemStartMs: genesis.systemStartMs,
			periodMs: periodMsOf(genesis),
			governance: await readTerms(optionalText(options, 'governance'), genesis),
		},
	);
	if (equalBytes(section.checkpointScriptHash, genesis.cardano.checkpointScriptHash)) return deployment;
	const file = textOption(options, 'genesis');
	throw new NodeError({
		code: 'GENESIS_CONTRACTS_DIFFER',
		message: `${file} names other contracts: the wallet has spent the output that they were made for or was sent a larger one, the file of --governance is another, or it is another wallet. Make the genesis anew.`,
		file,
	});
};

/** What came of the bonds of providers. The contracts stand without them: a second deployment would cost the backing once more. */
const orFailure = (bonds: Promise<ExecutedTransaction>): Promise<ExecutedTransaction | NodeError> =>
	bonds.catch((error: unknown) => {
		if (error instanceof NodeError) return error;
		throw error;
	});

const bondsText = (bonds: ExecutedTransaction | NodeError): string =>
	bonds instanceof NodeError
		? `no bonds of providers yet (${bonds.code}): "dcloud cardano bond-deploy" adds them`
		: `bonds of providers in transaction ${toHex(bonds.txId)}`;

const deployed = async (
	{genesisHash, backing}: Chain,
	transaction: ExecutedTransaction,
	payer: Payer,
	signal: AbortSignal,
): Promise<Answer> => {
	const {file} = payer;
	const {txId, size, fee, executionUnits} = transaction;
	const bonds = await orFailure(addBonds(payer, {terms: BOND_TERMS, signal}));
	return orResumed(transaction, {
		data: {
			txId,
			bytes: size,
			fee,
			...executionUnits,
			genesisHash,
			backing,
			deployment: file,
			bonds: bonds instanceof NodeError ? null : bonds.txId,
		},
		text: `deployed for genesis ${toHex(genesisHash)} in transaction ${toHex(txId)} (${byteSize(size)}, fee ${ada(fee)}); ${ada(backing)} back its credits; ${bondsText(bonds)}; record in ${file}`,
	});
};

/** Before Cardano hears of it: a run that is killed in between must not lose where the contracts are. */
const writeRecord =
	(file: string) =>
	(deployment: Deployment): Promise<void> =>
		writeFileAtomically(file, encodeDeployment(deployment), {mode: 0o644});

const DRAFTS_OF_GOVERNANCE = [
	'founds governance',
	'publishes the scripts of governance',
	'publishes the contracts that it governs',
];

/** The same in files that are signed elsewhere; the record is that of what will be. */
const draftDeployment = async (
	chain: Chain,
	ready: CardanoReady,
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const out = textOption(options, 'out');
	const wallet = await watchedWallet(options, networkIdOf(ready.networkMagic));
	const {files, deliver: write} = writeDrafts(textOption(options, 'txOut'));
	const {access, deliver} = inSequence({...placeOf(ready), ...wallet}, write);
	const {genesisHash, backing} = chain;
	const delivered = {deliver, record: writeRecord(out), signal};
	const contracts = await prepared(chain, ready, options);
	const request = {...delivered, genesisHash, backing: Lovelace(backing)};
	const {deployment, transaction, founding} = await deployContracts(access, contracts, request);
	const bonds = await orFailure(
		deployBonds(await createNativeCrypto(), access, deployment, {...delivered, terms: BOND_TERMS}),
	);
	const does = [
		...DRAFTS_OF_GOVERNANCE.slice(0, founding.length),
		`deploys for genesis ${toHex(genesisHash)}`,
		"publishes the script of providers' bonds",
	];
	const executed = [...founding, transaction, ...(bonds instanceof NodeError ? [] : [bonds])];
	const drafts = executed.map(({txId, fee, size}, index) => ({
		file: files[index] ?? '',
		txId,
		fee,
		bytes: size,
		does: does[index] ?? '',
	}));
	return {
		data: {
			txId: transaction.txId,
			submitted: false,
			drafts,
			genesisHash,
			backing,
			deployment: out,
			bonds: bonds instanceof NodeError ? null : bonds.txId,
		},
		text: [
			table(
				['file', 'transaction', '>fee', 'what it does'],
				drafts.map(draft => [draft.file, toHex(draft.txId), ada(draft.fee), draft.does]),
			),
			`${ada(backing)} will back the credits; ${bondsText(bonds)}; its record is in ${out}`,
			'nothing has happened yet: sign each with "dcloud cardano sign" or cardano-cli, then submit them in this order with "dcloud cardano submit". They are void once the wallet spends what they spend.',
		].join('\n'),
	};
};

/** Puts the contracts that a genesis names on Cardano, with ADA for all its credits. */
export const deploy: Verb = async (_words, options, signal) => {
	const chain = await readChain(textOption(options, 'genesis'));
	const ready = await readCardanoNetwork(textOption(options, 'cardanoNetwork'));
	if (options['txOut'] !== undefined) return draftDeployment(chain, ready, options, signal);
	const {genesisHash, backing} = chain;
	const out = textOption(options, 'out');
	const access = {...placeOf(ready), walletKey: await walletKey(options)};
	const wallet = walletOptions(options, ready.networkMagic);
	const payer = {file: out, access, wallet};
	const resumed = await resumeDeployment(access, genesisHash, wallet, signal);
	if (resumed !== undefined) return deployed(chain, resumed, payer, signal);
	const record = writeRecord(out);
	const contracts = await prepared(chain, ready, options);
	const request = {...wallet, genesisHash, backing: Lovelace(backing), record, signal};
	const {transaction} = await deployContracts(access, contracts, request).catch(async (error: unknown) => {
		if (error instanceof NodeError && error.code === 'CARDANO_TRANSACTION_REFUSED')
			await rm(out, {force: true});
		throw error;
	});
	return deployed(chain, transaction, payer, signal);
};
