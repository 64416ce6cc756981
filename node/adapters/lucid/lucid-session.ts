import type {
	EvalRedeemer,
	LucidEvolution,
	ProtocolParameters,
	Provider,
	TxSignBuilder,
	TxSigned,
	UTxO,
} from '@lucid-evolution/lucid';
import {Hash28} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {addressText, parseAddress, plainAddress} from '#onchain/cardano/address';
import {keyAddress, type PaymentKey} from '#onchain/cardano/key-address';
import type {NativeScript} from '#onchain/cardano/native-script';
import type {CardanoNetwork} from '#onchain/deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {blockfrostOf, shownUrl} from '../cardano-index.ts';
import {createBlockfrostProvider} from './blockfrost-provider.ts';
import {patientProvider} from './patient-provider.ts';
import {type PendingDrafts, withDrafts} from './pending-drafts.ts';
import {providerWith} from './provider-with.ts';

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
	readonly walletKey: PaymentKey;
};

/** The same with a wallet whose key is elsewhere: transactions for it can be built, not signed. */
export type WatchedAccess = CardanoPlace & {
	/** Bech32, of a key, or of the script below. */
	readonly walletAddress: string;
	/** Of a wallet that several keys have together. */
	readonly nativeScript?: NativeScript | undefined;
	/** What the next transaction builds on, though nobody has submitted it yet. */
	readonly pending?: PendingDrafts;
};

type Sign = (builder: TxSignBuilder) => Promise<TxSigned>;

export type LucidSession = {
	readonly module: LucidModule;
	readonly lucid: LucidEvolution;
	/** The same wallet and provider, but scripts are not run before submission: the ledger is the first to judge. */
	readonly unjudged: LucidEvolution;
	/** Bech32. */
	readonly walletAddress: string;
	readonly nativeScript: NativeScript | undefined;
	/** Of the wallet's key, where it is here. */
	readonly sign: Sign | undefined;
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

const withoutEvaluation = (module: LucidModule, provider: Provider): Provider =>
	providerWith(provider, {
		evaluateTx: (cbor: string, _more?: UTxO[]) => Promise.resolve(declareLimits(module, cbor)),
	});

/** Blockfrost where one of the addresses is its, else Kupo and Ogmios. */
const providerOf = (module: LucidModule, access: CardanoAccess | WatchedAccess): Provider => {
	const {kupoUrl, ogmiosUrl} = access;
	const blockfrost = blockfrostOf(ogmiosUrl) ?? blockfrostOf(kupoUrl);
	const provider =
		blockfrost === undefined
			? patientProvider(new module.Kupmios(kupoUrl, ogmiosUrl))
			: createBlockfrostProvider(module, blockfrost);
	return 'pending' in access && access.pending !== undefined
		? withDrafts(module, provider, access.pending)
		: provider;
};

const MAINNET_MAGIC = 764_824_073;

const protocolParameters = async (provider: Provider, url: string): Promise<ProtocolParameters> => {
	try {
		return await provider.getProtocolParameters();
	} catch (cause) {
		if (cause instanceof NodeError) throw cause;
		const message = `Cardano is not reachable: the node at ${url} does not answer. Start it or correct its address; nodes go on, deposits and checkpoints wait.`;
		throw new NodeError({code: 'CARDANO_UNREACHABLE', message, url, reason: String(cause)}, {cause});
	}
};

type SessionWallet = Pick<LucidSession, 'walletAddress' | 'nativeScript' | 'sign'> & {
	/** Bech32. */
	readonly key: string | undefined;
};

const watchedWallet = ({walletAddress, nativeScript}: WatchedAccess): SessionWallet => ({
	walletAddress,
	nativeScript,
	sign: undefined,
	key: undefined,
});

/** The wallet whose key is here, as the SDK takes it: it would leave out the stake part of a derived key's address. */
const heldWallet = ({CML}: LucidModule, {network, walletKey}: CardanoAccess): SessionWallet => {
	const isSeed = walletKey instanceof Uint8Array;
	const key = isSeed
		? CML.PrivateKey.from_normal_bytes(walletKey)
		: CML.PrivateKey.from_extended_bytes(walletKey.scalars);
	const hash = Hash28(key.to_public().hash().to_raw_bytes());
	const stakeKeyHash = isSeed ? undefined : walletKey.stakeKeyHash;
	const text = key.to_bech32();
	return {
		walletAddress: keyAddress(networkIdOf(network.magic), hash, stakeKeyHash),
		nativeScript: undefined,
		key: text,
		sign: builder => builder.sign.withPrivateKey(text).complete(),
	};
};

/** The wallet's address, and the one without a stake part: governance pays deposits and tokens there. */
const placesOf = (walletAddress: string): readonly string[] => {
	const parsed = parseAddress(walletAddress);
	return parsed.ok ? [...new Set([walletAddress, addressText(plainAddress(parsed.value))])] : [walletAddress];
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
	const {key, ...wallet} = 'walletKey' in access ? heldWallet(module, access) : watchedWallet(access);
	const session = {module, lucid, unjudged, ...wallet};
	const {walletAddress, nativeScript} = wallet;
	if ('walletKey' in access && access.walletKey instanceof Uint8Array && key !== undefined) {
		// The SDK itself finds what this address owns.
		for (const each of [lucid, unjudged]) each.selectWallet.fromPrivateKey(key);
		return {...session, refresh: () => Promise.resolve()};
	}
	const refresh = async (): Promise<void> => {
		const places = nativeScript === undefined ? placesOf(walletAddress) : [walletAddress];
		const outputs = (await Promise.all(places.map(place => lucid.utxosAt(place)))).flat();
		for (const each of [lucid, unjudged]) each.selectWallet.fromAddress(walletAddress, outputs);
	};
	await refresh();
	return {...session, refresh};
};
