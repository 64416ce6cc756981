import type {EvalRedeemer, LucidEvolution, ProtocolParameters, Provider, UTxO} from '@lucid-evolution/lucid';
import {NodeError} from '#kernel/node-error';
import type {NativeScript} from '#onchain/cardano/native-script';
import type {CardanoNetwork} from '#onchain/deployment';
import {blockfrostOf, shownUrl} from '../cardano-index.ts';
import {createBlockfrostProvider} from './blockfrost-provider.ts';

type LucidModule = typeof import('@lucid-evolution/lucid');

/** Where Cardano answers. */
export type CardanoPlace = {
	/** Without a slash at the end. */
	readonly kupoUrl: string;
	/** Without a slash at the end; on the devnet the same. */
	readonly ogmiosUrl: string;
	readonly network: CardanoNetwork;
};

/** Where Cardano answers, and the wallet that pays. */
export type CardanoAccess = CardanoPlace & {
	/** Ed25519 seed of the wallet's key, 32 bytes. */
	readonly walletSeed: Uint8Array;
};

/** The same with a wallet whose key is elsewhere: transactions for it can be built, not signed. */
export type WatchedAccess = CardanoPlace & {
	/** Bech32, of a key, or of the script below. */
	readonly walletAddress: string;
	/** Of a wallet that several keys have together. */
	readonly nativeScript?: NativeScript | undefined;
};

export type LucidSession = {
	readonly module: LucidModule;
	readonly lucid: LucidEvolution;
	/** The same wallet and provider, but scripts are not run before submission: the ledger is the first to judge. */
	readonly unjudged: LucidEvolution;
	/** Bech32. */
	readonly walletAddress: string;
	readonly nativeScript: NativeScript | undefined;
	/** Looks again at what the wallet owns, where the SDK does not do so by itself. */
	refresh(): Promise<void>;
};

/** Mainnet's limits for one transaction; a transaction that is not evaluated here declares all of them. */
const MEMORY_MAX = 14_000_000;
const CPU_MAX = 10_000_000_000;

const TAGS = ['spend', 'mint', 'publish', 'withdraw', 'vote', 'propose'] as const;

const redeemerCount = (module: LucidModule, cbor: string) => {
	const redeemers = module.CML.Transaction.from_cbor_hex(cbor).witness_set().redeemers();
	return redeemers?.to_flat_format();
};

/** Shares the limits out evenly instead of running anything. */
const declareLimits = (module: LucidModule, cbor: string): EvalRedeemer[] => {
	const redeemers = redeemerCount(module, cbor);
	const length = redeemers?.len() ?? 0;
	return Array.from({length}, (_, index) => {
		const redeemer = redeemers?.get(index);
		return {
			ex_units: {mem: Math.floor(MEMORY_MAX / length), steps: Math.floor(CPU_MAX / length)},
			redeemer_index: Number(redeemer?.index() ?? 0n),
			redeemer_tag: TAGS[redeemer?.tag() ?? 0] ?? 'spend',
		};
	});
};

const withoutEvaluation = (module: LucidModule, provider: Provider): Provider => ({
	getProtocolParameters: () => provider.getProtocolParameters(),
	getUtxos: where => provider.getUtxos(where),
	getUtxosWithUnit: (where, unit) => provider.getUtxosWithUnit(where, unit),
	getUtxoByUnit: unit => provider.getUtxoByUnit(unit),
	getUtxosByOutRef: references => provider.getUtxosByOutRef(references),
	getDelegation: address => provider.getDelegation(address),
	getDatum: hash => provider.getDatum(hash),
	awaitTx: (id, interval) => provider.awaitTx(id, interval),
	submitTx: cbor => provider.submitTx(cbor),
	evaluateTx: (cbor: string, _more?: UTxO[]) => Promise.resolve(declareLimits(module, cbor)),
});

/** Blockfrost where one of the addresses is its, else Kupo and Ogmios. */
const providerOf = (module: LucidModule, {kupoUrl, ogmiosUrl}: CardanoPlace): Provider => {
	const blockfrost = blockfrostOf(ogmiosUrl) ?? blockfrostOf(kupoUrl);
	return blockfrost === undefined
		? new module.Kupmios(kupoUrl, ogmiosUrl)
		: createBlockfrostProvider(module, blockfrost);
};

const MAINNET_MAGIC = 764_824_073;

const TRIES_MAX = 3;

/** The SDK gives a busy machine only ten seconds to answer, so it is asked more than once. */
const protocolParameters = async (provider: Provider, url: string): Promise<ProtocolParameters> => {
	for (let tries = 1; ; tries++) {
		try {
			return await provider.getProtocolParameters();
		} catch (cause) {
			if (cause instanceof NodeError) throw cause;
			if (tries < TRIES_MAX) continue;
			const message = `Cardano is not reachable: the node at ${url} does not answer. Start it or correct its address; nodes go on, deposits and checkpoints wait.`;
			throw new NodeError({code: 'CARDANO_UNREACHABLE', message, url, reason: String(cause)}, {cause});
		}
	}
};

/** The SDK with its WebAssembly takes over a second to load, so it is loaded when the first transaction is built. */
export const openLucid = async (access: CardanoAccess | WatchedAccess): Promise<LucidSession> => {
	const module = await import('@lucid-evolution/lucid');
	const {magic, zeroTimeMs, slotLengthMs} = access.network;
	const name = magic === MAINNET_MAGIC ? 'Mainnet' : 'Custom';
	// The SDK keeps the time of custom networks in a table of its own; nothing else is kept outside the session.
	if (name === 'Custom')
		module.SLOT_CONFIG_NETWORK.Custom = {zeroTime: zeroTimeMs, zeroSlot: 0, slotLength: slotLengthMs};
	const provider = providerOf(module, access);
	const parameters = await protocolParameters(provider, shownUrl(access.ogmiosUrl));
	// The SDK adds what reference scripts cost by itself, to a fee in which the library under it has counted them already.
	const options = {presetProtocolParameters: {...parameters, minFeeRefScriptCostPerByte: 0}};
	const lucid = await module.Lucid(provider, name, options);
	const unjudged = await module.Lucid(withoutEvaluation(module, provider), name, options);
	const refresh = async (): Promise<void> => {
		if ('walletSeed' in access) return;
		const {walletAddress: address} = access;
		const outputs = await lucid.utxosAt(address);
		for (const each of [lucid, unjudged]) each.selectWallet.fromAddress(address, outputs);
	};
	if ('walletSeed' in access) {
		const key = module.CML.PrivateKey.from_normal_bytes(access.walletSeed).to_bech32();
		for (const each of [lucid, unjudged]) each.selectWallet.fromPrivateKey(key);
	} else await refresh();
	const nativeScript = 'walletSeed' in access ? undefined : access.nativeScript;
	return {module, lucid, unjudged, walletAddress: await lucid.wallet().address(), nativeScript, refresh};
};
