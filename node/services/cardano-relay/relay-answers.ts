/** What a relay tells its owner, as JSON. */
import {paramsOfEra} from '#consensus/cardano/cardano-network';
import {placeInEpoch, slotStartMsOf} from '#consensus/cardano/era-history';
import {type CardanoRules, decodeEraHeader} from '#consensus/cardano/judge-cardano-header';
import type {TrustLevel} from '#consensus/cardano/trust-level';
import {leaderValue} from '#consensus/leader/vrf-values';
import type {Nonce} from '#consensus/nonce/nonce';
import {randomnessStabilisationWindow} from '#consensus/params';
import {tickPraos} from '#consensus/praos-state';
import {firstSlotOf} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import {Epoch} from '#kernel/slot';
import type {ChainPlace, ChainStore} from '#node/ports/chain-store';
import type {Clock} from '#node/ports/clock';
import type {CardanoChain} from './cardano-chain.ts';
import type {CardanoPeerView, CardanoRelay} from './cardano-relay.ts';
import type {Quarantine} from './ports.ts';
import {headerIn} from './stored-header.ts';

type PlaceView = {readonly slot: number; readonly hash: string; readonly blockNo: number};

export type RelayStatus = {
	readonly network: string;
	readonly tip: (PlaceView & {readonly era: string; readonly epoch: number}) | null;
	readonly immutableTip: PlaceView | null;
	/** The first block that is kept. */
	readonly oldest: PlaceView | null;
	/** Seconds from the tip's slot until now. */
	readonly lagSeconds: number | null;
	/** How far the tip's header was checked, and how far every header has to be. */
	readonly trustLevel: TrustLevel | null;
	readonly demandedTrustLevel: TrustLevel;
	readonly followsNonces: boolean;
	readonly peers: readonly CardanoPeerView[];
	readonly blocksServed: number;
	readonly chainSwitches: number;
	/** Headers and blocks that peers served and we refuse; they are in the quarantine folder. */
	readonly disagreements: number;
	/** Why nothing goes on, when that is for us to mend. */
	readonly stuck: string | null;
};

/** The nonce of an epoch; null while it is not known, or could still change. */
export type RelayNonce = {readonly epoch: number; readonly nonce: string | null; readonly tipSlot: number};

type Parts = {
	readonly chain: CardanoChain;
	readonly chainStore: ChainStore;
	readonly relay: CardanoRelay;
	readonly rules: CardanoRules;
	readonly quarantine: Quarantine;
	readonly clock: Clock;
};

const viewOf = ({slot, hash, blockNo}: ChainPlace): PlaceView => ({slot, hash: toHex(hash), blockNo});
const nonceText = (nonce: Nonce): string => (nonce === 'neutral' ? '' : toHex(nonce));

const statusOf = ({chain, relay, rules, quarantine, clock}: Parts): RelayStatus => {
	const entry = chain.tipEntry;
	const {toldImmutableTip: immutableTip, oldest} = chain;
	const {network} = rules;
	return {
		network: network.name,
		tip: entry
			? {
					...viewOf(entry.tip),
					era: entry.era ?? '',
					epoch: placeInEpoch(network, entry.place.slot).epoch,
				}
			: null,
		immutableTip: immutableTip === 'origin' ? null : viewOf(immutableTip),
		oldest: oldest ? viewOf(oldest) : null,
		lagSeconds: entry ? Math.round((clock.now() - slotStartMsOf(network, entry.place.slot)) / 1_000) : null,
		trustLevel: entry?.level ?? null,
		demandedTrustLevel: rules.wanted,
		followsNonces: rules.followsNonces,
		peers: relay.peers,
		blocksServed: relay.served,
		chainSwitches: chain.switches,
		disagreements: quarantine.count,
		stuck: relay.stuck ?? null,
	};
};

/** That of the next epoch is known when what is final lies where blocks do not change it any more. */
const nonceOf = ({chain, rules}: Parts, wanted: number | undefined): RelayNonce | undefined => {
	const entry = chain.tipEntry;
	if (entry === undefined || !rules.followsNonces) return undefined;
	const {params} = rules.network;
	const current = entry.state.epoch;
	const epoch = Epoch(wanted ?? current);
	const answer = (nonce: Nonce | undefined): RelayNonce => ({
		epoch,
		nonce: nonce === undefined ? null : nonceText(nonce),
		tipSlot: entry.place.slot,
	});
	if (epoch !== current + 1) return answer(chain.epochNonce(epoch));
	const {immutableTip} = chain;
	// The first epoch after Byron is one of Shelley.
	const era = entry.era === 'byron' ? 'shelley' : (entry.era ?? 'conway');
	const next = firstSlotOf(params, epoch);
	const window = randomnessStabilisationWindow(paramsOfEra(rules.network, era));
	// Later blocks lie within the window, too, and do not change the candidate nonce.
	const isFrozen = immutableTip !== 'origin' && immutableTip.slot + window >= next;
	if (!isFrozen) return answer(undefined);
	return answer(tickPraos(rules.crypto, params, entry.state, next).epochNonce);
};

/** What CNCLI's `validate` says of a block. */
export type BlockView = {
	readonly status: 'ok' | 'orphaned';
	readonly blockNumber: number;
	readonly slotNumber: number;
	readonly poolId: string;
	readonly hash: string;
	readonly prevHash: string;
	readonly leaderVrf: string;
};

const PREFIX = /^[0-9a-f]{1,64}$/;
/** A block's hash may be given by its beginning; that many blocks below the tip are looked through for it. */
const SEARCHED_MAX = 50_000;

const blockView = async ({chain, rules}: Parts, place: ChainPlace): Promise<BlockView | undefined> => {
	const bytes = await chain.bytesAt(place);
	if (bytes === undefined) return undefined;
	const {era, bytes: headerBytes} = headerIn(bytes);
	const decoded = decodeEraHeader(rules.crypto, {tag: era, bytes: headerBytes});
	if (!decoded.ok) return undefined;
	const {header} = decoded.value.decoded;
	const onChain = await chain.placeOf(place.hash);
	return {
		status: onChain === undefined ? 'orphaned' : 'ok',
		blockNumber: header.blockNo,
		slotNumber: place.slot,
		poolId: toHex(rules.crypto.blake2b224(header.issuerVk)),
		hash: toHex(place.hash),
		prevHash: header.prevHash === null ? '' : toHex(header.prevHash),
		leaderVrf: toHex(
			'vrfOutput' in header ? leaderValue(rules.crypto, header.vrfOutput) : header.leaderVrf.output,
		),
	};
};

const findBlock = async (parts: Parts, prefix: string): Promise<BlockView | undefined> => {
	const {chain, chainStore} = parts;
	if (!PREFIX.test(prefix)) return undefined;
	const kept = chainStore.volatileBlocks().find(({hash}) => toHex(hash).startsWith(prefix));
	if (kept !== undefined) return blockView(parts, kept);
	const {tip} = chain;
	if (tip === 'origin') return undefined;
	for (let at: number = tip.blockNo, searched = 0; at >= 0 && searched < SEARCHED_MAX; at--, searched++) {
		const place = await chain.place(at as ChainPlace['blockNo']);
		if (place === undefined) return undefined;
		if (toHex(place.hash).startsWith(prefix)) return blockView(parts, place);
	}
	return undefined;
};

/** Blocks of the chain by one pool in a range of slots: which of its slots it has used. */
const slotsTaken = async (
	{chain, rules}: Parts,
	{from, to}: {readonly from: number; readonly to: number},
): Promise<readonly {readonly slot: number; readonly poolId: string; readonly hash: string}[]> => {
	const found: {slot: number; poolId: string; hash: string}[] = [];
	const {tip} = chain;
	if (tip === 'origin') return found;
	for (let at: number = tip.blockNo; at >= 0; at--) {
		const place = await chain.place(at as ChainPlace['blockNo']);
		if (place === undefined || place.slot < from) break;
		if (place.slot > to) continue;
		const bytes = await chain.bytesAt(place);
		const header = bytes && headerIn(bytes);
		const decoded = header && decodeEraHeader(rules.crypto, {tag: header.era, bytes: header.bytes});
		if (decoded?.ok !== true) continue;
		const {issuerVk} = decoded.value.decoded.header;
		found.push({
			slot: place.slot,
			poolId: toHex(rules.crypto.blake2b224(issuerVk)),
			hash: toHex(place.hash),
		});
	}
	return found.reverse();
};

const countOf = (query: URLSearchParams, name: string): number => {
	const text = query.get(name) ?? '';
	return /^\d{1,15}$/.test(text) ? Number(text) : 0;
};

/** The network's facts that a leader log needs. */
const networkView = ({rules: {network}}: Parts): unknown => ({
	name: network.name,
	magic: network.magic,
	epochLength: network.params.epochLength,
	f: `${network.params.f.numerator}/${network.params.f.denominator}`,
	eraStart: network.params.eraStart ?? {slot: 0, epoch: 0},
	systemStartMs: network.slots.systemStartMs,
	slotLengthMs: network.slots.slotLengthMs,
});

export const relayAnswers = (
	parts: Parts,
): {
	readonly status: () => RelayStatus;
	readonly answer: (path: string, query: URLSearchParams) => Promise<unknown>;
} => {
	const status = (): RelayStatus => statusOf(parts);
	return {
		status,
		answer: async (path, query) => {
			switch (path) {
				case '/status':
					return status();
				case '/network':
					return networkView(parts);
				case '/nonce':
					return nonceOf(parts, query.has('epoch') ? countOf(query, 'epoch') : undefined) ?? {nonce: null};
				case '/block':
					return (await findBlock(parts, (query.get('hash') ?? '').toLowerCase())) ?? {status: 'error'};
				case '/slots':
					return slotsTaken(parts, {from: countOf(query, 'from'), to: countOf(query, 'to')});
				default:
					return undefined;
			}
		},
	};
};
