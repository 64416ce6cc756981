import type {Hasher} from '#crypto/crypto';
import {decode, encode} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {AccountId, GenesisHash, Hash28, Hash32, PoolId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McRef} from '#kernel/main-chain-event';
import type {Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';
import type {PoolParameters} from '../pools/pool.ts';
import {type GenesisOutOfBounds, genesisProblem} from './check-genesis.ts';
import {
	type Dual,
	dualBytes,
	dualList,
	dualLovelace,
	dualNullable,
	dualRatio,
	dualRecord,
	dualUint,
	dualWord,
	type JsonFailure,
	type JsonValue,
	readJson,
} from './json-form.ts';
import {type LedgerParameters, parametersForm} from './parameters.ts';

export type Profile = 'public' | 'devnet' | 'test';

export type GenesisAccount = {
	readonly account: AccountId;
	readonly balance: Lovelace;
	readonly pool: PoolId | null;
};

/** What the side-chain knows of its place on Cardano. */
export type CardanoGenesis = {
	readonly networkMagic: number;
	readonly checkpointScriptHash: Hash28;
	readonly bridgeScriptHash: Hash28;
	readonly treasuryScriptHash: Hash28;
	/** The policy of claim NFTs. */
	readonly registryPolicy: Hash28;
	/** The claim that the treasury's share of the fees is paid to. */
	readonly treasuryClaimId: Hash32;
	/** Policy of what passed proposals leave behind; null where nobody governs. */
	readonly governanceScriptHash: Hash28 | null;
	/** Where the chain begins to look. */
	readonly start: McRef;
	/** Cardano slots after which a block is taken for final. */
	readonly stableDepth: number;
};

/** Everything that the nodes of one network agree on before the first block. */
export type Genesis = {
	readonly networkMagic: number;
	/** Of slot 0, in milliseconds since 1970. */
	readonly systemStartMs: number;
	readonly slotMs: number;
	/** Blocks that a rollback may undo. */
	readonly k: number;
	/** Active slot coefficient. */
	readonly f: Ratio;
	/** Slots: 10 k/f. */
	readonly epochLength: number;
	readonly slotsPerKesPeriod: number;
	readonly maxKesEvolutions: number;
	/** Epochs of a checkpoint period. */
	readonly checkpointEvery: number;
	readonly profile: Profile;
	readonly accounts: readonly GenesisAccount[];
	readonly pools: readonly PoolParameters[];
	readonly cardano: CardanoGenesis;
	readonly parameters: LedgerParameters;
};

const U32_MAX = 0xff_ff_ff_ff;
const ENTRIES_MAX = 1_000_000;

export const genesisForm: Dual<Genesis> = dualRecord<Genesis>({
	networkMagic: dualUint(U32_MAX),
	systemStartMs: dualUint(),
	slotMs: dualUint(U32_MAX),
	k: dualUint(U32_MAX),
	f: dualRatio,
	epochLength: dualUint(U32_MAX),
	slotsPerKesPeriod: dualUint(U32_MAX),
	maxKesEvolutions: dualUint(U32_MAX),
	checkpointEvery: dualUint(U32_MAX),
	profile: dualWord(['public', 'devnet', 'test']),
	accounts: dualList(
		dualRecord<GenesisAccount>({
			account: dualBytes<AccountId>(28),
			balance: dualLovelace,
			pool: dualNullable(dualBytes<PoolId>(28)),
		}),
		ENTRIES_MAX,
	),
	pools: dualList(
		dualRecord<PoolParameters>({
			coldVk: dualBytes(32),
			vrfKeyHash: dualBytes<Hash32>(32),
			checkpointVk: dualBytes(32),
			rewardAccount: dualBytes<AccountId>(28),
			cost: dualLovelace,
			margin: dualRatio,
		}),
		ENTRIES_MAX,
	),
	cardano: dualRecord<CardanoGenesis>({
		networkMagic: dualUint(U32_MAX),
		checkpointScriptHash: dualBytes<Hash28>(28),
		bridgeScriptHash: dualBytes<Hash28>(28),
		treasuryScriptHash: dualBytes<Hash28>(28),
		registryPolicy: dualBytes<Hash28>(28),
		treasuryClaimId: dualBytes<Hash32>(32),
		governanceScriptHash: dualNullable(dualBytes<Hash28>(28)),
		start: dualRecord<McRef>({slot: dualUint(), hash: dualBytes<Hash32>(32)}),
		stableDepth: dualUint(U32_MAX),
	}),
	parameters: parametersForm,
});

export type GenesisError =
	| JsonFailure
	| GenesisOutOfBounds
	| CborFailure
	| {readonly code: 'GENESIS_NOT_JSON'};

const checked = (genesis: Genesis): Result<Genesis, GenesisOutOfBounds> => {
	const problem = genesisProblem(genesis);
	return problem === undefined ? ok(genesis) : err(problem);
};

/** Canonical CBOR: what the genesis hash covers. */
export const encodeGenesis = (genesis: Genesis): Uint8Array => encode(genesisForm.cbor, genesis);

export const decodeGenesis = (bytes: Uint8Array): Result<Genesis, CborFailure | GenesisOutOfBounds> => {
	const decoded = decode(genesisForm.cbor, bytes);
	return decoded.ok ? checked(decoded.value) : decoded;
};

/** What names the network: every signature on the side-chain covers it. */
export const genesisHashOf = (hasher: Hasher, genesis: Genesis): GenesisHash =>
	hasher.blake2b256(encodeGenesis(genesis));

/** For the genesis file; two spaces deep. */
export const genesisToJson = (genesis: Genesis): string =>
	`${JSON.stringify(genesisForm.toJson(genesis), null, 2)}\n`;

/** The genesis that a file's text says, checked. */
export const parseGenesisJson = (text: string): Result<Genesis, GenesisError> => {
	let value: JsonValue;
	try {
		value = JSON.parse(text) as JsonValue;
	} catch {
		return err({code: 'GENESIS_NOT_JSON'});
	}
	const read = readJson(genesisForm, value);
	return read.ok ? checked(read.value) : read;
};

/** Milliseconds of a checkpoint period. */
export const periodMsOf = ({epochLength, checkpointEvery, slotMs}: Genesis): number =>
	epochLength * checkpointEvery * slotMs;
