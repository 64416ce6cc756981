/** The Gregorian calendar in UTC, as arithmetic: POSIX milliseconds, no clock and no time zone. */

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
/** A twelfth of the mean Gregorian year. */
export const MEAN_MONTH_MS = 2_629_746_000;

/** A calendar month: `2026-11`. */
export type Month = string;

/** Days from 1970-01-01 to a date; years are counted from March, so that leap days stand at their end. */
const daysTo = (year: number, month: number, day: number): number => {
	const marchYear = month <= 2 ? year - 1 : year;
	const era = Math.floor(marchYear / 400);
	const yearOfEra = marchYear - era * 400;
	const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
	const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
	return era * 146_097 + dayOfEra - 719_468;
};

const nextOf = (year: number, month: number): readonly [year: number, month: number] =>
	month === 12 ? [year + 1, 1] : [year, month + 1];

const partsOf = (text: Month): readonly [year: number, month: number] => {
	const [year, month] = text.split('-').map(Number);
	return [year ?? 0, month ?? 0];
};

const monthText = (year: number, month: number): Month =>
	`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;

export const monthStartMs = (month: Month): number => daysTo(...partsOf(month), 1) * DAY_MS;
export const nextMonth = (month: Month): Month => monthText(...nextOf(...partsOf(month)));

/** The month in which a moment from 1970 to 9999 lies. */
export const monthOf = (timeMs: number): Month => {
	const days = Math.floor(timeMs / DAY_MS);
	// A first guess that is at most a year late or early.
	let year = 1970 + Math.floor(days / 365.2425);
	while (daysTo(year, 1, 1) > days) year--;
	while (daysTo(year + 1, 1, 1) <= days) year++;
	let month = 12;
	while (daysTo(year, month, 1) > days) month--;
	return monthText(year, month);
};

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|\+00:00| UTC)?)?$/;

/** `2026-11-21`, `2026-11-21 08:30`, `2026-11-21T08:30:15.5Z`: always UTC. undefined for other texts and dates that are none. */
export const parseUtc = (text: string): number | undefined => {
	const match = TIME.exec(text.trim());
	if (match === null) return undefined;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
		.slice(1, 7)
		.map(part => Number(part ?? 0));
	if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
		return undefined;
	const days = daysTo(year, month, day);
	if (days >= daysTo(...nextOf(year, month), 1)) return undefined;
	const ms = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
	return days * DAY_MS + hour * HOUR_MS + minute * 60_000 + second * 1000 + ms;
};
