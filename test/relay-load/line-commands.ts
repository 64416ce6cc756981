/** The words of `tc` that make a line bad, in one direction. */
import type {Line} from './test-hosts.ts';

const WORD = 2 ** 32;

/** What was there before goes; a line that nothing was done to has none of it. */
export const clearLine = (device: string): readonly (readonly string[])[] => [
	['qdisc', 'del', 'dev', device, 'root'],
	['qdisc', 'del', 'dev', device, 'clsact'],
];

/** Where the kernel has netem. */
export const delayAndLose = (device: string, {delayMs, lossPercent}: Line): readonly string[] => [
	...['qdisc', 'add', 'dev', device, 'root', 'netem'],
	...['delay', `${delayMs}ms`, 'loss', `${lossPercent}%`],
];

/**
 * Drops packets by a filter, where the kernel has no netem: a program of the classic packet filter that compares a random
 * word (ancillary offset -4096 + 56), and drops (2) or goes on (-1).
 */
export const dropFilter = (lossPercent: number): string =>
	lossPercent >= 100
		? '1,6 0 0 2'
		: `4,32 0 0 ${WORD - 4_096 + 56},37 0 1 ${Math.floor(WORD * (1 - lossPercent / 100))},6 0 0 2,6 0 0 ${WORD - 1}`;

/** Where it has none: packets are lost, and none is late. */
export const loseOnly = (device: string, {lossPercent}: Line): readonly (readonly string[])[] => [
	['qdisc', 'add', 'dev', device, 'clsact'],
	...(lossPercent > 0
		? [['filter', 'add', 'dev', device, 'egress', 'bpf', 'da', 'bytecode', dropFilter(lossPercent)]]
		: []),
];
