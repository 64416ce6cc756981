/**
 * Answers as cardano-cli reads them. Of `EraSummary` and its parts: ouroboros-consensus, `HardFork.History.Summary` and `EraParams`; of the
 * time: cardano-slotting, `SystemStart` and `RelativeTime`; the golden files of ouroboros-consensus are vectors of the tests.
 */
import {encode} from '#kernel/cbor/codec';
import {CborWriter} from '#kernel/cbor/writer';
import type {EraBound, EraSummary} from '#kernel/era-summary';
import type {Point, Tip} from '#kernel/point';
import {pointCodec} from '../wire.ts';
import type {AnsweredQuery} from './queries.ts';

/** What a client has acquired. */
export type LocalState = {
	readonly tip: Exclude<Tip, 'origin'>;
	/** 0 is Byron. */
	readonly era: number;
	readonly epoch: number;
	readonly systemStartMs: number;
	/** From Byron to `era`. */
	readonly eras: readonly EraSummary[];
};

const ERA_NAMES = ['Byron', 'Shelley', 'Allegra', 'Mary', 'Alonzo', 'Babbage', 'Conway'];
const PICOSECONDS_A_MS = 1_000_000_000n;
const DAY_MS = 86_400_000;
const WORD64_MAX = 0xff_ff_ff_ff_ff_ff_ff_ffn;
const BIGNUM = 2;

/** An unsigned `Integer`: mainnet's times in picoseconds have more than 64 bits. */
const writeInteger = (writer: CborWriter, value: bigint): void => {
	if (value <= WORD64_MAX) {
		writer.uint(value);
		return;
	}
	const hex = value.toString(16);
	const even = hex.length % 2 === 0 ? hex : `0${hex}`;
	const bytes = Uint8Array.from({length: even.length / 2}, (_, index) =>
		Number.parseInt(even.slice(2 * index, 2 * index + 2), 16),
	);
	writer.tag(BIGNUM).bytes(bytes);
};

/**
 * Three fields, as all nodes until 2025 wrote it. Newer ones add the next round of Peras as a fourth and read both, older clients
 * read three only.
 */
const writeBound = (writer: CborWriter, {timeMs, slot, epoch}: EraBound): void => {
	writer.array(3);
	writeInteger(writer, BigInt(timeMs) * PICOSECONDS_A_MS);
	writer.uint(slot).uint(epoch);
};

const writeSummary = (writer: CborWriter, summary: EraSummary): void => {
	const {start, end, epochLength, slotLengthMs, safeZone} = summary;
	writer.array(3);
	writeBound(writer, start);
	writeBound(writer, end);
	writer.array(4).uint(epochLength).uint(slotLengthMs);
	// `[0]` stands where the epoch was that an era could not end before.
	writer.array(3).uint(0).uint(safeZone).array(1).uint(0);
	writer.uint(safeZone);
};

const daysOf = (year: number): number =>
	(year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 366 : 365;

/** `[year, day of the year from 1, picoseconds of the day]`, of the Gregorian calendar in UTC, from 1970 on. */
const writeUtcTime = (writer: CborWriter, timeMs: number): void => {
	let year = 1970;
	let day = Math.floor(timeMs / DAY_MS);
	for (; day >= daysOf(year); year++) day -= daysOf(year);
	writer
		.array(3)
		.uint(year)
		.uint(day + 1);
	writeInteger(writer, BigInt(timeMs % DAY_MS) * PICOSECONDS_A_MS);
};

/** The query was of another era than the state: `[[era, name] of the query, [era, name] of the state]`. */
const writeMismatch = (writer: CborWriter, asked: number, actual: number): void => {
	writer.array(2);
	for (const era of [asked, actual])
		writer
			.array(2)
			.uint(era)
			.text(ERA_NAMES[era] ?? 'later');
};

const point = pointCodec(32);
const pointOf = ({slot, hash}: Exclude<Tip, 'origin'>): Point => ({slot, hash});

const writeOfEra = (
	writer: CborWriter,
	state: LocalState,
	{kind, era}: Extract<AnsweredQuery, {kind: 'ledgerTip' | 'epochNo'}>,
): void => {
	if (era !== state.era) {
		writeMismatch(writer, era, state.era);
		return;
	}
	writer.array(1);
	if (kind === 'epochNo') writer.uint(state.epoch);
	else writer.raw(encode(point, pointOf(state.tip)));
};

const writeAnswer = (writer: CborWriter, state: LocalState, query: AnsweredQuery): void => {
	switch (query.kind) {
		case 'systemStart':
			writeUtcTime(writer, state.systemStartMs);
			return;
		case 'chainBlockNo':
			// `[0]` would be the empty chain, which cannot be acquired here.
			writer.array(2).uint(1).uint(state.tip.blockNo);
			return;
		case 'chainPoint':
			writer.raw(encode(point, pointOf(state.tip)));
			return;
		case 'currentEra':
			writer.uint(state.era);
			return;
		case 'eraHistory':
			writer.arrayIndefinite();
			for (const summary of state.eras) writeSummary(writer, summary);
			writer.break();
			return;
		case 'eraStart': {
			const summary = state.eras[query.era];
			writer.array(summary === undefined ? 0 : 1);
			if (summary !== undefined) writeBound(writer, summary.start);
			return;
		}
		case 'ledgerTip':
		case 'epochNo':
			writeOfEra(writer, state, query);
	}
};

export const answerLocalQuery = (state: LocalState, query: AnsweredQuery): Uint8Array => {
	const writer = new CborWriter();
	writeAnswer(writer, state, query);
	return writer.finish();
};
