/** What stored blocks of Cardano say of themselves. */
import {byronSlotOf, decodeByronHeader} from '#consensus/cardano/byron-header';
import type {CardanoNetwork} from '#consensus/cardano/cardano-network';
import {decodeEraHeader} from '#consensus/cardano/judge-cardano-header';
import {headerOfBlock} from '#consensus/cardano/sent-header';
import type {Crypto} from '#crypto/crypto';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import type {ChainPlace, ChainStore} from '#node/ports/chain-store';
import type {OfEra} from '#relay/protocols/wire';

type Rules = {readonly crypto: Crypto; readonly network: Pick<CardanoNetwork, 'params' | 'byron'>};

type BlockView = {
	/** The block's own number: places are counted with boundary blocks. */
	readonly blockNo: BlockNo;
	readonly slot: number;
	readonly prevHash: HeaderHash | null;
	readonly isBoundary: boolean;
};

const damagedBlock = (): NodeError =>
	new NodeError({code: 'STORE_CORRUPT', message: 'A block of the chain is damaged.'});

/** The header of a stored block, and the era as chain-sync counts it. */
export const headerIn = (block: Uint8Array): OfEra => {
	const read = headerOfBlock(block);
	if (!read.ok) throw damagedBlock();
	return {era: read.value.tag, bytes: read.value.bytes};
};

/** Undefined when the header cannot be read. */
export const viewOfHeader = ({crypto, network}: Rules, {era: tag, bytes}: OfEra): BlockView | undefined => {
	if (tag === 0) {
		const decoded = decodeByronHeader(crypto, bytes);
		if (!decoded.ok) return undefined;
		const {difficulty, prevHash, kind} = decoded.value;
		const slot = byronSlotOf(decoded.value, network.byron?.k ?? network.params.k);
		return {blockNo: BlockNo(difficulty), slot, prevHash, isBoundary: kind === 'boundary'};
	}
	const decoded = decodeEraHeader(crypto, {tag, bytes});
	if (!decoded.ok) return undefined;
	const {blockNo, slot, prevHash} = decoded.value.decoded.header;
	return {blockNo, slot, prevHash, isBoundary: false};
};

export const viewOfBlock = (rules: Rules, block: Uint8Array): BlockView => {
	const view = viewOfHeader(rules, headerIn(block));
	if (view === undefined) throw damagedBlock();
	return view;
};

/** The first block that is kept, with its own number. */
export const firstNumbered = async (
	rules: Rules,
	store: Pick<ChainStore, 'firstPlace' | 'blockAt'>,
): Promise<ChainPlace | undefined> => {
	const place = await store.firstPlace();
	const block = place && (await store.blockAt(place.blockNo));
	if (place === undefined || block === undefined) return place;
	return {...place, blockNo: viewOfBlock(rules, block.bytes).blockNo};
};
