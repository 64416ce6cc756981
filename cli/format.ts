/** An amount of lovelace as ADA: exact, with thousands separated. */
export const ada = (lovelace: bigint): string => {
	const sign = lovelace < 0n ? '-' : '';
	const amount = lovelace < 0n ? -lovelace : lovelace;
	const whole = (amount / 1_000_000n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
	const part = (amount % 1_000_000n).toString().padStart(6, '0');
	return `${sign}${whole}.${part} ADA`;
};

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export const byteSize = (bytes: number): string => {
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < UNITS.length - 1) {
		value /= 1024;
		unit++;
	}
	return unit === 0 ? `${value} B` : `${value.toFixed(value < 10 ? 2 : 1)} ${UNITS[unit]}`;
};

export const short = (hex: string): string => (hex.length > 16 ? `${hex.slice(0, 12)}…` : hex);

const TIME_UNITS = [
	['days', 86_400_000],
	['hours', 3_600_000],
	['minutes', 60_000],
	['seconds', 1_000],
] as const;

/** `7 days`, `90 minutes`: in the largest unit that takes no fraction. */
export const duration = (ms: number): string => {
	const [unit, length] = TIME_UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
	return `${ms / length} ${unit}`;
};

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The last moment that a date can name. */
const DATE_MS_MAX = 8.64e15;

/** `2026-11-21 08:30:00 UTC` */
export const utc = (timeMs: number): string =>
	timeMs > DATE_MS_MAX
		? 'beyond all dates'
		: `${new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
