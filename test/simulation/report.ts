/** What the runner says of a run. */
import type {RunOptions, RunResult} from './run-scenario.ts';
import type {TraceLine} from './world.ts';

/** The command that plays the same run again. */
export const replayCommand = ({scenario, seed, nodes, slots, events, realCrypto}: RunOptions): string =>
	[
		`npm run simulate -- --scenario ${scenario.name} --seed ${seed}`,
		...(nodes === undefined ? [] : [`--nodes ${nodes}`]),
		...(slots === undefined ? [] : [`--slots ${slots}`]),
		...(events === undefined ? [] : [`--events ${events.length === 0 ? 'none' : events.join(',')}`]),
		...(realCrypto === true ? ['--real-crypto'] : []),
	].join(' ');

const traceLine = ({slot, who, what}: TraceLine): string =>
	`  ${slot.toFixed(2).padStart(9)}  ${who.padEnd(10)}  ${what}`;

/** The last lines of what happened. */
export const traceText = (trace: readonly TraceLine[], count: number): string =>
	trace.slice(-count).map(traceLine).join('\n');

export const summaryLine = (result: RunResult): string => {
	const {scenario, seed, size, violation, blocks, agreedAfter, hash, seconds, odds} = result;
	const rate = Math.round(size.slots / Math.max(seconds, 0.001));
	const verdict = violation === undefined ? 'ok    ' : 'FAILED';
	const agreed = agreedAfter === undefined ? '' : `, agreed after ${agreedAfter} slots`;
	return (
		`${verdict} ${scenario.padEnd(18)} seed ${seed}, ${size.nodes} nodes, ${size.slots} slots, ${blocks} blocks${agreed}, ` +
		`history ${hash}, ${seconds.toFixed(1)} s (${rate} slots/s), chance of bad luck ${odds.violation.toExponential(1)}`
	);
};

export const violationText = ({violation}: RunResult): string =>
	violation === undefined
		? ''
		: `${violation.code} in slot ${violation.slot}${violation.node === undefined ? '' : ` by ${violation.node}`}: ${violation.what}`;
