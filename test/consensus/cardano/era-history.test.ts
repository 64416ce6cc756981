/** Bounds of eras as Ogmios's `queryLedgerState/eraSummaries` gives them of the public networks. */
import test from 'ava';
import fc from 'fast-check';
import {CARDANO_NETWORKS, type CardanoNetwork} from '#consensus/cardano/cardano-network';
import {eraSummaries, systemStartMsOf} from '#consensus/cardano/era-history';
import {epochOf, slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {Epoch, Slot} from '#kernel/slot';

const networkOf = (name: string): CardanoNetwork =>
	defined(
		CARDANO_NETWORKS.find(network => network.name === name),
		name,
	);

/** `seconds slot epoch` of where each era begins, from Byron to Conway. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
	mainnet: [
		'0 0 0',
		'89856000 4492800 208',
		'101952000 16588800 236',
		'108432000 23068800 251',
		'125280000 39916800 290',
		'157680000 72316800 365',
		'219024000 133660800 507',
	],
	preprod: [
		'0 0 0',
		'1728000 86400 4',
		'2160000 518400 5',
		'2592000 950400 6',
		'3024000 1382400 7',
		'5184000 3542400 12',
		'70416000 68774400 163',
	],
	preview: ['0 0 0', '0 0 0', '0 0 0', '0 0 0', '0 0 0', '259200 259200 3', '55814400 55814400 646'],
};

const text = ({timeMs, slot, epoch}: {timeMs: number; slot: number; epoch: number}): string =>
	`${timeMs / 1_000} ${slot} ${epoch}`;

test('the eras of the public networks begin where Ogmios says', t => {
	for (const network of CARDANO_NETWORKS) {
		const eras = eraSummaries(network, {era: 'conway', slot: Slot(150_000_000)});
		t.deepEqual(
			eras.map(({start}) => text(start)),
			STARTS[network.name] ?? [],
		);
		for (const [index, {end}] of eras.slice(0, -1).entries())
			t.deepEqual(end, defined(eras[index + 1], 'the next era').start);
	}
	const [byron, shelley] = eraSummaries(networkOf('preview'), {era: 'shelley', slot: Slot(0)});
	t.like(byron, {epochLength: 4_320, slotLengthMs: 20_000, safeZone: 864});
	t.like(shelley, {epochLength: 86_400, slotLengthMs: 1_000, safeZone: 25_920});
	const [old, young] = eraSummaries(networkOf('mainnet'), {era: 'shelley', slot: Slot(4_492_800)});
	t.like(old, {epochLength: 21_600, slotLengthMs: 20_000, safeZone: 4_320});
	t.like(young, {epochLength: 432_000, slotLengthMs: 1_000, safeZone: 129_600});
});

test('the networks began when their genesis files say', t => {
	t.is(systemStartMsOf(networkOf('mainnet')), Date.UTC(2017, 8, 23, 21, 44, 51));
	t.is(systemStartMsOf(networkOf('preprod')), Date.UTC(2022, 5, 1));
	t.is(systemStartMsOf(networkOf('preview')), Date.UTC(2022, 9, 25));
});

test('the last era ends with the epoch of the first slot that a hard fork could come in', t => {
	const preview = networkOf('preview');
	const endAt = (slot: number): string =>
		text(defined(eraSummaries(preview, {era: 'conway', slot: Slot(slot)}).at(-1), 'an era').end);
	// A node of preview said that its horizon is 99878400 at a tip of these slots.
	t.is(endAt(99_878_400 - 25_920 - 1), '99878400 99878400 1156');
	t.is(endAt(99_878_400 - 25_920), '99964800 99964800 1157');
	// What is known to follow ends an era before that.
	const [, , , , , babbage] = eraSummaries(preview, {era: 'babbage', slot: Slot(55_814_399)});
	t.is(text(defined(babbage, 'an era').end), '55814400 55814400 646');
});

test('a network of a genesis file has one era that lasts, whatever its headers are', t => {
	const {params, slots} = networkOf('preview');
	const eras = eraSummaries({params, slots, eraEpochs: []}, {era: 'conway', slot: Slot(0)});
	t.is(eras.length, 7);
	for (const {start, end} of eras.slice(0, -1)) t.deepEqual([start.slot, end.slot], [0, 0]);
	t.is(text(defined(eras.at(-1), 'an era').end), '86400 86400 1');
});

test('slots, epochs and times of the history are those that headers are judged with', t => {
	fc.assert(
		fc.property(fc.constantFrom(...CARDANO_NETWORKS), fc.nat({max: 300_000_000}), (network, after) => {
			const slot = Slot((network.params.eraStart?.slot ?? 0) + after);
			const eras = eraSummaries(network, {era: 'conway', slot});
			const {start, epochLength, slotLengthMs} = defined(
				eras.findLast(era => era.start.slot <= slot && era.slotLengthMs === 1_000),
				'an era',
			);
			t.is(epochOf(network.params, slot), Epoch(start.epoch + Math.floor((slot - start.slot) / epochLength)));
			const timeMs = systemStartMsOf(network) + start.timeMs + (slot - start.slot) * slotLengthMs;
			t.is(timeMs, slotStartMs(network.slots, slot));
		}),
	);
});
