/** A scripted loopback server that answers in the form of Kupo 2.x, and what is on its chain. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';
import {fromHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32, type HeaderHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {createKupoMainChain} from '#node/adapters/kupo-main-chain';
import type {MainChain} from '#node/ports/main-chain';
import {CHECKPOINT_NFT_NAME, checkpointDatum} from '#onchain/data/checkpoint-data';
import {claimDatum} from '#onchain/data/claim-data';
import {depositDatum} from '#onchain/data/money-data';

export const bridge: string = '0b'.repeat(28);
export const registry: string = '1c'.repeat(28);
export const checkpoint: string = '2d'.repeat(28);
export const governance: string = '3e'.repeat(28);

export const hashOfSlot = (slot: number): Hash32 => Hash32(new Uint8Array(32).fill(slot));
export const ref = (slot: number): McRef => ({slot, hash: hashOfSlot(slot)});
export const account = (byte: number): AccountId => Hash28(new Uint8Array(28).fill(byte));
export const claimName = (byte: number): string => `${byte.toString(16).padStart(2, '0')}`.repeat(32);

/** An output where it stands in the chain; `txId` is told by slot and transaction. */
type Place = {readonly slot: number; readonly transaction: number; readonly output: number};

const txIdOf = ({slot, transaction}: Place): Hash32 =>
	Hash32(new Uint8Array(32).fill(slot).fill(transaction, 16));

export type Output = Place & {
	readonly lovelace: number;
	readonly assets?: Readonly<Record<string, unknown>>;
	readonly datum: Uint8Array | null;
	readonly datumType?: 'inline' | 'hash';
};

/** As Kupo writes a match with `resolve_hashes`. */
export const matchOf = (output: Output): Record<string, unknown> => ({
	transaction_index: output.transaction,
	transaction_id: toHex(txIdOf(output)),
	output_index: output.output,
	address: `70${bridge}`,
	value: {coins: output.lovelace, assets: output.assets ?? {}},
	datum_hash: output.datum === null ? null : 'ee'.repeat(32),
	datum: output.datum === null ? null : toHex(output.datum),
	...(output.datum === null ? {} : {datum_type: output.datumType ?? 'inline'}),
	script_hash: null,
	script: null,
	created_at: {slot_no: output.slot, header_hash: toHex(hashOfSlot(output.slot))},
	spent_at: null,
});

export const deposit = (place: Place, lovelace: number, to: AccountId): Output => ({
	...place,
	lovelace,
	datum: depositDatum.encode({account: to}),
});

export const claimOutput = (place: Place, name: string, ownerPkh: Uint8Array, status: number): Output => ({
	...place,
	lovelace: 3_000_000,
	assets: {[`${registry}.${name}`]: 1},
	datum: claimDatum.encode({
		ownerPkh,
		operatorVk: new Uint8Array(ownerPkh.length === 0 ? 28 : 32).fill(7),
		claimed: Lovelace(0n),
		collateral: Lovelace(0n),
		status,
		exitAfter: 0n,
	}),
});

/** The datum of a checkpoint; committees are told by a byte. */
export const checkpointBytes = (period: number, committee: number): Uint8Array =>
	checkpointDatum.encode({
		genesisHash: hashOfSlot(1),
		period,
		blockHash: hashOfSlot(100 + period) as HeaderHash,
		stateRoot: hashOfSlot(2),
		payoutRoot: hashOfSlot(3),
		committeeHash: hashOfSlot(committee),
	});

export const checkpointOutput = (place: Place, period: number, datum?: Uint8Array): Output => ({
	...place,
	lovelace: 2_000_000,
	assets: {[`${checkpoint}.${toHex(CHECKPOINT_NFT_NAME)}`]: 1},
	datum: datum ?? checkpointBytes(period, 4),
});

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const json =
	(value: unknown, status = 200): Answer =>
	(_request, response) => {
		response.writeHead(status, {'content-type': 'application/json;charset=utf-8'}).end(JSON.stringify(value));
	};

export const mainChainAt = (kupoUrl: string): MainChain =>
	createKupoMainChain({
		kupoUrl,
		bridgeScriptHash: Hash28(fromHex(bridge)),
		registryPolicy: Hash28(fromHex(registry)),
		checkpointScriptHash: Hash28(fromHex(checkpoint)),
		governanceScriptHash: Hash28(fromHex(governance)),
	});

/** The address of a server that answers everything with `answer`. */
export const serve = async (t: Pick<ExecutionContext, 'teardown'>, answer: Answer): Promise<string> => {
	const server = createServer(answer);
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	t.teardown(() => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

/** A main chain over a server that answers everything with `answer`. */
export const mainChainOver = async (t: ExecutionContext, answer: Answer): Promise<MainChain> =>
	mainChainAt(await serve(t, answer));

type Script = {
	readonly bridge?: readonly unknown[];
	readonly registry?: readonly Output[];
	readonly checkpoint?: readonly unknown[];
	/** The hash of each slot's block; default: `hashOfSlot`. */
	readonly hash?: (slot: number) => Hash32;
	/** The slot of the last block; default 0. */
	readonly tip?: number;
};

/**
 * Kupo that knows a block in every slot and these outputs. It looks at no bound of a query: what lies outside comes back
 * as well, in the order in which the script has it.
 */
export const scripted =
	({
		bridge: deposits = [],
		registry: claims = [],
		checkpoint: checkpoints = [],
		hash = hashOfSlot,
		tip = 0,
	}: Script): Answer =>
	(request, response) => {
		const {pathname} = new URL(request.url ?? '', 'http://kupo');
		const [, route = '', ...rest] = pathname.split('/');
		const argument = rest.join('/');
		const answer = (): unknown => {
			const slot = argument === '' ? tip : Number(argument);
			if (route === 'checkpoints') return {slot_no: slot, header_hash: toHex(hash(slot))};
			if (argument === `${bridge}/*`) return deposits;
			if (argument === `${checkpoint}.*`) return checkpoints;
			const unit = argument === `${registry}.*` ? undefined : argument;
			return claims
				.filter(({assets}) => unit === undefined || Object.hasOwn(assets ?? {}, unit))
				.map(matchOf);
		};
		json(answer())(request, response);
	};

export const range: {readonly after: McRef; readonly upTo: McRef} = {after: ref(10), upTo: ref(20)};
export const eventsOf = async (t: ExecutionContext, script: Script): Promise<readonly MainChainEvent[]> =>
	(await mainChainOver(t, scripted(script))).events(range);

export const depositEvent = (place: Place, lovelace: number, to: AccountId): MainChainEvent => ({
	kind: 'deposit',
	outRef: {txId: txIdOf(place), index: place.output},
	account: to,
	amount: Lovelace(BigInt(lovelace)),
});

export const claimEvent = (name: string, owner: AccountId): MainChainEvent => ({
	kind: 'claim-opened',
	claimId: Hash32(fromHex(name)),
	ownerKeyHash: owner,
	operatorVk: new Uint8Array(32).fill(7),
});

export const places: readonly Place[] = [
	{slot: 11, transaction: 0, output: 0},
	{slot: 11, transaction: 0, output: 1},
	{slot: 11, transaction: 1, output: 0},
	{slot: 11, transaction: 10, output: 0},
	{slot: 12, transaction: 0, output: 2},
	{slot: 20, transaction: 0, output: 0},
];
export const place = (index: number): Place => places[index] as Place;

export const codeOf = async (t: ExecutionContext, asked: Promise<unknown>): Promise<string | undefined> =>
	(await t.throwsAsync(asked, {instanceOf: NodeError}))?.code;

export const text =
	(body: string, status = 200): Answer =>
	(_request, response) => {
		response.writeHead(status).end(body);
	};
