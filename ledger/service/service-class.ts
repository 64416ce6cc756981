/** How soon a provider answers for a piece at the latest, and what its client gets back when it does not. */
import type {Codec} from '#kernel/cbor/codec';
import {Slot} from '#kernel/slot';
import type {Genesis} from '../genesis/genesis.ts';

/** A class's place in this list is its number in the state and on the wire: only ever append. */
const CLASSES = ['archive', 'standard', 'fast'] as const;
export type ServiceClass = (typeof CLASSES)[number];
export const serviceClasses: readonly ServiceClass[] = CLASSES;

export type ServicePromise = {
	/**
	 * Tenths of an epoch, which are k/f slots, in which a demand is answered. One of them has about k blocks, so that those
	 * who would rather not see an answer on the chain cannot keep it out.
	 */
	readonly answerTenths: number;
	/** Epochs of the agreement's pay that go back when it is not. */
	readonly refundEpochs: number;
};

export const servicePromises: {readonly [C in ServiceClass]: ServicePromise} = {
	archive: {answerTenths: 10, refundEpochs: 1},
	standard: {answerTenths: 3, refundEpochs: 3},
	fast: {answerTenths: 1, refundEpochs: 10},
};

export const serviceClassCodec: Codec<ServiceClass> = {
	write: (writer, name) => writer.uint(CLASSES.indexOf(name)),
	read: reader => CLASSES[reader.uint(CLASSES.length - 1)] as ServiceClass,
};

/** An epoch has ten times k/f slots (`check-genesis`). */
export const answerSlots = ({epochLength}: Pick<Genesis, 'epochLength'>, name: ServiceClass): number =>
	(epochLength / 10) * servicePromises[name].answerTenths;

/** The first slot in which an answer to a demand of this slot is too late. */
export const answerDeadline = (genesis: Pick<Genesis, 'epochLength'>, name: ServiceClass, slot: Slot): Slot =>
	Slot(slot + answerSlots(genesis, name));

/**
 * Whether so few blocks were made since a demand that an answer may have found no place: a fifth of what is expected, as
 * for proofs.
 */
export const isCrowdedOut = (
	{k}: Pick<Genesis, 'k'>,
	name: ServiceClass,
	{blocks}: {readonly blocks: number},
): boolean => 5 * blocks < k * servicePromises[name].answerTenths;
