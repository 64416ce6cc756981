import {SingleBar} from 'cli-progress';

export type Progress = {
	/** Sets how much is done, in units of the total. */
	advance(done: number): void;
	finish(): void;
};

export type ProgressOptions = {
	readonly label: string;
	readonly total: number;
	readonly unit: string;
	/** Where a line goes when there is no terminal to draw on. */
	readonly line: (text: string) => void;
	readonly terminal: boolean;
};

const bar = ({label, total, unit}: ProgressOptions): Progress => {
	const drawn = new SingleBar({
		format: `          ${label} {bar} {percentage} % of {total} ${unit}`,
		hideCursor: true,
		clearOnComplete: false,
		barsize: 30,
	});
	drawn.start(total, 0);
	return {
		advance: done => drawn.update(Math.min(done, total)),
		finish: () => {
			drawn.update(total);
			drawn.stop();
		},
	};
};

/** Without a terminal: a line at each quarter, so that a log shows that something is going on. */
const lines = ({label, total, unit, line}: ProgressOptions): Progress => {
	let quarter = 0;
	const advance = (done: number): void => {
		const reached = total === 0 ? 4 : Math.min(4, Math.floor((4 * done) / total));
		if (reached <= quarter) return;
		quarter = reached;
		line(`${label} ${'█'.repeat(5 * reached).padEnd(20, '░')} ${25 * reached} % of ${total} ${unit}`);
	};
	return {advance, finish: () => advance(total)};
};

export const createProgress = (options: ProgressOptions): Progress =>
	options.terminal ? bar(options) : lines(options);
