import test from 'ava';
import fc from 'fast-check';
import {
	arrived,
	createInboundGovernor,
	departed,
	INBOUND_LIMITS,
	type InboundGovernor,
	type InboundVerdict,
} from '#relay/inbound-governor';

const hostOf = (index: number): string => `10.0.${index >> 8}.${index & 255}`;

const filled = (count: number, hostFor = hostOf): InboundGovernor => {
	let governor = createInboundGovernor(INBOUND_LIMITS);
	for (let index = 0; index < count; index++) governor = arrived(governor, hostFor(index), 0).governor;
	return governor;
};

const verdictOf = (governor: InboundGovernor, host: string, nowMs = 0): InboundVerdict =>
	arrived(governor, host, nowMs).verdict;

test('below 384 everybody comes in at once, above it the later the fuller it is, and above 512 nobody', t => {
	t.deepEqual(verdictOf(filled(383), '10.9.9.9'), {kind: 'accept', delayMs: 0});
	t.deepEqual(verdictOf(filled(384), '10.9.9.9'), {kind: 'accept', delayMs: 39});
	t.deepEqual(verdictOf(filled(447), '10.9.9.9'), {kind: 'accept', delayMs: 2_500});
	t.deepEqual(verdictOf(filled(511), '10.9.9.9'), {kind: 'accept', delayMs: 5_000});
	t.deepEqual(verdictOf(filled(512), '10.9.9.9'), {kind: 'refuse', why: 'full'});
});

test('as long as an operator says, and no longer, anybody waits', t => {
	const limits = {hardMax: 4, softMax: 2, perAddressMax: 4, delayMsMax: 1_000};
	let governor = createInboundGovernor(limits);
	const delays = [0, 1, 2, 3].map(index => {
		const {governor: next, verdict} = arrived(governor, hostOf(index), 0);
		governor = next;
		return verdict.kind === 'accept' ? verdict.delayMs : undefined;
	});
	t.deepEqual(delays, [0, 0, 500, 1_000]);
});

test('one address has 32 places, and 8 when places are scarce', t => {
	t.deepEqual(
		verdictOf(
			filled(31, () => '10.9.9.9'),
			'10.9.9.9',
		),
		{kind: 'accept', delayMs: 0},
	);
	t.deepEqual(
		verdictOf(
			filled(32, () => '10.9.9.9'),
			'10.9.9.9',
		),
		{kind: 'refuse', why: 'addressFull'},
	);
	t.deepEqual(
		verdictOf(
			filled(32, () => '10.9.9.9'),
			'10.9.9.8',
		),
		{kind: 'accept', delayMs: 0},
	);
	const scarce = (own: number) => filled(400, index => (index < own ? '10.9.9.9' : hostOf(index)));
	t.deepEqual(verdictOf(scarce(8), '10.9.9.9'), {kind: 'refuse', why: 'addressFull'});
	t.is(verdictOf(scarce(7), '10.9.9.9').kind, 'accept');
});

test('an address that comes again and again has to wait; one of this machine need not', t => {
	const comeAndGo = (host: string, times: number): InboundVerdict[] => {
		let governor = createInboundGovernor(INBOUND_LIMITS);
		return Array.from({length: times}, () => {
			const {governor: after, verdict} = arrived(governor, host, 0);
			governor = verdict.kind === 'accept' ? departed(after, host) : after;
			return verdict;
		});
	};
	const verdicts = comeAndGo('10.9.9.9', 100);
	t.is(verdicts.filter(({kind}) => kind === 'accept').length, 64);
	t.deepEqual(verdicts[64], {kind: 'refuse', why: 'tooOften'});
	t.true(comeAndGo('127.0.0.1', 100).every(({kind}) => kind === 'accept'));
	let governor = createInboundGovernor(INBOUND_LIMITS);
	for (let index = 0; index < 100; index++) governor = arrived(governor, '10.9.9.9', 0).governor;
	for (let index = 0; index < 32; index++) governor = departed(governor, '10.9.9.9');
	t.deepEqual(verdictOf(governor, '10.9.9.9', 1_000), {kind: 'refuse', why: 'tooOften'});
	t.deepEqual(verdictOf(governor, '10.9.9.9', 2_000), {kind: 'accept', delayMs: 0});
});

test('whoever comes and goes, limits hold and nobody is counted twice', t => {
	const step = fc.record({host: fc.nat({max: 5}), leaves: fc.boolean(), waitMs: fc.nat({max: 3_000})});
	const limits = {hardMax: 12, softMax: 8, perAddressMax: 4};
	fc.assert(
		fc.property(fc.array(step, {maxLength: 200}), steps => {
			let governor = createInboundGovernor(limits);
			const open: string[] = [];
			let nowMs = 0;
			for (const {host, leaves, waitMs} of steps) {
				nowMs += waitMs;
				const name = hostOf(host);
				if (leaves) {
					if (open.includes(name)) open.splice(open.indexOf(name), 1);
					governor = departed(governor, name);
				} else {
					const {governor: after, verdict} = arrived(governor, name, nowMs);
					governor = after;
					if (verdict.kind === 'accept') open.push(name);
				}
				t.is(governor.count, open.length);
				t.true(open.length <= limits.hardMax);
				const fromHost = open.filter(other => other === name).length;
				t.true(fromHost <= limits.perAddressMax);
			}
		}),
		{numRuns: 100},
	);
});

test('no more than some thousands of addresses are remembered', t => {
	let governor = createInboundGovernor(INBOUND_LIMITS);
	for (let index = 0; index < 4_200; index++)
		governor = departed(arrived(governor, hostOf(index), index).governor, hostOf(index));
	t.is(governor.arrivals.size, 4_096);
	t.true(governor.arrivals.has(hostOf(4_199)));
	t.false(governor.arrivals.has(hostOf(0)));
});
