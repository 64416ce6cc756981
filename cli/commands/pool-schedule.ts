import process from 'node:process';
import type {LeaderDraw} from '#consensus/leader/leader-slots';
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {equalBytes, fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {parseRatio, type Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {readSigningKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {createVrfEvaluator} from '#node/adapters/native-vrf-prove';
import type {EpochName, LeadershipView, ScheduleView} from '#node/ports/forging-api';
import {drawLeaderSlots} from '#node/services/forge/leader-schedule';
import type {Answer, Options, Verb} from '../answer.ts';
import {createProgress} from '../demo/progress.ts';
import {utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {findPool} from './pool-views.ts';

const epochOption = (options: Options): EpochName => {
	if ((options['current'] === true) !== (options['next'] === true))
		return options['next'] === true ? 'next' : 'current';
	throw new NodeError({code: 'OPTION_MISSING', message: 'Say which epoch: --current or --next.'});
};

const ratioOf = (text: string): Ratio => {
	const ratio = parseRatio(text);
	if (ratio !== undefined) return ratio;
	throw new NodeError({code: 'CONTROL_BAD_ANSWER', message: `The node says "${text}" for a ratio.`});
};

const breathe = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** The draws are made here, in this process: a node that runs has other work, and needs no secret for it. */
const drawHere = async (
	options: Options,
	leadership: LeadershipView,
	signal: AbortSignal,
): Promise<readonly number[]> => {
	const crypto = await createNativeCrypto();
	const file = textOption(options, 'vrfKey');
	const {seed, verificationKey} = await readSigningKey(crypto, file, 'vrf');
	if (!equalBytes(crypto.blake2b256(verificationKey), fromHex(leadership.vrfKeyHash)))
		throw new NodeError({
			code: 'VRF_KEY_WRONG',
			file,
			message: `${file} is not the VRF key that pool ${leadership.pool} leads with in that epoch.`,
		});
	const {epochNonce, stake, activeSlotCoefficient, firstSlot, lastSlot} = leadership;
	const draw: LeaderDraw = {
		vrfOutputOf: createVrfEvaluator(seed),
		epochNonce: epochNonce === null ? 'neutral' : Hash32(fromHex(epochNonce)),
		threshold: leaderThreshold(ratioOf(stake), ratioOf(activeSlotCoefficient)),
	};
	seed.fill(0);
	const progress = createProgress({
		label: `epoch ${leadership.epoch}`,
		total: lastSlot - firstSlot + 1,
		unit: 'slots',
		line: () => undefined,
		terminal: process.stderr.isTTY === true && options['json'] !== true,
	});
	const range = {firstSlot: Slot(firstSlot), lastSlot: Slot(lastSlot)};
	const slots = await drawLeaderSlots(crypto, range, draw, {breathe, signal, progress: progress.advance});
	progress.finish();
	return slots;
};

type TimedSlot = {readonly slot: number; readonly atMs: number; readonly at: string};

const answer = (schedule: ScheduleView): Answer => {
	const {epoch, firstSlot, lastSlot, stake, isFinal, systemStartMs, slotMs, slots} = schedule;
	const timed: readonly TimedSlot[] = slots.map(slot => {
		const atMs = systemStartMs + slot * slotMs;
		return {slot, atMs, at: new Date(atMs).toISOString()};
	});
	const rows = timed.map(({slot, atMs}) => [String(slot), String(slot - firstSlot), utc(atMs)]);
	const warning = isFinal
		? ''
		: '\nnot final yet: a roll back of less than k blocks could still change the nonce';
	return {
		data: {...schedule, slots: timed},
		text: `epoch ${epoch}: slots ${firstSlot} to ${lastSlot}, stake ${stake}, leader of ${slots.length}${warning}\n\n${table(['>slot', '>in epoch', 'time'], rows)}`,
	};
};

export const poolSchedule: Verb = async (_words, options, signal) => {
	const name = epochOption(options);
	const node = await openNode(options);
	if (options['vrfKey'] === undefined) return answer(await node.schedule(name, {signal}));
	const {id} = await findPool(textOption(options, 'pool'), options, signal);
	const {certificateCounter, ...leadership} = await node.leadership(id, name, {signal});
	const slots = await drawHere(options, {certificateCounter, ...leadership}, signal);
	return answer({...leadership, slots});
};
