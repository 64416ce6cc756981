import type {AccountId, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Epoch, Slot} from '#kernel/slot';
import {agreementIdOf} from '#ledger/agreements/find-agreement';
import type {UnsignedTransaction, Witness} from '#ledger/tx/transaction';
import type {Entropy} from '#node/ports/entropy';
import type {ChainClient} from './chain-client.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {whileBehind} from './while-behind.ts';

export type Opening = {
	readonly peer: ProviderPeer;
	readonly providerId: Hash32;
	/** Whose pieces they are. */
	readonly client: AccountId;
	/** Whose payer account pays, when that is not the client's own; of a successor it is whoever paid before. */
	readonly payer?: AccountId;
	readonly capacityLeaves: number;
	readonly rate: Lovelace;
	readonly endEpoch: Epoch;
	/** No piece is taken out before this epoch; default 0. */
	readonly lockedUntil?: Epoch;
	readonly repairerVk: Uint8Array;
	readonly repairOf: Hash32 | null;
};

export type Opened<O extends Opening> = {readonly opening: O; readonly agreementId: Hash32};
export type Declined<O extends Opening> = {readonly opening: O; readonly error: NodeError};

type Numbered<O extends Opening> = {readonly opening: O; readonly nonce: number};
type Prepared<O extends Opening> = Opened<O> & Numbered<O> & {readonly unsigned: UnsignedTransaction};
type Call = {readonly signal?: AbortSignal};

/**
 * Who refuses is left out, and the others are asked again, because their transactions are numbered without gaps. With so few
 * left that none need sign it goes on until nobody refuses.
 */
const ROUNDS_MAX = 4;
/** What a provider says as long as its node has not seen our deposit or allowance, its own registration, or the vacated agreement. */
const BEHIND = [
	'PAYER_FUNDS_TOO_SMALL',
	'PAYER_ALLOWANCE_NONE',
	'PROVIDER_UNKNOWN',
	'AGREEMENT_UNKNOWN',
	'AGREEMENT_NOT_VACATED',
];

/** Providers sign for an epoch at most; clocks may differ a little. */
export const signingDeadline = async (chain: ChainClient, call?: Call): Promise<Slot> =>
	Slot((await chain.currentSlot(call)) + Math.floor(chain.env.genesis.epochLength * 0.9));

const prepare = <O extends Opening>(
	chain: ChainClient,
	{opening, nonce}: Numbered<O>,
	place: {readonly sequence: number; readonly validUntil: Slot},
): Prepared<O> => {
	const {providerId: provider, client, capacityLeaves, rate, endEpoch, repairerVk, repairOf} = opening;
	const {lockedUntil = Epoch(0), payer = null} = opening;
	const unsigned = chain.prepare(
		{
			kind: 'agreement-open',
			nonce,
			provider,
			capacityLeaves,
			rate,
			startEpoch: Epoch(0),
			endEpoch,
			lockedUntil,
			repairerVk,
			repairOf,
			payer,
		},
		{...place, witnesses: 2},
	);
	return {opening, nonce, unsigned, agreementId: agreementIdOf(chain.env, {client, provider, nonce})};
};

type Answer<O extends Opening> = {
	readonly prepared: Prepared<O>;
	readonly witness?: Witness;
	readonly error?: NodeError;
};

const askFor = async <O extends Opening>(
	chain: ChainClient,
	prepared: Prepared<O>,
	call: Call,
): Promise<Answer<O>> => {
	const {opening, unsigned} = prepared;
	try {
		const ask = (): Promise<Witness> => opening.peer.agree(unsigned.bodyBytes, call);
		return {prepared, witness: await whileBehind(chain, BEHIND, ask, call)};
	} catch (error) {
		call.signal?.throwIfAborted();
		if (error instanceof NodeError) return {prepared, error};
		throw error;
	}
};

const askAll = async <O extends Opening>(
	chain: ChainClient,
	openings: readonly Numbered<O>[],
	call: Call,
): Promise<readonly Answer<O>[]> => {
	const first = await chain.nextSequence(call);
	const validUntil = await signingDeadline(chain, call);
	return await Promise.all(
		openings.map((numbered, index) =>
			askFor(chain, prepare(chain, numbered, {sequence: first + index, validUntil}), call),
		),
	);
};

/** Hands them in up to the first that is refused: what comes after it is numbered too high then. */
const submitAll = async <O extends Opening>(
	chain: ChainClient,
	answers: readonly Answer<O>[],
	call: Call,
): Promise<{readonly begun: readonly Prepared<O>[]; readonly refused?: Declined<O>}> => {
	const begun: Prepared<O>[] = [];
	let refused: Declined<O> | undefined;
	for (const {prepared, witness} of answers)
		try {
			await chain.submit(prepared.unsigned, witness === undefined ? [] : [witness], call);
			begun.push(prepared);
		} catch (error) {
			if (!(error instanceof NodeError) || error.code !== 'TRANSACTION_REFUSED') throw error;
			refused = {opening: prepared.opening, error};
			break;
		}
	await chain.included(
		begun.map(({unsigned}) => unsigned),
		call,
	);
	return {begun, ...(refused && {refused})};
};

/**
 * Opens agreements with those providers that sign, and waits until they are in blocks. Throws AGREEMENTS_TOO_FEW when
 * fewer than `atLeast` sign; nothing has been submitted then. With `atLeast` 0 nobody need sign, and
 * what the chain refuses is left out too.
 */
export const openAgreements = async <O extends Opening>(
	{chain, entropy}: {readonly chain: ChainClient; readonly entropy: Entropy},
	openings: readonly O[],
	{atLeast, ...call}: {readonly atLeast: number} & Call,
): Promise<{readonly opened: readonly Opened<O>[]; readonly declined: readonly Declined<O>[]}> => {
	const opened: Opened<O>[] = [];
	const declined: Declined<O>[] = [];
	// 48 random bits: agreements of one client with one provider are told apart by them. They stay the same when a provider
	// is asked again, so that it need not keep room for both.
	let left: readonly Numbered<O>[] = openings.map(opening => ({
		opening,
		nonce: entropy.bytes(6).reduce((sum, byte) => sum * 256 + byte, 0),
	}));
	const roundsMax = atLeast === 0 ? openings.length : ROUNDS_MAX;
	for (let round = 0; round < roundsMax && left.length >= Math.max(1, atLeast); round++) {
		const answers = await askAll(chain, left, call);
		for (const {prepared, error} of answers)
			if (error !== undefined) declined.push({opening: prepared.opening, error});
		left = answers.flatMap(({prepared, witness}) => (witness === undefined ? [] : prepared));
		if (left.length < answers.length) continue;
		const {begun, refused} = await submitAll(chain, answers, call);
		opened.push(...begun);
		if (refused === undefined) return {opened, declined};
		if (atLeast > 0) throw refused.error;
		declined.push(refused);
		left = left.slice(begun.length + 1);
	}
	if (atLeast === 0) return {opened, declined};
	throw new NodeError({
		code: 'AGREEMENTS_TOO_FEW',
		message: `Only ${left.length} providers agree where ${atLeast} are needed: offer more, or wait for more providers.`,
		agreed: left.length,
		needed: atLeast,
		reasons: declined.map(({error}) => error.detail['reason'] ?? error.code),
	});
};
