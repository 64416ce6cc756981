/** Limits on rates, where bytes go over a session: on either side, either way. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {createMemoryNetwork} from '#transport/memory';
import {RateLimiter} from '#transport/rate-limiter';
import type {SessionOptions} from '#transport/session-options';
import {bodyOf} from '#transport/transport';
import {createManualTimer, type ManualTimer} from './support/manual-timer.ts';

const KIB = 1024;
const RATE = 256 * KIB;
const HOST = {host: 'far', port: 1};
const STEP_MS = 50;

type Limits = Pick<SessionOptions, 'uplink' | 'downlink'>;

/** Sends a body there and back; returns how long that took in virtual time. */
const thereAndBack = async (
	timer: ManualTimer,
	bytes: Uint8Array,
	{client = {}, server = {}}: {readonly client?: Limits; readonly server?: Limits},
): Promise<number> => {
	const network = createMemoryNetwork();
	const {after} = timer;
	// Whoever holds its bytes back would see a stall where the other side is still patient.
	const patience = (limits: Limits) => ({after, stallMs: Object.keys(limits).length > 0 ? 500 : 5000});
	const near = network.transport(new Uint8Array(32).fill(1), {...patience(client), ...client});
	const far = network.transport(new Uint8Array(32).fill(2), {...patience(server), ...server});
	const listener = await far.listen(HOST, async ({head, body}) => ({head, body: bodyOf(body.slice())}));
	const session = await near.connect({endpoint: HOST, key: far.key});
	let isDone = false;
	const answered = session
		.request({head: Uint8Array.of(1), body: bodyOf(bytes)}, {bodyBytesMax: bytes.length})
		.finally(() => {
			isDone = true;
		});
	let elapsedMs = 0;
	while (!isDone) {
		for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
		timer.advance(STEP_MS);
		elapsedMs += STEP_MS;
	}
	const {body} = await answered;
	session.close();
	await listener.close();
	return Buffer.compare(body, bytes) === 0 ? elapsedMs : Number.NaN;
};

const sides = [
	['what a client sends', limiter => ({client: {uplink: limiter}})],
	['what a client takes in', limiter => ({client: {downlink: limiter}})],
	['what a provider sends', limiter => ({server: {uplink: limiter}})],
	['what a provider takes in', limiter => ({server: {downlink: limiter}})],
] as const satisfies readonly (readonly [string, (limiter: RateLimiter) => object])[];

for (const [what, limits] of sides)
	test(`${what} keeps to its rate, and whoever keeps to it is not taken for one that stalls`, async t => {
		const timer = createManualTimer();
		const bytes = new Uint8Array(randomBytes(1024 * KIB));
		const elapsedMs = await thereAndBack(timer, bytes, limits(new RateLimiter(RATE, timer.after)));
		// All but what is let through at once, before anything is owed.
		t.true(elapsedMs >= ((bytes.length - RATE) / RATE) * 1000, `${elapsedMs} ms`);
	});

test('connections that share a limit share its rate', async t => {
	const timer = createManualTimer();
	const limiter = new RateLimiter(RATE, timer.after);
	const bytes = new Uint8Array(randomBytes(512 * KIB));
	const took = await Promise.all([0, 1].map(() => thereAndBack(timer, bytes, {client: {uplink: limiter}})));
	// Both turn the same timer, each by as much as the other: the slower one counts half of the time.
	t.true(Math.max(...took) * 2 >= ((2 * bytes.length - 2 * RATE) / RATE) * 1000, String(took));
});
