import test from 'ava';
import {playOverlay} from './play-overlay.ts';

test('the topic overlay keeps what the design promises, from a line through crashes, churn and sybils', t => {
	const {figures} = playOverlay({nodes: 200, seed: 1});
	t.deepEqual(
		figures.filter(({holds}) => !holds),
		[],
	);
	t.true(figures.some(({what}) => what.startsWith('a fifth are sybils')));
});

test('the same seed gives the same figures', t => {
	const play = () => playOverlay({nodes: 100, seed: 7}).figures;
	t.deepEqual(play(), play());
});
