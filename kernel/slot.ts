import {assert} from './assert.ts';
import type {Brand} from './brand.ts';

/** A slot of the chain, counted from its system start. Integer in [0, 2^53). */
export type Slot = Brand<number, 'Slot'>;
/** An epoch, counted from 0. */
export type Epoch = Brand<number, 'Epoch'>;
/** Number of blocks before this one on its chain. */
export type BlockNo = Brand<number, 'BlockNo'>;
/** slot div slotsPerKesPeriod. */
export type KesPeriod = Brand<number, 'KesPeriod'>;

const count = (value: number, name: string): number => {
	assert(Number.isSafeInteger(value) && value >= 0, () => `${name} is not a count: ${value}`);
	return value;
};

export const Slot = (value: number): Slot => count(value, 'slot') as Slot;
export const Epoch = (value: number): Epoch => count(value, 'epoch') as Epoch;
export const BlockNo = (value: number): BlockNo => count(value, 'block number') as BlockNo;
export const KesPeriod = (value: number): KesPeriod => count(value, 'KES period') as KesPeriod;
