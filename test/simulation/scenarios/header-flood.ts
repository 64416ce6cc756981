import type {PeerHandlers} from '#relay/handlers';
import {DCLOUD_HEADER_ERA} from '#relay/protocols/block';
import {afterHonest, approach, attack, type Stage} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import {bodiesOf} from '../foes/served-chain.ts';
import type {Scenario} from '../scenario.ts';

/** Right headers that one leader makes of one slot. */
const VERSIONS = 600;
/** Headers without bodies that a node keeps of all its peers together. */
const HEADERS_KEPT_MAX = 10_000;

type Flood = {versions: readonly HeldBlock[]; sent: number; readonly changed: Set<() => void>};

/** Each connection is told of one version after another: forward to it, back to its parent, forward to the next. */
const flooding = ({forger}: Stage, flood: Flood): PeerHandlers => {
	let at = 0;
	let isBack = true;
	let versions: readonly HeldBlock[] = [];
	return {
		blocks: bodiesOf(forger.library),
		chain: {
			findIntersect: async points => {
				const [point] = points;
				return {intersect: point, tip: forger.honestTip?.header ?? 'origin'};
			},
			next: async () => {
				if (versions !== flood.versions) {
					versions = flood.versions;
					at = 0;
					isBack = false;
				}
				const block = versions[at];
				if (block === undefined) return undefined;
				const tip = block.header;
				const parent = forger.library.parentOf(block)?.header;
				isBack = !isBack;
				if (isBack) return {kind: 'rollBackward', point: parent ?? 'origin', tip};
				at++;
				flood.sent++;
				return {kind: 'rollForward', header: {era: DCLOUD_HEADER_ERA, bytes: block.header.bytes}, tip};
			},
			waitForChange: ({signal}) =>
				new Promise((resolve, reject) => {
					if (versions !== flood.versions || versions[at] !== undefined) return resolve();
					const call = (): void => {
						flood.changed.delete(call);
						resolve();
					};
					flood.changed.add(call);
					signal.addEventListener('abort', () => reject(signal.reason), {once: true});
				}),
			close: () => undefined,
		},
	};
};

/** One leader slot is enough for any number of right headers. */
export const headerFlood: Scenario = attack({
	name: 'header-flood',
	about:
		'A leader sends every node hundreds of valid headers of each of its slots, over several connections.',
	faces: 3,
	play: stage => {
		const {forger, pools, faces, names, world} = stage;
		const flood: Flood & {keptMax: number} = {versions: [], sent: 0, changed: new Set(), keptMax: 0};
		for (const face of faces)
			for (const name of names) approach(stage, name, () => flooding(stage, flood), {face});
		const look = (): void => {
			for (const {services} of world.nodes) {
				const kept = services?.peers.views.reduce((sum, {headersAhead}) => sum + headersAhead, 0) ?? 0;
				flood.keptMax = Math.max(flood.keptMax, kept);
			}
		};
		afterHonest(stage, slot => {
			const parent = forger.honestTip;
			const [pool] = forger.leaders(parent, pools, slot);
			if (pool === undefined) return;
			flood.versions = Array.from({length: VERSIONS}, (_, minorVersion) =>
				forger.forgeAny({parent, slot, pool, minorVersion}),
			);
			for (const call of [...flood.changed]) call();
			for (let ms = 50; ms < stage.slotMs; ms += 50) stage.foe.at(world.slotStartMs(slot) + ms, look);
		});
		return flood;
	},
	expect: ({keptMax}) => (keptMax <= HEADERS_KEPT_MAX ? undefined : `a node kept ${keptMax} headers`),
});
