/** Channel scripts compiled for tests, a channel to act on, and what an attacker may change. */
import {signVoucher, type Voucher} from '#crypto/vouchers/voucher';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import type {PlutusData} from '#onchain/cardano/plutus-data';
import type {ChannelDeployment} from '#onchain/channel-deployment';
import {type ChannelDatum, channelDatum} from '#onchain/data/channel-data';
import type {OpenChannelRequest} from '#onchain/plans/channel-plans';
import {type CardanoChannel, cardanoChannelId, channelOutput} from '#onchain/plans/channel-plans';
import type {TimeRange} from '#onchain/plans/governance-plans';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {buildChannel} from '#onchain/plutus/build-channel';
import {ADA, longer, otherConstructor, refOf, walletAddress, withJunk, withStake} from './contract-world.ts';
import {crypto} from './crypto.ts';
import type {Utxo} from './script-context.ts';
import type {ScriptVerdicts} from './script-verdict.ts';
import {adaLess, type Change as ChangeIn, output, publishedUtxo, scriptVerdicts} from './script-verdict.ts';
import {hashOf} from './side-chain.ts';

export const NOW_MS = 1_790_000_000_000;
export const RANGE: TimeRange = {fromMs: NOW_MS, toMs: NOW_MS + 600_000};
export const WINDOW_MS = 86_400_000;
export const EXPIRY_MS: number = NOW_MS + 30 * WINDOW_MS;
const PAYER_SEED = new Uint8Array(32).fill(0x71);
const PAYER_VK = crypto.ed25519VerificationKey(PAYER_SEED);
export const FUNDER: Hash28 = Hash28(new Uint8Array(28).fill(0x51));
export const PAYEE: Hash28 = Hash28(new Uint8Array(28).fill(0x52));
export const NOBODY: Hash28 = Hash28(new Uint8Array(28).fill(0x33));
export const SEED: McOutRef = refOf(60);
const LANE = 3;

export type World = ChannelDeployment;
export type Change = ChangeIn<World>;

const worldOf = (isTraced: boolean): World => {
	const params = {networkId: 0, windowMs: WINDOW_MS};
	return {
		network: {magic: 42, zeroTimeMs: NOW_MS - 1_000_000_000, slotLengthMs: 1_000},
		params,
		channel: {...buildChannel(crypto, params, {traced: isTraced}), reference: refOf(206)},
	};
};
export const traced: World = worldOf(true);
export const production: World = worldOf(false);
const verdicts: ScriptVerdicts<World> = scriptVerdicts({traced, production}, ({channel}) => channel);
export const accepts: ScriptVerdicts<World>['accepts'] = verdicts.accepts;
export const refuses: ScriptVerdicts<World>['refuses'] = verdicts.refuses;

export const published = ({channel}: World): readonly Utxo[] => publishedUtxo(channel);
export const signedBy =
	(...signers: Hash28[]): Change =>
	plan => ({...plan, signers});
export const withRedeemer =
	(redeemer: PlutusData): Change =>
	plan => ({...plan, spend: plan.spend.map(each => ({...each, redeemer}))});
export const without =
	(name: 'validFromMs' | 'validToMs'): Change =>
	({[name]: _, ...plan}) =>
		plan as TransactionPlan;
export const elsewhere: Change = output(() => ({address: walletAddress}));
export const staked: Change = output(({address}) => ({address: withStake(address)}));
export const junk: Change = output(first => withJunk(first));
export const scripted: Change = output((_, {channel}) => ({script: channel}));
export const longerDatum: Change = output(({datum}) => ({datum: longer(datum)}));
export const otherDatum: Change = output(({datum}) => ({datum: otherConstructor(datum)}));

export const PLACES: readonly (readonly [string, Change, string])[] = [
	['into a wallet', elsewhere, 'channel-address'],
	['to an address with a stake part', staked, 'channel-address'],
	['with junk', junk, 'channel-tokens'],
	['with a script on it', scripted, 'channel-script'],
	['with a lovelace less', adaLess(), 'channel-ada'],
	['with a datum field more', longerDatum, 'channel-datum'],
	['under another constructor', otherDatum, 'channel-datum'],
];

export const request: OpenChannelRequest = {
	seed: SEED,
	funder: FUNDER,
	payerVk: PAYER_VK,
	payee: PAYEE,
	expiryMs: EXPIRY_MS,
	lane: LANE,
	deposit: Lovelace(40n * ADA),
};

export const withDatum = (change: Partial<ChannelDatum>): Change =>
	output(() => ({
		datum: channelDatum.toData({...request, paid: Lovelace(0n), closesAtMs: 0, ...change}),
	}));

export type Known = {readonly plan: CardanoChannel; readonly utxo: Utxo};

export const known = (world: World, change: Partial<ChannelDatum> = {}, number = 20): Known => {
	const id = number === 20 ? cardanoChannelId(crypto, world, request) : hashOf(number);
	const datum: ChannelDatum = {...request, paid: Lovelace(10n * ADA), closesAtMs: 0, ...change};
	const plan: CardanoChannel = {ref: refOf(number), id, lovelace: 30n * ADA, datum};
	return {plan, utxo: {ref: plan.ref, output: channelOutput(world, plan)}};
};

export const voucherOf = (channelId: Hash32, cumulative: bigint, seed: Uint8Array = PAYER_SEED): Voucher =>
	signVoucher(crypto, seed, {channelId, cumulative});

export type Using = {
	readonly change?: Change;
	readonly datum?: Partial<ChannelDatum>;
	/** Instead of the voucher that the plan carries. */
	readonly voucher?: (id: Hash32) => Partial<Pick<Voucher, 'cumulative' | 'signature'>>;
};
