/** What the crowd around a victim is told, and says. */
import type {Point} from '#kernel/point';
import type {HostileKind} from './hostile-kinds.ts';

export type ToCrowd =
	/** Well-behaved peers first, then as many hostile ones. Answered when all of the former are connected. */
	| {
			readonly kind: 'gather';
			readonly port: number;
			readonly networkMagic: number;
			readonly seed: number;
			readonly calm: number;
			readonly hostile: number;
			readonly range: {readonly from: Point; readonly to: Point};
	  }
	| {readonly kind: 'stop'};

/** Of one kind of hostile peers. */
export type HostileTally = {
	/** Connections begun. */
	connections: number;
	/** Ended by the victim. */
	letGo: number;
};

export type FromCrowd =
	| {readonly kind: 'gathered'}
	| {
			readonly kind: 'stopped';
			readonly hostile: Readonly<Record<HostileKind, HostileTally>>;
			/** Why well-behaved peers lost their connection, by code: none should. */
			readonly calmLost: Readonly<Record<string, number>>;
			/** Questions of well-behaved peers that were answered. */
			readonly calmAnswers: number;
	  }
	| {readonly kind: 'failed'; readonly code: string};
