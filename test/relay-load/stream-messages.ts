/** What the two ends of a stream are told, and say. */
import type {MemoryThirds} from './memory.ts';

/** All blocks behind each other. */
export type StreamEnd = {
	readonly blocks: number;
	readonly bytes: number /** SHA-256. */;
	readonly digest: string;
};

export type ToStream =
	/** `salt`: what its blocks are made of. */
	| {readonly kind: 'listen'; readonly salt: string; readonly bytes: number}
	| {readonly kind: 'dial'; readonly salt: string; readonly bytes: number; readonly port: number}
	/** All that the other end has. */
	| {readonly kind: 'fetch'}
	| {readonly kind: 'stop'};

export type FromStream =
	| {readonly kind: 'listening'; readonly port: number}
	| {readonly kind: 'connected'}
	| {
			readonly kind: 'fetched';
			readonly received: StreamEnd;
			readonly peaks: MemoryThirds;
			readonly seconds: number;
	  }
	| {readonly kind: 'stopped'; readonly sent: StreamEnd}
	| {readonly kind: 'failed'; readonly code: string};
