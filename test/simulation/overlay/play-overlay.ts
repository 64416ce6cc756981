/** The topic overlay from the worst start through crashes, churn and sybils, beside what the design promises of it. */
import {topics} from '#transport/protocols/overlay/topics';
import {type Member, OverlayWorld, type Spread} from './overlay-world.ts';

export type OverlayFigure = {
	readonly what: string;
	readonly value: number;
	/** What is promised; undefined where nothing is. */
	readonly wanted?: string;
	readonly holds: boolean;
};

export type OverlayOptions = {
	readonly nodes: number;
	readonly seed: number;
	/** Told as soon as it is known. */
	readonly told?: (figure: OverlayFigure) => void;
};

export type OverlayResult = {
	readonly scenario: 'overlay';
	readonly nodes: number;
	readonly seed: number;
	readonly figures: readonly OverlayFigure[];
	readonly seconds: number;
};

/** Everybody wants signatures, every second one offers, every tenth one proofs. */
const EVERYBODY = topics['checkpoint-signatures'].number;
const HALF = topics['storage-offers'].number;
const TENTH = topics.proofs.number;
const ALL = [HALF, TENTH, EVERYBODY];
const topicsOf = (number: number): readonly number[] =>
	ALL.filter(topic => topic === EVERYBODY || number % (topic === HALF ? 2 : 10) === 0);

const FANOUTS = [2, 3, 4] as const;
/** As nodes have it unless they are told otherwise. */
const FANOUT = 3;
const MESSAGES = 10;
const CRASHED_PART = 10;
const CHURN_ROUNDS = 20;
/** One of so many goes in each round, and as many come. */
const CHURN_PART = 100;
/** Whoever has been there for so long is to be reached under churn. */
const SETTLED_ROUNDS = 5;
const SYBIL_PART = 5;
const SYBIL_NETWORKS = 20;
const SYBIL_NODES_MAX = 500;
const SYBIL_ROUNDS = 40;
const CONTACTS = 3;

/** What the design promises of a thousand peers (relay.md, topic overlay), and the churn that we add; ten thousand are held to it too. */
const CONVERGENCE_ROUNDS = 30;
const REPAIR_ROUNDS = 5;
/** The least share of the settled that a message reaches while others come and go. */
const CHURN_HIT = 0.995;

type Sum = {
	readonly hit: number;
	readonly hops: number;
	readonly messages: number;
	readonly duplicates: number;
};

const sumOf = (spreads: readonly Spread[]): Sum => {
	const total = (of: (spread: Spread) => number): number =>
		spreads.reduce((sum, spread) => sum + of(spread), 0);
	const wanted = total(spread => spread.wanted);
	return {
		hit: total(({reached}) => reached) / wanted,
		hops: total(({hopsMean}) => hopsMean) / spreads.length,
		messages: total(({messages}) => messages) / wanted,
		duplicates: total(({duplicates}) => duplicates) / wanted,
	};
};

const spreads = (world: OverlayWorld, origins: readonly Member[], fanout: number): readonly Spread[] =>
	Array.from({length: MESSAGES}, () => world.spread(EVERYBODY, world.random.pick(origins), {fanout}));

type Tell = (
	what: string,
	value: number | undefined,
	wanted?: readonly [text: string, holds: boolean],
) => void;

/** From a line, where each knows one other, until everybody's nearest neighbours on every ring are right. */
const converge = ({nodes, seed}: OverlayOptions, tell: Tell): OverlayWorld => {
	const world = new OverlayWorld(seed);
	for (let number = 0; number < nodes; number++) world.add({topics: topicsOf(number)});
	for (const [number, {overlay}] of world.members.entries()) {
		const next = world.members[number + 1];
		if (next !== undefined) overlay.meet(next.peer);
	}
	const rounds = world.playUntil(() => world.wrongPlaces(ALL) === 0, 2 * CONVERGENCE_ROUNDS);
	tell('rounds from a line until all rings are right', rounds, [
		`at most ${CONVERGENCE_ROUNDS}`,
		rounds !== undefined && rounds <= CONVERGENCE_ROUNDS,
	]);
	return world;
};

const spreadCalmly = (world: OverlayWorld, tell: Tell): void => {
	for (const fanout of FANOUTS) {
		const {hit, hops, messages, duplicates} = sumOf(spreads(world, world.alive, fanout));
		tell(`F = ${fanout}: share of all that a message reaches`, hit, ['1', hit === 1]);
		tell(`F = ${fanout}: messages a node`, messages, [`at most ${fanout}`, messages <= fanout]);
		tell(`F = ${fanout}: of them for those who had it`, duplicates);
		tell(`F = ${fanout}: hops on average`, hops);
	}
};

/** A tenth goes at once; messages before anybody has noticed, then rounds until the rings are right again. */
const crash = (world: OverlayWorld, tell: Tell): void => {
	const {random} = world;
	const lost = Math.floor(world.alive.length / CRASHED_PART);
	for (const member of random.shuffled(world.alive).slice(0, lost)) world.crash(member);
	const first = world.spread(EVERYBODY, random.pick(world.alive), {fanout: FANOUT});
	const {hit} = sumOf([first]);
	tell('a tenth has crashed: share of the others that the first message reaches, F = 3', hit, [
		'at least 0.999',
		hit >= 0.999,
	]);
	const rounds = world.playUntil(() => world.wrongPlaces(ALL) === 0, 4 * REPAIR_ROUNDS);
	tell('rounds after it until all rings are right', rounds, [
		`at most ${REPAIR_ROUNDS}`,
		rounds !== undefined && rounds <= REPAIR_ROUNDS,
	]);
};

const churn = (world: OverlayWorld, tell: Tell): void => {
	const {random} = world;
	const turned = Math.max(1, Math.floor(world.alive.length / CHURN_PART));
	const reached: Spread[] = [];
	for (let round = 0; round < CHURN_ROUNDS; round++) {
		for (const member of random.shuffled(world.alive).slice(0, turned)) world.crash(member);
		for (let come = 0; come < turned; come++) {
			const known = random.pick(world.alive).peer;
			world.add({topics: topicsOf(world.members.length)}).overlay.meet(known);
		}
		world.playRound();
		const since = world.round - SETTLED_ROUNDS;
		const settled = world.alive.filter(member => member.since <= since);
		reached.push(world.spread(EVERYBODY, random.pick(settled), {fanout: FANOUT, since}));
	}
	const {hit} = sumOf(reached);
	tell(
		'one of a hundred goes and one comes in each round: share that messages reach of those that are settled',
		hit,
		[`at least ${CHURN_HIT}`, hit >= CHURN_HIT],
	);
};

/** A fifth tells of nobody but its like, swallows messages, and knows every honest one. */
const sybils = ({nodes, seed}: OverlayOptions, networks: number | undefined, tell: Tell): void => {
	const world = new OverlayWorld(`${seed}/sybils`);
	const count = Math.min(nodes, SYBIL_NODES_MAX);
	for (let number = 0; number < count; number++) {
		const isSybil = number % SYBIL_PART === 0;
		const network = isSybil && networks !== undefined ? (number / SYBIL_PART) % networks : undefined;
		world.add({topics: [EVERYBODY], isSybil, ...(network !== undefined && {network})});
	}
	for (const {overlay} of world.members)
		for (let contact = 0; contact < CONTACTS; contact++) overlay.meet(world.random.pick(world.members).peer);
	for (let round = 0; round < SYBIL_ROUNDS; round++) world.playRound();
	const honest = world.members.filter(({isSybil}) => !isSybil);
	const foes = new Set(world.members.filter(({isSybil}) => isSybil).map(({peer}) => peer.id));
	const held = honest.flatMap(({overlay}) => overlay.sample);
	const share = held.filter(({peer}) => foes.has(peer.id)).length / held.length;
	const fair = 1 / SYBIL_PART;
	const where = networks === undefined ? 'a network each' : `${networks} networks`;
	tell(
		`a fifth are sybils in ${where}: their share of random views`,
		share,
		networks === undefined ? undefined : [`less than ${fair}`, share < fair],
	);
	const {hit} = sumOf(spreads(world, honest, FANOUT));
	tell(`a fifth are sybils in ${where}: share of the honest that messages reach`, hit, [
		'at least 0.9',
		hit >= 0.9,
	]);
};

/** The same options give the same figures. */
export const playOverlay = (options: OverlayOptions): OverlayResult => {
	const startMs = performance.now();
	const figures: OverlayFigure[] = [];
	const tell: Tell = (what, value, wanted) => {
		const figure: OverlayFigure = {
			what,
			value: value === undefined ? Number.POSITIVE_INFINITY : Math.round(value * 10_000) / 10_000,
			...(wanted && {wanted: wanted[0]}),
			holds: wanted === undefined || wanted[1],
		};
		figures.push(figure);
		options.told?.(figure);
	};
	const world = converge(options, tell);
	spreadCalmly(world, tell);
	crash(world, tell);
	churn(world, tell);
	sybils(options, SYBIL_NETWORKS, tell);
	sybils(options, undefined, tell);
	const {nodes, seed} = options;
	return {scenario: 'overlay', nodes, seed, figures, seconds: (performance.now() - startMs) / 1000};
};
