/** What tools on this machine may ask over a UNIX socket, whichever chain it is. */
import type {CardanoNetwork} from '#consensus/cardano/cardano-network';
import {type CardanoEra, headerTagOf} from '#consensus/cardano/era';
import {eraSummaries, placeInEpoch, systemStartMsOf} from '#consensus/cardano/era-history';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import type {ChainPlace} from '#node/ports/chain-store';
import type {Log} from '#node/ports/log';
import type {ChainFollower, LocalHandlers} from '#relay/handlers';
import type {LocalListenerOptions} from '#relay/local-listener';
import type {AcquireFailure, AcquireTarget} from '#relay/protocols/local-state-query/messages';
import type {LocalState} from '#relay/protocols/local-state-query/results';
import type {OfEra} from '#relay/protocols/wire';
import type {PlaceReader, SelectedChain} from './chain/chain-cursor.ts';
import {followSelectedChain, toldTip} from './chain/chain-follower.ts';

/** A chain as local clients see it. */
export type LocalChain = {
	readonly chain: SelectedChain;
	readonly reader: PlaceReader;
	readonly network: Pick<CardanoNetwork, 'params' | 'slots' | 'eraEpochs' | 'byron'>;
	/** The era of a block at or above the anchor. */
	readonly eraAt: (place: ChainPlace) => CardanoEra;
	/** The place with the block's own number, where places are counted otherwise. */
	readonly numberedAt?: (place: ChainPlace) => ChainPlace;
	/** `bytes` is `[era, block]`; undefined when it left the chain meanwhile, or is not kept whole. */
	readonly blockAt: (place: ChainPlace) => Promise<OfEra | undefined>;
	/** Why a transaction is not taken. */
	readonly refusal: string;
};

/** Only what may still be rolled back can be acquired, and the last block that cannot: cardano-node has no older states either. */
const placeToAcquire = async (
	{chain, reader}: LocalChain,
	target: AcquireTarget,
): Promise<ChainPlace | AcquireFailure> => {
	const {tip, immutableTip} = chain;
	// An empty chain has no state that would be worth asking.
	if (tip === 'origin') return 'pointNotOnChain';
	if (target === 'volatileTip') return tip;
	if (target === 'immutableTip') return immutableTip === 'origin' ? 'pointNotOnChain' : immutableTip;
	if (target === 'origin') return 'pointTooOld';
	const place = await reader.placeOf(target.hash);
	if (place?.slot !== target.slot) return 'pointNotOnChain';
	return immutableTip !== 'origin' && place.blockNo < immutableTip.blockNo ? 'pointTooOld' : place;
};

const acquire = async (local: LocalChain, target: AcquireTarget): Promise<LocalState | AcquireFailure> => {
	const place = await placeToAcquire(local, target);
	if (typeof place === 'string') return place;
	const {network} = local;
	const era = local.eraAt(place);
	return {
		tip: local.numberedAt?.(place) ?? place,
		era: headerTagOf(era),
		epoch: Epoch(placeInEpoch(network, place.slot).epoch),
		systemStartMs: systemStartMsOf(network),
		eras: eraSummaries(network, {era, slot: place.slot}),
	};
};

/** A client that names no point stands at origin and is told so, with the tip, before anything else: cardano-cli asks for the tip like that. */
const fromOrigin = (follower: ChainFollower, chain: SelectedChain): ChainFollower => {
	let isTold = false;
	return {
		...follower,
		findIntersect: async (points, options) => {
			const found = await follower.findIntersect(points, options);
			isTold ||= found.intersect !== undefined;
			return found;
		},
		next: async options => {
			if (isTold) return follower.next(options);
			isTold = true;
			return {kind: 'rollBackward', point: 'origin', tip: toldTip(chain)};
		},
	};
};

/** Of one client. */
export const localHandlers = (local: LocalChain): LocalHandlers => {
	const {chain, reader, blockAt, refusal} = local;
	const follower = followSelectedChain(chain, reader, async place => {
		const block = await blockAt(place);
		if (block !== undefined) return block;
		throw new NodeError({
			code: 'CHAIN_BLOCK_GONE',
			message: 'The block left the chain meanwhile, or its proofs are gone.',
		});
	});
	return {chain: fromOrigin(follower, chain), acquire: target => acquire(local, target), refusal};
};

/** What the log has of a client that is gone; nothing when it went in good order. */
export const logLocalClients =
	(log: Log): LocalListenerOptions['left'] =>
	reason => {
		if (!(reason instanceof NodeError)) {
			log.error('a local client could not be served', {error: reason});
			return;
		}
		const {code, detail} = reason;
		if (code === 'RELAY_PEER_GONE' || code === 'RELAY_CLOSED') log.debug('local client gone', {code});
		else log.info('local client refused', {...detail, code});
	};
