/** What a relay of Cardano needs to go on, in one file: replaced in one step, with a checksum. */
import {type ByronState, byronStateCodec} from '#consensus/cardano/byron-state';
import {type CardanoEra, eraOfHeaderTag, headerTagOf} from '#consensus/cardano/era';
import type {Nonce} from '#consensus/nonce/nonce';
import type {PraosState} from '#consensus/praos-state';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {bool, bytes, type Codec, decode, encode, list, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import type {FileSystem} from '#node/ports/file-system';
import {decodeFrame, encodeFrame} from '../chain-database/frame.ts';
import {readWhole, replaceFile} from '../chain-database/whole-file.ts';

/** Structurally the port of `node/services/cardano-relay/ports`, which adapters do not import. */
type SavedState = {
	readonly place: {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};
	readonly era: CardanoEra;
	readonly followsNonces: boolean;
	readonly state: PraosState;
	readonly byron?: ByronState | undefined;
	readonly epochNonces: readonly {readonly epoch: Epoch; readonly nonce: Nonce}[];
};

const EPOCHS_MAX = 64;

const VERSION = 2;
const NAME = 'protocol-state';

type Carried = {
	readonly version: number;
	readonly hash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	readonly era: number;
	readonly followsNonces: boolean;
	readonly state: PraosState;
	readonly epochNonces: readonly {readonly epoch: Epoch; readonly nonce: Hash32 | null}[];
};

const fields = {
	version: uint(VERSION),
	hash: bytes<HeaderHash>(32),
	blockNo: uint<BlockNo>(),
	slot: uint<Slot>(),
	era: uint(255),
	followsNonces: bool,
	state: praosStateCodec,
	epochNonces: list(record({epoch: uint<Epoch>(), nonce: nullable(bytes<Hash32>(32))}), EPOCHS_MAX),
};

const codec: Codec<Carried & {readonly byron: ByronState | null}> = record({
	...fields,
	byron: nullable(byronStateCodec),
});
/** Of relays that began after Byron, before it was followed. */
const firstCodec: Codec<Carried> = record(fields);

const read = (payload: Uint8Array): (Carried & {readonly byron: ByronState | null}) | undefined => {
	const decoded = decode(codec, payload);
	if (decoded.ok) return decoded.value;
	const first = decode(firstCodec, payload);
	return first.ok ? {...first.value, byron: null} : undefined;
};

export const createFileStateStore = (
	fileSystem: FileSystem,
	folder: string,
): {load(): Promise<SavedState | undefined>; save(state: SavedState): Promise<void>} => ({
	load: async () => {
		if (!(await fileSystem.list(folder)).includes(NAME)) return undefined;
		const payload = decodeFrame('snapshot', await readWhole(fileSystem, `${folder}/${NAME}`));
		const decoded = payload && read(payload);
		const era = decoded && eraOfHeaderTag(decoded.era);
		if (decoded === undefined || era === undefined)
			throw new NodeError({
				code: 'CARDANO_STATE_DAMAGED',
				folder,
				message: `The state in ${folder} is damaged: move the folder away and start with --start-point again.`,
			});
		const {hash, blockNo, slot, followsNonces, state} = decoded;
		const byron = decoded.byron ?? undefined;
		const epochNonces = decoded.epochNonces.map(({epoch, nonce}) => ({
			epoch,
			nonce: nonce ?? ('neutral' as const),
		}));
		return {place: {hash, blockNo, slot}, era, followsNonces, state, byron, epochNonces};
	},
	save: async ({place, era, followsNonces, state, byron, epochNonces}) => {
		const nonces = epochNonces.map(({epoch, nonce}) => ({
			epoch,
			nonce: nonce === 'neutral' ? null : nonce,
		}));
		const tag = headerTagOf(era);
		const payload = encode(codec, {
			version: VERSION,
			...place,
			era: tag,
			followsNonces,
			state,
			epochNonces: nonces,
			byron: byron ?? null,
		});
		await replaceFile(fileSystem, {folder, name: NAME, parts: encodeFrame('snapshot', [payload])});
	},
});
