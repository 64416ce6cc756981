/** One header of Byron against its parent (ouroboros-consensus, `Byron.Ledger.HeaderValidation`, `Protocol.PBFT`). */
import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {type ByronHeader, byronSlotOf} from './byron-header.ts';
import {byronBlockMessage, isByronBlockSignature, isByronCertificate} from './byron-signature.ts';
import {type ByronSignerFailure, type ByronState, signByron, tickByron} from './byron-state.ts';
import type {ByronFacts} from './cardano-network.ts';
import type {TrustLevel} from './trust-level.ts';

/** A header with its place on the chain. Boundary blocks have the number of the block before them. */
export type PlacedByronHeader = ByronHeader & {readonly blockNo: BlockNo; readonly slot: Slot};

export type ByronParent = {
	readonly hash: HeaderHash;
	/** Undefined where only hash and slot are known; before the first block -1. */
	readonly blockNo: number | undefined;
	readonly slot: number;
	/** Undefined where it is not known. */
	readonly isBoundary: boolean | undefined;
	/** Undefined after a start point in the middle: delegations before it are not known. */
	readonly state: ByronState | undefined;
};

export type ByronHeaderFailure =
	| ByronSignerFailure
	| {readonly code: 'BYRON_MAGIC_OTHER'; readonly found: number; readonly expected: number}
	| {readonly code: 'BYRON_PARENT_OTHER'}
	| {readonly code: 'BYRON_DIFFICULTY_WRONG'; readonly found: number; readonly expected: number}
	| {readonly code: 'BYRON_SLOT_IN_EPOCH_WRONG'; readonly slotInEpoch: number; readonly epochLength: number}
	| {readonly code: 'BYRON_SLOT_NOT_AFTER_PARENT'; readonly slot: number; readonly parentSlot: number}
	| {readonly code: 'BYRON_ISSUER_NOT_GENESIS'}
	| {readonly code: 'BYRON_CERTIFICATE_INVALID'}
	| {readonly code: 'BYRON_SIGNATURE_INVALID'};

export type JudgedByronHeader = {
	readonly header: PlacedByronHeader;
	readonly state: ByronState | undefined;
	readonly level: TrustLevel;
};

type Network = {readonly magic: number; readonly byron: ByronFacts};

/** A main block counts one more than its parent, a boundary block as many; after another boundary block, which is not on any public chain, one more. */
const expectedNumber = (
	{blockNo, isBoundary}: ByronParent,
	kind: ByronHeader['kind'],
): number | undefined => {
	if (blockNo === undefined || (kind === 'boundary' && isBoundary === undefined)) return undefined;
	return kind === 'boundary' && isBoundary === false ? blockNo : blockNo + 1;
};

const checkEnvelope = (
	{magic, byron}: Network,
	parent: ByronParent,
	header: ByronHeader,
	slot: number,
): Result<undefined, ByronHeaderFailure> => {
	const {networkMagic, difficulty, kind} = header;
	if (networkMagic !== magic) return err({code: 'BYRON_MAGIC_OTHER', found: networkMagic, expected: magic});
	if (!equalBytes(header.prevHash, parent.hash)) return err({code: 'BYRON_PARENT_OTHER'});
	const expected = expectedNumber(parent, kind);
	if (expected !== undefined && difficulty !== expected)
		return err({code: 'BYRON_DIFFICULTY_WRONG', found: difficulty, expected});
	const epochLength = 10 * byron.k;
	if (kind === 'main' && header.slotInEpoch >= epochLength)
		return err({code: 'BYRON_SLOT_IN_EPOCH_WRONG', slotInEpoch: header.slotInEpoch, epochLength});
	const mayShare = kind === 'main' && parent.isBoundary !== false;
	if (slot < parent.slot || (slot === parent.slot && !mayShare))
		return err({code: 'BYRON_SLOT_NOT_AFTER_PARENT', slot, parentSlot: parent.slot});
	return ok(undefined);
};

const checkSignatures = (
	crypto: Crypto,
	{magic, byron: {keys}}: Network,
	{signed}: Extract<ByronHeader, {kind: 'main'}>,
): Result<undefined, ByronHeaderFailure> => {
	const {certificate, leaderVk, signature, fields} = signed;
	const {issuerVk, delegateVk} = certificate;
	if (keys !== undefined && !keys.some(key => equalBytes(key.issuerVk, issuerVk)))
		return err({code: 'BYRON_ISSUER_NOT_GENESIS'});
	if (!equalBytes(leaderVk, issuerVk) || !isByronCertificate(crypto, magic, certificate))
		return err({code: 'BYRON_CERTIFICATE_INVALID'});
	return isByronBlockSignature(crypto, signature, byronBlockMessage(magic, issuerVk, fields), delegateVk)
		? ok(undefined)
		: err({code: 'BYRON_SIGNATURE_INVALID'});
};

/** The state after a header: without its signatures, and before its body. Undefined stays so. */
export const byronStateAfter = (
	{byron: {k, keys}}: Pick<Network, 'byron'>,
	state: ByronState | undefined,
	header: PlacedByronHeader,
): Result<ByronState | undefined, ByronSignerFailure> => {
	if (state === undefined || keys === undefined) return ok(undefined);
	const ticked = tickByron(state, {k}, header.slot);
	if (header.kind === 'boundary') return ok(ticked);
	return signByron(ticked, {k, keys}, header.signed.certificate, header.slot);
};

/**
 * Judges a header as the next one after `parent`. A main block has level `leadership` where delegations and signers since the first block are
 * known; a boundary block never more than `chain`, because nobody signed it: the main block after it is what speaks for it.
 */
export const judgeByronHeader = (
	crypto: Crypto,
	network: Network,
	parent: ByronParent,
	header: ByronHeader,
): Result<JudgedByronHeader, ByronHeaderFailure> => {
	const slot = byronSlotOf(header, network.byron.k);
	const envelope = checkEnvelope(network, parent, header, slot);
	if (!envelope.ok) return envelope;
	const placed = {...header, blockNo: BlockNo(header.difficulty), slot: Slot(slot)};
	if (header.kind === 'main') {
		const signed = checkSignatures(crypto, network, header);
		if (!signed.ok) return signed;
	}
	const after = byronStateAfter(network, parent.state, placed);
	if (!after.ok) return after;
	const signedLevel = after.value === undefined ? 'certificate' : 'leadership';
	return ok({header: placed, state: after.value, level: header.kind === 'main' ? signedLevel : 'chain'});
};
