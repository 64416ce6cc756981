/**
 * What Byron's headers are judged with and change: whom the genesis keys let sign, and who signed the last k blocks (cardano-ledger,
 * `Cardano.Chain.Delegation.Validation`; ouroboros-consensus, `Protocol.PBFT`). Keys of the genesis are known by their place in its list.
 */
import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, list, record, uint} from '#kernel/cbor/codec';
import {err, ok, type Result} from '#kernel/result';
import type {ByronGenesisKey} from './byron-genesis.ts';
import {type ByronCertificate, isByronCertificate} from './byron-signature.ts';

type Scheduled = {
	/** When it comes into force. */
	readonly slot: number;
	readonly key: number;
	readonly delegateVk: Uint8Array;
};

export type ByronState = {
	/** Of each genesis key: who signs for it, and since which slot. */
	readonly delegates: readonly {readonly delegateVk: Uint8Array; readonly since: number}[];
	readonly scheduled: readonly Scheduled[];
	/** Epochs, from the present one on, that a key has delegated in. */
	readonly delegated: readonly {readonly epoch: number; readonly key: number}[];
	/** Of the last blocks, k at the most: for which key each was signed. */
	readonly signers: Uint8Array;
};

export type ByronSignerFailure =
	/** No genesis key lets that key sign at that slot, or another one than the header says. */
	| {readonly code: 'BYRON_SIGNER_NOT_DELEGATE'; readonly slot: number}
	| {readonly code: 'BYRON_SIGNER_TOO_OFTEN'; readonly signed: number; readonly allowed: number};

export type ByronDelegationFailure =
	| {readonly code: 'BYRON_DELEGATION_NOT_GENESIS'}
	| {readonly code: 'BYRON_DELEGATION_EPOCH_WRONG'; readonly epoch: number; readonly current: number}
	| {readonly code: 'BYRON_DELEGATION_TWICE'; readonly epoch: number}
	| {readonly code: 'BYRON_DELEGATION_INVALID'};

export type ByronRules = {
	readonly k: number;
	readonly networkMagic: number;
	readonly keys: readonly ByronGenesisKey[];
};

/** cardano-node's threshold where its configuration says nothing, as on all public networks: 0.22. */
const THRESHOLD_PERCENT = 22;
const EPOCH_K = 10;
const ACTIVATION_K = 2;

/** The state before the first block: delegations of the genesis are in force, and count for epoch 0. */
export const genesisByronState = (keys: readonly ByronGenesisKey[]): ByronState => ({
	delegates: keys.map(({delegateVk}) => ({delegateVk, since: 0})),
	scheduled: [],
	delegated: keys.map((_, key) => ({epoch: 0, key})),
	signers: new Uint8Array(),
});

/** As a block in that slot meets it: what was scheduled for that time is in force. A key signs for one genesis key only. */
export const tickByron = (state: ByronState, {k}: Pick<ByronRules, 'k'>, slot: number): ByronState => {
	const epoch = Math.floor(slot / (EPOCH_K * k));
	const due = state.scheduled.filter(each => each.slot <= slot);
	const delegated = state.delegated.every(each => each.epoch >= epoch)
		? state.delegated
		: state.delegated.filter(each => each.epoch >= epoch);
	if (due.length === 0) return delegated === state.delegated ? state : {...state, delegated};
	const delegates = [...state.delegates];
	for (const {slot: since, key, delegateVk} of due) {
		const isTaken = delegates.some(each => equalBytes(each.delegateVk, delegateVk));
		const before = delegates[key]?.since ?? 0;
		if (!isTaken && before < since) delegates[key] = {delegateVk, since};
	}
	return {...state, delegates, delegated, scheduled: state.scheduled.filter(each => each.slot > slot)};
};

/** Notes a block by a delegate, in a state that was ticked. */
export const signByron = (
	state: ByronState,
	{k, keys}: Pick<ByronRules, 'k' | 'keys'>,
	{issuerVk, delegateVk}: Pick<ByronCertificate, 'issuerVk' | 'delegateVk'>,
	slot: number,
): Result<ByronState, ByronSignerFailure> => {
	const key = state.delegates.findIndex(each => equalBytes(each.delegateVk, delegateVk));
	const issuer = keys[key];
	if (issuer === undefined || !equalBytes(issuer.issuerVk, issuerVk))
		return err({code: 'BYRON_SIGNER_NOT_DELEGATE', slot});
	const kept = state.signers.subarray(Math.max(0, state.signers.length + 1 - k));
	const signers = new Uint8Array(kept.length + 1);
	signers.set(kept);
	signers[kept.length] = key;
	let signed = 0;
	for (const signer of signers) if (signer === key) signed++;
	const allowed = Math.floor((THRESHOLD_PERCENT * k) / 100);
	if (signed > allowed) return err({code: 'BYRON_SIGNER_TOO_OFTEN', signed, allowed});
	return ok({...state, signers});
};

/** Takes up a delegation of a block's body: it comes into force 2k slots later. */
export const delegateByron = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	{k, networkMagic, keys}: ByronRules,
	state: ByronState,
	{certificate, slot}: {readonly certificate: ByronCertificate; readonly slot: number},
): Result<ByronState, ByronDelegationFailure> => {
	const {epoch, issuerVk, delegateVk} = certificate;
	const key = keys.findIndex(each => equalBytes(each.issuerVk, issuerVk));
	if (key < 0) return err({code: 'BYRON_DELEGATION_NOT_GENESIS'});
	const current = Math.floor(slot / (EPOCH_K * k));
	if (epoch !== current && epoch !== current + 1)
		return err({code: 'BYRON_DELEGATION_EPOCH_WRONG', epoch, current});
	const activation = slot + ACTIVATION_K * k;
	const isTwice =
		state.delegated.some(each => each.epoch === epoch && each.key === key) ||
		state.scheduled.some(each => each.slot === activation && each.key === key);
	if (isTwice) return err({code: 'BYRON_DELEGATION_TWICE', epoch});
	if (!isByronCertificate(crypto, networkMagic, certificate)) return err({code: 'BYRON_DELEGATION_INVALID'});
	return ok({
		...state,
		delegated: [...state.delegated, {epoch, key}],
		scheduled: [...state.scheduled, {slot: activation, key, delegateVk}],
	});
};

const KEYS_MAX = 255;
/** Two for each key: the present epoch and the next one. */
const DELEGATIONS_MAX = 4 * KEYS_MAX;
const SIGNERS_MAX = 65_536;
const key = bytes(64);
const keyIndex = uint(KEYS_MAX);

export const byronStateCodec: Codec<ByronState> = record({
	delegates: list(record({delegateVk: key, since: uint()}), KEYS_MAX),
	scheduled: list(record({slot: uint(), key: keyIndex, delegateVk: key}), DELEGATIONS_MAX),
	delegated: list(record({epoch: uint(), key: keyIndex}), DELEGATIONS_MAX),
	signers: bytesBetween(0, SIGNERS_MAX),
});
