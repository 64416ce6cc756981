import {checkKesPeriod, kesEvolution} from '#consensus/header/rules/check-kes-period';
import type {ConsensusParams} from '#consensus/params';
import {equalBytes} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {SignedUnder} from '#node/ports/signing-guard';
import type {HotKeyFailure} from './hot-key.ts';

/** Why a producer that runs does not go over to other keys. */
export type ChangeOfKeysFailure =
	/** A certificate with a higher number is in use, or has signed: these are from a backup. */
	| {readonly code: 'FORGE_KEYS_OLDER'; readonly counter: bigint; readonly usedCounter: bigint}
	/** Whoever changes pools starts the node again: its data folder remembers what one pool signed. */
	| {readonly code: 'FORGE_KEYS_OF_ANOTHER_POOL'; readonly issuerVk: Uint8Array}
	/** The KES key in the file is behind the one in use: it is from a backup. */
	| {readonly code: 'FORGE_KES_KEY_RESTORED'; readonly evolution: number; readonly seenEvolution: number}
	| HotKeyFailure;

export type KeysInUse = {
	/** Undefined while nothing is forged. */
	readonly keys: ForgingKeys | undefined;
	/** What the last block of this data folder was signed under. */
	readonly lastSigned: SignedUnder | undefined;
};

const isSameKeys = (a: ForgingKeys, b: ForgingKeys): boolean => {
	const [ours, theirs] = [a.operationalCertificate, b.operationalCertificate];
	return (
		ours.counter === theirs.counter &&
		ours.startPeriod === theirs.startPeriod &&
		equalBytes(ours.hotVk, theirs.hotVk) &&
		equalBytes(a.vrfVk, b.vrfVk)
	);
};

const checkNotOlder = (
	{keys, lastSigned}: KeysInUse,
	{operationalCertificate, kes}: ForgingKeys,
): Result<undefined, ChangeOfKeysFailure> => {
	const {counter, hotVk} = operationalCertificate;
	const counters = [keys?.operationalCertificate.counter ?? 0n, lastSigned?.counter ?? 0n];
	const usedCounter = counters.reduce((a, b) => (a > b ? a : b));
	if (counter < usedCounter) return err({code: 'FORGE_KEYS_OLDER', counter, usedCounter});
	if (keys === undefined || !equalBytes(keys.operationalCertificate.hotVk, hotVk)) return ok(undefined);
	const [evolution, seenEvolution] = [kes.evolution, keys.kes.evolution];
	return evolution < seenEvolution
		? err({code: 'FORGE_KES_KEY_RESTORED', evolution, seenEvolution})
		: ok(undefined);
};

/** Whether `next`, each of whose files is right by itself, may take the place of what is in use, and changes anything. */
export const judgeChangeOfKeys = (
	params: Pick<ConsensusParams, 'slotsPerKesPeriod' | 'maxKesEvolutions'>,
	inUse: KeysInUse,
	next: ForgingKeys,
	slot: Slot,
): Result<'same' | 'other', ChangeOfKeysFailure> => {
	const {keys} = inUse;
	const {issuerVk, operationalCertificate, kes} = next;
	if (keys !== undefined && !equalBytes(keys.issuerVk, issuerVk))
		return err({code: 'FORGE_KEYS_OF_ANOTHER_POOL', issuerVk});
	const notOlder = checkNotOlder(inUse, next);
	if (!notOlder.ok) return notOlder;
	if (keys !== undefined && isSameKeys(keys, next)) return ok('same');
	// Keys that could not sign now would take the place of some that can.
	const inWindow = checkKesPeriod(params, {slot, operationalCertificate});
	if (!inWindow.ok) return inWindow;
	const evolution = Number(kesEvolution(params, {slot, operationalCertificate}));
	return kes.evolution > evolution
		? err({code: 'KES_KEY_TOO_NEW', evolution, keyEvolution: kes.evolution})
		: ok('other');
};
