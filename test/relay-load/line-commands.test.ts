/** The words that make lines bad, where this kernel cannot be asked: netem is on some machines only. */
import test from 'ava';
import {clearLine, delayAndLose, dropFilter, loseOnly} from './line-commands.ts';

const BAD = {delayMs: 50, lossPercent: 2};

test('with netem a line delays and loses by one queue at its root, and what was there before goes first', t => {
	t.is(delayAndLose('to-east', BAD).join(' '), 'qdisc add dev to-east root netem delay 50ms loss 2%');
	t.is(
		delayAndLose('to-east', {delayMs: 0, lossPercent: 100}).join(' '),
		'qdisc add dev to-east root netem delay 0ms loss 100%',
	);
	t.deepEqual(
		clearLine('to-east').map(words => words.join(' ')),
		['qdisc del dev to-east root', 'qdisc del dev to-east clsact'],
	);
});

test('without netem a filter on the way out loses packets, and a whole line has no filter', t => {
	t.deepEqual(
		loseOnly('to-east', BAD).map(words => words.join(' ')),
		[
			'qdisc add dev to-east clsact',
			`filter add dev to-east egress bpf da bytecode ${dropFilter(BAD.lossPercent)}`,
		],
	);
	t.is(loseOnly('to-east', {delayMs: 0, lossPercent: 0}).length, 1);
});

/** What a program of the classic packet filter answers when the random word is `word`. */
const answerOf = (program: string, word: number): number => {
	const [, ...lines] = program.split(',');
	const steps = lines.map(line => line.split(' ').map(Number));
	let loaded = -1;
	for (let at = 0; at < steps.length; at++) {
		const [code = 0, whenTrue = 0, whenFalse = 0, value = 0] = steps[at] ?? [];
		// A random word is at an offset of its own: 2^32 - 4096 + 56.
		if (code === 0x20) loaded = value === 4_294_963_256 ? word : Number.NaN;
		else if (code === 0x25) at += loaded > value ? whenTrue : whenFalse;
		else if (code === 0x06) return value;
		else throw new RangeError(program);
	}
	throw new RangeError(program);
};

test('of a hundred equal shares of the random words, as many are dropped as per cent are to be lost', t => {
	const DROP = 2;
	const GO_ON = 2 ** 32 - 1;
	for (const lossPercent of [1, 2, 50, 99, 100]) {
		const program = dropFilter(lossPercent);
		t.is(
			program.split(',').length - 1,
			Number.parseInt(program, 10),
			'it begins with the number of its steps',
		);
		const answers = Array.from({length: 100}, (_, share) =>
			answerOf(program, Math.floor(((share + 0.5) / 100) * 2 ** 32)),
		);
		t.is(answers.filter(answer => answer === DROP).length, lossPercent);
		t.is(answers.filter(answer => answer === GO_ON).length, 100 - lossPercent);
	}
});
