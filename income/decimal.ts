/** Decimal texts as whole numbers of their smallest unit: money and energy are never floats. */

const DIGITS_MAX = 18;

/** `12.5` with 6 decimals is 12,500,000. undefined when it is no such number, or finer than the unit. Never negative. */
export const parseDecimal = (text: string, decimals: number): bigint | undefined => {
	const [, whole, part = ''] = /^(\d+)(?:\.(\d*))?$/.exec(text.trim()) ?? [];
	if (whole === undefined || whole.length > DIGITS_MAX) return undefined;
	const fraction = part.replace(/0+$/, '');
	return fraction.length > decimals ? undefined : BigInt(whole + fraction.padEnd(decimals, '0'));
};

/** The shortest text of it: without zeros at the end of the fraction, but with `fractionMin` digits of it. */
export const decimalText = (value: bigint, decimals: number, fractionMin = 0): string => {
	const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
	const whole = digits.slice(0, digits.length - decimals);
	const fraction = digits
		.slice(digits.length - decimals)
		.replace(/0+$/, '')
		.padEnd(fractionMin, '0');
	return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
};
