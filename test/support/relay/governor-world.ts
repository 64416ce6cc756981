/** Peers that answer, or do not, to what a governor decides. */
import {type Address, addressText} from '#relay/bearer/bearer';
import {decide, type GovernorAction, type GovernorEvent, observe} from '#relay/governor';
import {
	createGovernor,
	type Governor,
	type KnownPeer,
	type PeerState,
	type Targets,
} from '#relay/known-peers';
import type {Blame} from '#relay/offences';
import type {Topology} from '#relay/topology';

export const at = (host: string): Address => ({host, port: 1});
export const hosts = (prefix: string, count: number): Address[] =>
	Array.from({length: count}, (_, index) => at(`${prefix}${index}`));
export const wrong: Blame = {code: 'TEST_WRONG', gravity: 'wrong'};
export const STATES: readonly PeerState[] = ['cold', 'dialling', 'warm', 'hot', 'leaving'];

export const stateOf = ({peers}: Governor, host: string): PeerState | 'unknown' =>
	peers.get(`${host}:1`)?.state ?? 'unknown';
export const countOf = (governor: Governor, test: (peer: KnownPeer) => boolean): number =>
	[...governor.peers.values()].filter(test).length;
export const isHot = ({state}: KnownPeer): boolean => state === 'hot';
export const isUp = ({state}: KnownPeer): boolean => state === 'warm' || state === 'hot';
export const targetOf = ({address}: GovernorAction): string => addressText(address);

export const small: Targets = {
	known: 12,
	established: 5,
	active: 3,
	bigLedger: {known: 4, established: 3, active: 2},
	inbound: 2,
};

/** A world that answers every dial, or does not. */
export type World = {governor: Governor; nowMs: number; readonly dials: Map<string, number[]>};
export const worldOf = (topology: Topology, targets: Targets): World => ({
	governor: createGovernor(topology, targets),
	nowMs: 0,
	dials: new Map(),
});
export const tell = (world: World, event: GovernorEvent): void => {
	world.governor = observe(world.governor, event, world.nowMs);
};
export const step = (
	world: World,
	answers: (host: string) => boolean,
	waitMs = 500,
): readonly GovernorAction[] => {
	const {governor, actions} = decide(world.governor, world.nowMs);
	world.governor = governor;
	for (const action of actions) {
		const {address} = action;
		if (action.kind === 'leave') tell(world, {kind: 'lost', address});
		if (action.kind !== 'dial') continue;
		const key = addressText(address);
		world.dials.set(key, [...(world.dials.get(key) ?? []), world.nowMs]);
		tell(world, {kind: answers(address.host) ? 'connected' : 'lost', address});
	}
	world.nowMs += waitMs;
	return actions;
};
export const leavesIn = (actions: readonly GovernorAction[]): string[] =>
	actions.filter(({kind}) => kind === 'leave').map(targetOf);
export const always = (): boolean => true;
