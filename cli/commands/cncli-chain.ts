/** status, validate and nonce: what CNCLI answers from its database, from a chain that is validated and rolls back. */
import {NodeError} from '#kernel/node-error';
import type {Options, Verb} from '../answer.ts';
import {type ChainSource, epochAt, nonceHex, openSource, slotNow} from '../cncli/chain-source.ts';
import {cncliVerb, failed} from '../cncli/cncli-answer.ts';
import {countOption} from '../count-option.ts';
import {textOption} from '../sending.ts';

/** CNCLI's bound. */
export const SYNCED_SECONDS = 120;

export const lagSeconds = ({time, tipSlot}: ChainSource, nowMs: number): number =>
	tipSlot === undefined
		? Number.POSITIVE_INFINITY
		: (nowMs - (time.systemStartMs + tipSlot * time.slotLengthMs)) / 1_000;

export const cncliStatus: Verb = cncliVerb(async (options, signal) => {
	const source = await openSource(options, signal);
	return lagSeconds(source, Date.now()) < SYNCED_SECONDS ? {status: 'ok'} : failed('db not fully synced!');
});

/** The keys of this one answer have underscores, and its numbers are texts. */
export const cncliValidate: Verb = cncliVerb(async (options, signal) => {
	const source = await openSource(options, signal);
	const block = await source.block(textOption(options, 'hash').toLowerCase());
	if (block === undefined) return failed('Block not found');
	const {status, blockNumber, slotNumber, poolId, hash, prevHash, leaderVrf} = block;
	return {
		status,
		block_number: String(blockNumber),
		slot_number: String(slotNumber),
		pool_id: poolId,
		hash,
		prev_hash: prevHash,
		leader_vrf: leaderVrf,
	};
});

const SETS: ReadonlyMap<string, number> = new Map([
	['prev', -1],
	['current', 0],
	['next', 1],
]);

/** The epoch that `--epoch` or `--ledger-set` names. Throws OPTION_MALFORMED. */
export const epochOption = (options: Options, {time}: ChainSource): number => {
	const given = countOption(options, 'epoch', 10_000_000);
	if (given !== undefined) return given;
	const set = SETS.get(String(options['ledgerSet'] ?? 'current'));
	if (set === undefined)
		throw new NodeError({code: 'OPTION_MALFORMED', message: '--ledger-set wants prev, current or next.'});
	return epochAt(time, slotNow(time, Date.now())) + set;
};

/** The nonce alone, as a line. */
export const cncliNonce: Verb = cncliVerb(async (options, signal) => {
	const source = await openSource(options, signal);
	return nonceHex(await source.nonce(epochOption(options, source)));
});
