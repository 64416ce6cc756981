/** The dashboard that we give operators shows what a node exports: all of it, and nothing else. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {codedCounters, counters, gauges, histograms} from '#node/ports/metrics';

type Panel = {readonly title: string; readonly targets?: readonly {readonly expr: string}[]};

const {panels} = JSON.parse(readFileSync('ops/grafana/dcloud-node.json', 'utf8')) as {
	readonly panels: readonly Panel[];
};

const shown = new Map(
	panels.flatMap(({title, targets = []}) =>
		targets.flatMap(({expr}) =>
			(expr.match(/(?:cardano|dcloud)_\w+/g) ?? []).map(
				name => [name.replace(/_bucket$/, ''), title] as const,
			),
		),
	),
);

const exported = [
	'cardano_build_info',
	...[counters, codedCounters, gauges, histograms].flatMap(names => Object.keys(names)),
];

test('every panel of the dashboard asks for figures that the node exports', t => {
	t.true(shown.size > 30);
	t.deepEqual(
		[...shown].filter(([name]) => !exported.includes(name)),
		[],
	);
});

test('every figure that the node exports is on the dashboard', t => {
	t.deepEqual(
		exported.filter(name => !shown.has(name)),
		[],
	);
});

test('every question of the dashboard is about the chosen nodes', t => {
	for (const {targets = []} of panels)
		for (const {expr} of targets) t.true(expr.includes('{instance=~"$instance"}'), expr);
});
