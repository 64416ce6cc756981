/** Who was left and why, for a while that grows each time. Pure. */
import type {NodeError} from '#kernel/node-error';

/** `late`: the peer keeps others waiting, which may be its line, or we differ and nobody knows who is right. `wrong`: it sent what nobody honest sends. */
export type Gravity = 'late' | 'wrong';

export type Blame = {readonly code: string; readonly gravity: Gravity};

export type Offence = Blame & {
	/** In a row, without a good while in between. */
	readonly times: number;
	/** The peer is not dialled or followed before. */
	readonly untilMs: number;
};

/** By address, or by whatever a peer is known by. */
export type Offences = ReadonlyMap<string, Offence>;

const LATE_MS = 10_000;
const LATE_MS_MAX = 600_000;
const WRONG_MS = 300_000;
const WRONG_MS_MAX = 86_400_000;
/** After being good for this long a peer starts anew. */
const FORGIVEN_MS = 3_600_000;
/** Who is remembered; those whose time is up first make room. */
const OFFENCES_MAX = 1_000;

const LATE_CODES: ReadonlySet<string> = new Set([
	'RELAY_PEER_LATE',
	'RELAY_FRAME_LATE',
	'SYNC_BODIES_LATE',
	'SYNC_BODIES_WITHHELD',
	'SYNC_FORK_TOO_DEEP',
	'SYNC_HEADERS_WITHHELD',
	'SYNC_HEADER_FROM_FUTURE',
]);
const BLAMELESS_CODES: ReadonlySet<string> = new Set([
	'RELAY_CLOSED',
	'RELAY_PEER_GONE',
	'RELAY_HANDLER_FAILED',
	'SYNC_PEER_SHUNNED',
]);

/** What the end of a connection says of the peer; undefined: nothing bad. Other codes are troubles of our own. */
export const blameOf = ({code}: NodeError): Blame | undefined => {
	if (BLAMELESS_CODES.has(code) || !/^(RELAY|SYNC)_/.test(code)) return undefined;
	return {code, gravity: LATE_CODES.has(code) ? 'late' : 'wrong'};
};

const waitMs = (gravity: Gravity, times: number): number => {
	const doubled = 2 ** Math.min(times - 1, 30);
	return gravity === 'late'
		? Math.min(LATE_MS * doubled, LATE_MS_MAX)
		: Math.min(WRONG_MS * doubled, WRONG_MS_MAX);
};

export const noteOffence = (offences: Offences, key: string, blame: Blame, nowMs: number): Offences => {
	const before = offences.get(key);
	const isRepeated = before !== undefined && nowMs < before.untilMs + FORGIVEN_MS;
	const times = isRepeated ? before.times + 1 : 1;
	const noted = new Map(offences);
	noted.delete(key);
	noted.set(key, {...blame, times, untilMs: nowMs + waitMs(blame.gravity, times)});
	if (noted.size > OFFENCES_MAX) {
		const [first] = [...noted].sort(([, a], [, b]) => a.untilMs - b.untilMs);
		if (first !== undefined) noted.delete(first[0]);
	}
	return noted;
};

export const isShunned = (offences: Offences, key: string, nowMs: number): boolean =>
	nowMs < (offences.get(key)?.untilMs ?? Number.NEGATIVE_INFINITY);
