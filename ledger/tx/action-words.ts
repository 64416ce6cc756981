/** What some fields of actions may say. Their places in the lists are their numbers on the wire: only ever append. */
import type {Codec} from '#kernel/cbor/codec';

/** Who closes an agreement: both together at once, or one of them after the close window. */
export type CloseMode = 'cooperative' | 'client' | 'operator';

/** maintenance: in that epoch it will not prove. loss: it has lost pieces of those agreements. */
export type NoticePurpose = 'maintenance' | 'loss';

const PURPOSES: readonly NoticePurpose[] = ['maintenance', 'loss'];

export const noticePurpose: Codec<NoticePurpose> = {
	write: (writer, purpose) => writer.uint(PURPOSES.indexOf(purpose)),
	read: reader => PURPOSES[reader.uint(PURPOSES.length - 1)] as NoticePurpose,
};

const MODES: readonly CloseMode[] = ['cooperative', 'client', 'operator'];

export const closeMode: Codec<CloseMode> = {
	write: (writer, mode) => writer.uint(MODES.indexOf(mode)),
	read: reader => MODES[reader.uint(MODES.length - 1)] as CloseMode,
};
