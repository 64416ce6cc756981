import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {parsePoolId} from '#consensus/cardano/pool-id-text';
import type {Nonce} from '#consensus/nonce/nonce';
import {parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Ratio} from '#kernel/ratio';
import {readSigningKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {createVrfEvaluator} from '#node/adapters/native-vrf-prove';
import {writeFileAtomically} from '#node/adapters/private-file';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {type ChainSource, firstSlot, nonceHex, openSource} from '../cncli/chain-source.ts';
import {cncliVerb} from '../cncli/cncli-answer.ts';
import {
	type AssignedSlot,
	CONSENSUS,
	type Consensus,
	leaderTest,
	outcomeOf,
	timeIn,
} from '../cncli/leader-log.ts';
import {createProgress} from '../demo/progress.ts';
import {textOption} from '../sending.ts';
import {epochOption} from './cncli-chain.ts';

const malformed = (message: string, cause?: unknown): NodeError =>
	new NodeError({code: 'OPTION_MALFORMED', message}, {cause});

const lovelaceOption = (options: Options, name: string, flag: string): bigint => {
	const text = textOption(options, name);
	if (/^\d{1,20}$/.test(text)) return BigInt(text);
	throw malformed(`${flag} wants lovelace in decimal, not "${text}".`);
};

type PoolStake = {readonly stake: bigint; readonly total: bigint};

/** As given; of our own chain, from its snapshots. Throws OPTION_MISSING and OPTION_MALFORMED. */
const stakeOption = async (
	options: Options,
	source: ChainSource,
	epoch: number,
	poolId: string,
): Promise<PoolStake> => {
	const isGiven = options['poolStake'] !== undefined || options['activeStake'] !== undefined;
	const known = isGiven ? undefined : await source.stake?.(epoch, poolId);
	if (known !== undefined) return known;
	const stake = lovelaceOption(options, 'poolStake', '--pool-stake');
	const total = lovelaceOption(options, 'activeStake', '--active-stake');
	if (total > 0n && stake <= total) return {stake, total};
	throw malformed('--pool-stake is a part of --active-stake.');
};

const consensusOption = (options: Options): Consensus => {
	const found = CONSENSUS.find(name => name === (options['consensus'] ?? 'praos'));
	if (found !== undefined) return found;
	throw malformed(`--consensus wants ${CONSENSUS.join(', ')}.`);
};

/** Two decimals, as CNCLI rounds. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

const nonceOption = (options: Options): Nonce | undefined => {
	const text = optionalText(options, 'nonce');
	if (text === undefined) return undefined;
	const bytes = text.length === 64 ? parseHex(text) : undefined;
	if (bytes !== undefined) return Hash32(bytes);
	throw malformed('--nonce wants 32 bytes in hexadecimal.');
};

const zoneOption = (options: Options): string => {
	const zone = optionalText(options, 'tz') ?? 'UTC';
	try {
		timeIn(zone, 0);
		return zone;
	} catch (cause) {
		throw malformed(`--tz: there is no time zone "${zone}".`, cause);
	}
};

const SLOTS_AT_ONCE = 16;

/** Draws slot by slot, and lets go of the thread now and then. */
const draw = async (
	{from, count, label}: {readonly from: number; readonly count: number; readonly label: string},
	leads: (slot: number) => boolean,
	signal: AbortSignal,
): Promise<readonly number[]> => {
	const terminal = process.stderr.isTTY === true;
	const progress = createProgress({label, total: count, unit: 'slots', line: () => undefined, terminal});
	const slots: number[] = [];
	for (let index = 0; index < count; index++) {
		if (index % SLOTS_AT_ONCE === 0) {
			signal.throwIfAborted();
			progress.advance(index);
			await new Promise<void>(resolve => setImmediate(resolve));
		}
		if (leads(from + index)) slots.push(from + index);
	}
	progress.finish();
	return slots;
};

/** Where `sendslots` finds it. The slots are the pool's secret until they have come. */
export const leaderLogFile = (folder: string, epoch: number, poolId: string): string =>
	path.join(folder, 'leaderlog', `${epoch}-${poolId}.json`);

const keep = async (
	source: ChainSource,
	epoch: number,
	poolId: string,
	slots: readonly number[],
): Promise<void> => {
	const file = leaderLogFile(source.folder, epoch, poolId);
	await mkdir(path.dirname(file), {recursive: true, mode: 0o700});
	await writeFileAtomically(file, `${JSON.stringify({epoch, poolId, slots})}\n`);
};

const leaderLog = async (options: Options, signal: AbortSignal): Promise<unknown> => {
	const source = await openSource(options, signal);
	const {time, tipSlot} = source;
	const epoch = epochOption(options, source);
	const consensus = consensusOption(options);
	const zone = zoneOption(options);
	const pool = parsePoolId(textOption(options, 'poolId'));
	if (pool === undefined) throw malformed('--pool-id wants a pool id.');
	const poolId = toHex(pool);
	const {stake, total} = await stakeOption(options, source, epoch, poolId);
	if (Number(options['d'] ?? 0) !== 0)
		throw malformed(
			'--d: since 2021 all slots are the pools’ on every public network; other values are not known.',
		);
	const nonce = nonceOption(options) ?? (await source.nonce(epoch));
	const sigma = Ratio(stake, total);
	const crypto = await createNativeCrypto();
	const {seed} = await readSigningKey(crypto, textOption(options, 'poolVrfSkey'), 'vrf');
	const vrfOutputOf = createVrfEvaluator(seed);
	seed.fill(0);
	const from = firstSlot(time, epoch);
	const leads = leaderTest(crypto, {consensus, nonce, sigma, f: time.f, vrfOutputOf});
	const slots = await draw({from, count: time.epochLength, label: `epoch ${epoch}`}, leads, signal);
	await keep(source, epoch, poolId, slots);
	const blocks = await source.slots(from, from + time.epochLength - 1);
	const used = new Map(blocks.map(block => [block.slot, block]));
	const share = Number(stake) / Number(total);
	const f = Number(time.f.numerator) / Number(time.f.denominator);
	const ideal = rounded(share * time.epochLength * f);
	return {
		status: 'ok',
		epoch,
		epochNonce: nonceHex(nonce),
		consensus,
		epochSlots: slots.length,
		epochSlotsIdeal: ideal,
		maxPerformance: ideal === 0 ? 0 : rounded((slots.length / ideal) * 100),
		poolId,
		sigma: share,
		activeStake: Number(stake),
		totalActiveStake: Number(total),
		d: 0,
		f,
		assignedSlots: slots.map(
			(slot, index): AssignedSlot => ({
				no: index + 1,
				slot,
				slotInEpoch: slot - from,
				at: timeIn(zone, time.systemStartMs + slot * time.slotLengthMs),
				...outcomeOf(slot, poolId, {tipSlot, used}),
			}),
		),
	};
};

export const cncliLeaderlog: Verb = cncliVerb(leaderLog);
