/** Scenarios of one kind: honest nodes on quick links, and an adversary that is connected to all of them. */

import {defined} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';
import type {Genesis} from '#ledger/genesis/genesis';
import type {PeerHandlers} from '#relay/handlers';
import type {Bounds} from '../bounds.ts';
import type {Foe} from '../foe.ts';
import type {Risk} from '../odds/odds-of-run.ts';
import type {SimulatedPool} from '../pools.ts';
import {addRing, honestNames, ringDiameter, type Scenario, type Size} from '../scenario.ts';
import type {LinkQuality} from '../wire.ts';
import type {World} from '../world.ts';
import {attackOdds} from './attack-odds.ts';
import {Forger} from './forger.ts';
import {type Haunting, haunt} from './haunt.ts';
import {type BodyService, bodiesOf, ServedChain} from './served-chain.ts';

export const FOE = 'foe';

/** Everything that one adversary's play is about. */
export type Stage = {
	readonly world: World;
	readonly size: Size;
	/** The adversary. */
	readonly foe: Foe;
	/** The adversary and whoever else it makes itself out to be: each has an address of its own. */
	readonly faces: readonly Foe[];
	readonly forger: Forger;
	/** Whose keys it has. */
	readonly pools: readonly SimulatedPool[];
	/** Honest nodes. */
	readonly names: readonly string[];
	readonly slotMs: number;
	/** Connections that it keeps, or tries to. */
	readonly hauntings: Haunting[];
};

/** What became of an attack, in figures. */
export type Tally = Readonly<Record<string, unknown>>;

export type Attack<S extends Tally> = {
	readonly name: string;
	readonly about: string;
	/** Of all stake. The honest nodes share the rest equally. Default: 1/10. */
	readonly share?: Ratio;
	readonly genesis?: Partial<Genesis>;
	readonly nodes?: number;
	readonly slots?: number;
	readonly shortSlots?: number;
	readonly link?: LinkQuality;
	/** Besides what every attack has. `false`: no such bound. */
	readonly bounds?: {
		readonly growth?: Bounds['growth'] | false;
		readonly quality?: Bounds['quality'] | false;
		readonly agreeWithinSlots?: number | false;
	};
	/** Messages one after another until a block has come over one link, when the adversary does its worst. Default 3. */
	readonly messagesPerLink?: number;
	/** Slots of `agreeWithinSlots` that go for connecting again. */
	readonly reconnectSlots?: number;
	/** Honest nodes whose blocks may help the adversary alone. Default 0. */
	readonly helpless?: number;
	/** Addresses of the adversary. Default 1. */
	readonly faces?: number;
	readonly choices?: number;
	readonly risks?: (size: Size) => readonly Risk[];
	readonly build?: (world: World, size: Size) => void;
	/** Sets the adversary going; what it returns is handed to `expect`. */
	readonly play: (stage: Stage) => S;
	/** What has to hold at the end besides the invariants: says what is wrong. */
	readonly expect?: (state: S, stage: Stage) => string | undefined;
};

/** The header comes, the body is asked for, the body comes. */
const MESSAGES_PER_LINK = 3;
const LINK: LinkQuality = {latencyMs: [30, 5], lossChance: 0};
const TENTH = Ratio(1n, 10n);
/** With a tenth of the stake, at f = 1/4, forks of more than 66 blocks are rarer than one in 10^9 runs. */
const GENESIS = {k: 66, f: Ratio(1n, 4n)};
const BOUNDS: Bounds = {
	growth: {windowSlots: 300, blocksMin: 15},
	quality: {windowBlocks: 80, honestMin: 20},
	agreeWithinSlots: 150,
};
const RECONNECT_SLOTS = 25;

const boundsOf = ({bounds = {}}: Pick<Attack<Tally>, 'bounds'>): Bounds => {
	const {growth = BOUNDS.growth, quality = BOUNDS.quality} = bounds;
	const {agreeWithinSlots = BOUNDS.agreeWithinSlots} = bounds;
	return {
		...(growth && {growth}),
		...(quality && {quality}),
		...(agreeWithinSlots && {agreeWithinSlots}),
	};
};

/** Whole numbers in the same relation: each honest node one part, the adversary its share. */
const stakesOf = (nodes: number, {numerator, denominator}: Ratio): readonly number[] => {
	const [foe, all] = [Number(numerator), Number(denominator)];
	const honest = Array.from({length: nodes}, () => all - foe);
	return foe === 0 ? honest : [...honest, foe * nodes];
};

export const attack = <S extends Tally>(plan: Attack<S>): Scenario => {
	const {name, about, share = TENTH} = plan;
	const genesis = {...GENESIS, ...plan.genesis};
	const link = plan.link ?? LINK;
	const bounds = boundsOf(plan);
	const played = new WeakMap<World, {readonly stage: Stage; readonly state: S}>();
	return {
		name,
		about,
		nodes: plan.nodes ?? 8,
		slots: plan.slots ?? 3_000,
		shortSlots: plan.shortSlots ?? 500,
		genesis,
		link,
		bounds: () => bounds,
		stakes: ({nodes}) => stakesOf(nodes, share),
		foePools: ({nodes}) => (share.numerator === 0n ? [] : [nodes]),
		odds: size =>
			attackOdds({
				...genesis,
				...size,
				stakes: stakesOf(size.nodes, share),
				bounds,
				reconnectSlots: plan.reconnectSlots ?? RECONNECT_SLOTS,
				helpless: plan.helpless ?? 0,
				way: {
					latencyMs: link.latencyMs,
					// One link more than between honest nodes: the adversary may stand between.
					messages: (plan.messagesPerLink ?? MESSAGES_PER_LINK) * (ringDiameter(size) + 1),
					limitMs: genesis.slotMs ?? 1_000,
				},
				...(plan.choices !== undefined && {choices: plan.choices}),
				...(plan.risks && {more: plan.risks(size)}),
			}),
		build: (world, size) => {
			(plan.build ?? addRing)(world, size);
			const forger = new Forger(world);
			const indexes = share.numerator === 0n ? [] : [size.nodes];
			const others = Array.from({length: (plan.faces ?? 1) - 1}, (_, index) => `${FOE}-${index + 1}`);
			const faces = [FOE, ...others].map(face =>
				world.addFoe({name: face, pools: indexes, play: () => undefined}),
			);
			const foe = defined(faces[0], 'there is one face at least');
			const stage: Stage = {
				world,
				size,
				foe,
				faces,
				forger,
				pools: foe.pools,
				names: honestNames(size),
				slotMs: world.network.slots.slotLengthMs,
				hauntings: [],
			};
			played.set(world, {stage, state: plan.play(stage)});
		},
		expect: world => {
			const run = played.get(world);
			if (run === undefined) return 'nobody played';
			world.note(FOE, tallyText(run.state, run.stage));
			return honestShunned(run.stage) ?? plan.expect?.(run.state, run.stage);
		},
	};
};

/** An attack must not turn honest nodes against each other. */
const honestShunned = ({world}: Stage): string | undefined => {
	const honest = new Map(world.nodes.map(({name, address}) => [address.host, name]));
	for (const {name, services} of world.nodes)
		for (const {peer, code} of services?.peers.shunned ?? [])
			for (const [host, other] of honest)
				if (peer.endsWith(` ${host}`) || peer.startsWith(`${host}:`))
					return `${name} shuns ${other}: ${code}`;
	return undefined;
};

const figuresOf = (state: Tally): readonly string[] =>
	Object.entries(state).flatMap(([name, value]) => {
		if (typeof value === 'number') return [`${name} ${value}`];
		if (value instanceof Set) return [`${name} ${value.size}`];
		const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
		return isPlain ? figuresOf(value as Tally) : [];
	});

const tallyText = (state: Tally, {forger, hauntings}: Stage): string => {
	const opened = hauntings.reduce((sum, haunting) => sum + haunting.opened, 0);
	const all = [`blocks made ${forger.made}`, `connections ${opened}`, `ended ${endedOf(hauntings)}`];
	return [...all, ...figuresOf(state)].join(', ');
};

/** Connects to an honest node, again and again. */
export const approach = (
	{foe, hauntings}: Stage,
	name: string,
	handlers: () => PeerHandlers,
	{face = foe, ...options}: NonNullable<Parameters<typeof haunt>[3]> & {readonly face?: Foe} = {},
): Haunting => {
	const haunting = haunt(face, name, handlers, options);
	hauntings.push(haunting);
	return haunting;
};

/** A chain that follows the honest one whenever that is longer: who stays behind is not listened to for long. */
export const chainThatKeepsUp = ({forger}: Stage): ServedChain => {
	const chain = new ServedChain(forger.library);
	forger.onHonest(() => {
		const {honestTip} = forger;
		if ((honestTip?.header.blockNo ?? -1) > (chain.tip?.header.blockNo ?? -1)) chain.serve(honestTip);
	});
	return chain;
};

/** One chain told to all, as honest nodes tell theirs. */
export const tellAll = (stage: Stage, {face = stage.foe, service = {}}: Telling = {}): ServedChain => {
	const {library} = stage.forger;
	const chain = chainThatKeepsUp(stage);
	for (const name of stage.names)
		approach(stage, name, () => ({chain: chain.follower(), blocks: bodiesOf(library, service)}), {face});
	return chain;
};

export type Telling = {readonly face?: Foe; readonly service?: BodyService};

/** A chain for each honest node. */
export const tellEach = (stage: Stage): readonly ServedChain[] =>
	stage.names.map(name => {
		const {library} = stage.forger;
		const chain = chainThatKeepsUp(stage);
		approach(stage, name, () => ({chain: chain.follower(), blocks: bodiesOf(library)}));
		return chain;
	});

/** Calls a moment after the start of each slot: honest leaders have made their blocks, and nobody else has them yet. */
export const afterHonest = ({foe, world}: Stage, call: (slot: number) => void): void =>
	foe.everySlot(slot => foe.at(world.slotStartMs(slot) + 1, () => call(slot)));

/** Names of nodes that hold any of these blocks on their chains. */
export const holdersOf = (
	{world, names}: Stage,
	hashes: ReadonlySet<string>,
	hexOf: (hash: Uint8Array) => string,
): readonly string[] =>
	names.filter(name => world.invariants.chainOf(name).some(({header}) => hashes.has(hexOf(header.hash))));

/** Connections that were ended on the other side, of all hauntings. */
export const endedOf = (hauntings: readonly Haunting[]): number =>
	hauntings.reduce((sum, {ended}) => sum + ended, 0);
