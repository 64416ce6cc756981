/** One header of Cardano against its parent: as far as what we were given allows, and how far that was. */
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {Tip} from '#kernel/point';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, type Epoch} from '#kernel/slot';
import {type CardanoHeader, decodeCardanoHeader} from '../header/cardano-header.ts';
import type {HeaderDecodeFailure} from '../header/header.ts';
import type {HeaderError} from '../header/header-error.ts';
import {checkCounter} from '../header/rules/check-counter.ts';
import {checkTPraosVrfProofs, type TPraosVrfProofFailure} from '../header/rules/check-tpraos-vrf-proofs.ts';
import {checkVrfProof} from '../header/rules/check-vrf-proof.ts';
import {validateCertificate} from '../header/validate-certificate.ts';
import {validateEnvelope} from '../header/validate-envelope.ts';
import {validateHeader} from '../header/validate-header.ts';
import type {ThresholdCache} from '../leader/threshold-cache.ts';
import type {CertificateCache} from '../opcert/certificate-cache.ts';
import type {ConsensusParams} from '../params.ts';
import {type PraosState, tickPraos, updatePraos, updateTPraos} from '../praos-state.ts';
import {epochOf} from '../time.ts';
import {decodeByronHeader} from './byron-header.ts';
import type {ByronState} from './byron-state.ts';
import {type CardanoNetwork, isByronSlot, paramsOfEra} from './cardano-network.ts';
import {type CardanoEra, eraOfHeaderTag, headerTagOf, isTransitional, type PoolEra} from './era.ts';
import {
	type ByronHeaderFailure,
	type ByronParent,
	judgeByronHeader,
	type PlacedByronHeader,
} from './judge-byron-header.ts';
import type {CardanoStake} from './stake-distribution.ts';
import {demandedLevel, isBelow, type TrustLevel} from './trust-level.ts';

export type CardanoRules = {
	readonly crypto: Crypto;
	readonly network: CardanoNetwork;
	/** What is demanded of headers; one that cannot be checked that far is not taken. */
	readonly wanted: TrustLevel;
	/** False: nobody gave us the nonces, so that proofs cannot be checked; counters are learned. */
	readonly followsNonces: boolean;
	/** The stake that leaders of the epoch are drawn by, where the operator gave it. */
	readonly stakeOf: (epoch: Epoch) => CardanoStake | undefined;
	readonly certificates?: CertificateCache;
	readonly thresholds?: ThresholdCache;
};

/** A block of the chain so far, as the next one needs it. */
export type CardanoParent = {
	/** Before the first block: slot 0 and the hash of the Byron genesis, or no hash that a block could have. */
	readonly tip: Exclude<Tip, 'origin'>;
	/** Undefined at the start point, of which only slot and hash are known: the next block says which number it had. */
	readonly era: CardanoEra | undefined;
	/** In Byron that which Shelley begins with. */
	readonly state: PraosState;
	/** In Byron, from the first block on. */
	readonly byron?: ByronState | undefined;
	readonly isBoundary?: boolean;
	/** There is no block yet. */
	readonly isOrigin?: boolean;
};

export type JudgedHeader = {
	/** After the header. */
	readonly state: PraosState;
	readonly level: TrustLevel;
} & (
	| {readonly era: PoolEra; readonly header: CardanoHeader['header']}
	| {readonly era: 'byron'; readonly header: PlacedByronHeader; readonly byron: ByronState | undefined}
);

export type CardanoHeaderFailure =
	| HeaderDecodeFailure
	| HeaderError
	| TPraosVrfProofFailure
	| ByronHeaderFailure
	/** An era that came after this program. Not the peer's fault. */
	| {readonly code: 'CARDANO_ERA_UNKNOWN'; readonly tag: number}
	/** The tag is of another kind of header, or of an era that is before the parent's or not in that slot. */
	| {readonly code: 'CARDANO_ERA_WRONG'; readonly tag: number}
	/** We cannot check the header as far as is demanded. Not the peer's fault. */
	| {readonly code: 'CARDANO_TRUST_TOO_LOW'; readonly level: TrustLevel; readonly demanded: TrustLevel};

/** Failures that say something of us and nothing of the peer. */
export const isOurs = ({code}: {readonly code: string}): boolean =>
	code === 'CARDANO_ERA_UNKNOWN' ||
	code === 'CARDANO_TRUST_TOO_LOW' ||
	code === 'HEADER_PROTOCOL_VERSION_UNKNOWN' ||
	code === 'HEADER_FROM_FUTURE';

/** Decodes a header that chain-sync brought under an era's tag, of an era with pools. */
export const decodeEraHeader = (
	crypto: Crypto,
	{tag, bytes}: {readonly tag: number; readonly bytes: Uint8Array},
): Result<{readonly era: PoolEra; readonly decoded: CardanoHeader}, CardanoHeaderFailure> => {
	const era = eraOfHeaderTag(tag);
	if (era === undefined || era === 'byron') return err({code: 'CARDANO_ERA_UNKNOWN', tag});
	const decoded = decodeCardanoHeader(crypto, bytes);
	if (!decoded.ok) return decoded;
	if ((decoded.value.kind === 'tpraos') !== isTransitional(era)) return err({code: 'CARDANO_ERA_WRONG', tag});
	return ok({era, decoded: decoded.value});
};

type Known = {readonly rules: CardanoRules; readonly params: ConsensusParams; readonly parent: CardanoParent};

/** The counter against the one that is known of the pool; of others it is learned. */
const checkKnownCounter = (
	{rules, parent}: Known,
	header: CardanoHeader['header'],
): ReturnType<typeof checkCounter> => {
	const poolId = rules.crypto.blake2b224(header.issuerVk);
	if (!parent.state.counters.has(toHex(poolId))) return ok(undefined);
	return checkCounter(parent.state, {pool: () => undefined}, poolId, header);
};

const parentTip = ({tip, era, isOrigin}: CardanoParent, {blockNo}: CardanoHeader['header']): Tip => {
	if (isOrigin === true) return 'origin';
	return era === undefined && blockNo > 0 ? {...tip, blockNo: BlockNo(blockNo - 1)} : tip;
};

const judgeSigned = (
	known: Known,
	{kind, header}: CardanoHeader,
): Result<{readonly state: PraosState; readonly level: TrustLevel}, CardanoHeaderFailure> => {
	const {rules, params, parent} = known;
	const {crypto, certificates, followsNonces} = rules;
	const envelope = validateEnvelope({params, parent: parentTip(parent, header)}, header);
	if (!envelope.ok) return envelope;
	const signed = validateCertificate({crypto, params, ...(certificates && {certificates})}, header);
	if (!signed.ok) return signed;
	const counter = checkKnownCounter(known, header);
	if (!counter.ok) return counter;
	const ticked = tickPraos(crypto, params, parent.state, header.slot);
	if (followsNonces) {
		const proof =
			kind === 'praos'
				? checkVrfProof(crypto, ticked.epochNonce, header)
				: checkTPraosVrfProofs(crypto, ticked.epochNonce, header);
		if (!proof.ok) return proof;
	}
	const state =
		kind === 'praos'
			? updatePraos(crypto, params, ticked, header)
			: updateTPraos(crypto, params, ticked, header);
	return ok({state, level: followsNonces ? 'proof' : 'certificate'});
};

/**
 * All rules of Praos, with the stake of the epoch. Where that does not tell the pool's VRF key, any key that suffices for
 * the stake is taken: who has too little is refused, and the level stays below leadership.
 */
const judgeFully = (
	{rules, params, parent}: Known,
	header: Extract<CardanoHeader, {kind: 'praos'}>['header'],
	stake: CardanoStake,
): Result<{readonly state: PraosState; readonly level: TrustLevel}, CardanoHeaderFailure> => {
	const {crypto, certificates, thresholds} = rules;
	const pool = stake.pool(crypto.blake2b224(header.issuerVk));
	const known = pool && {...pool, vrfKeyHash: pool.vrfKeyHash ?? crypto.blake2b256(header.vrfVk)};
	const judged = validateHeader(
		{
			crypto,
			params,
			ledgerView: {pool: () => known},
			state: parent.state,
			parent: parentTip(parent, header),
			...(certificates && {certificates}),
			...(thresholds && {thresholds}),
		},
		header,
	);
	if (!judged.ok) return judged;
	return ok({state: judged.value, level: pool?.vrfKeyHash === undefined ? 'proof' : 'leadership'});
};

/** What a header of Byron is judged against: before the first block, at a start point of which only slot and hash are known, or else. */
const byronParentOf = ({tip, era, byron: state, isBoundary, isOrigin}: CardanoParent): ByronParent => {
	const {hash, slot, blockNo} = tip;
	if (isOrigin === true) return {hash, state, slot: -1, blockNo: -1, isBoundary: true};
	if (era === undefined) return {hash, state, slot, blockNo: undefined, isBoundary: undefined};
	return {hash, state, slot, blockNo, isBoundary: isBoundary === true};
};

/** A header of the first era. A level is demanded of signed blocks only. */
const judgeByron = (
	{crypto, network, wanted}: CardanoRules,
	parent: CardanoParent,
	bytes: Uint8Array,
): Result<JudgedHeader, CardanoHeaderFailure> => {
	const {byron, magic} = network;
	if (byron === undefined) return err({code: 'CARDANO_ERA_UNKNOWN', tag: 0});
	const decoded = decodeByronHeader(crypto, bytes);
	if (!decoded.ok) return decoded;
	const judged = judgeByronHeader(crypto, {magic, byron}, byronParentOf(parent), decoded.value);
	if (!judged.ok) return judged;
	const {header, state, level} = judged.value;
	if (!isByronSlot(network, header.slot)) return err({code: 'CARDANO_ERA_WRONG', tag: 0});
	const demanded = demandedLevel('byron', wanted);
	if (header.kind === 'main' && isBelow(level, demanded))
		return err({code: 'CARDANO_TRUST_TOO_LOW', level, demanded});
	return ok({era: 'byron', header, byron: state, state: parent.state, level});
};

/** Whether an era's header may stand there: eras do not come back, Byron ends where it is known to, and the chain begins with it. */
const fitsEra = ({network}: CardanoRules, parent: CardanoParent, era: PoolEra, slot: number): boolean => {
	if (parent.era !== undefined && headerTagOf(era) < headerTagOf(parent.era)) return false;
	return !isByronSlot(network, slot) && !(parent.isOrigin === true && isByronSlot(network, 0));
};

/** Judges a header as the next one after `parent`. */
export const judgeCardanoHeader = (
	rules: CardanoRules,
	parent: CardanoParent,
	sent: {readonly tag: number; readonly bytes: Uint8Array},
): Result<JudgedHeader, CardanoHeaderFailure> => {
	const {tag, bytes} = sent;
	if (tag === 0 && rules.network.byron !== undefined) {
		const isLate = parent.era !== undefined && parent.era !== 'byron';
		return isLate ? err({code: 'CARDANO_ERA_WRONG', tag}) : judgeByron(rules, parent, bytes);
	}
	const decoded = decodeEraHeader(rules.crypto, sent);
	if (!decoded.ok) return decoded;
	const {era, decoded: whole} = decoded.value;
	if (!fitsEra(rules, parent, era, whole.header.slot)) return err({code: 'CARDANO_ERA_WRONG', tag});
	const params = paramsOfEra(rules.network, era);
	const known = {rules, params, parent};
	const stake = rules.followsNonces ? rules.stakeOf(epochOf(params, whole.header.slot)) : undefined;
	const judged =
		whole.kind === 'praos' && stake !== undefined
			? judgeFully(known, whole.header, stake)
			: judgeSigned(known, whole);
	if (!judged.ok) return judged;
	const {level, state} = judged.value;
	const demanded = demandedLevel(era, rules.wanted);
	if (isBelow(level, demanded)) return err({code: 'CARDANO_TRUST_TOO_LOW', level, demanded});
	return ok({era, header: whole.header, state, level});
};
