import type {StateTable} from '../protocol.ts';
import type {BlockFetchMessage} from './messages.ts';

export type BlockFetchState = 'idle' | 'busy' | 'streaming' | 'done';

export const blockFetchTable: StateTable<BlockFetchState, BlockFetchMessage> = {
	idle: {agency: 'client', on: {requestRange: 'busy', clientDone: 'done'}},
	busy: {agency: 'server', on: {startBatch: 'streaming', noBlocks: 'idle'}},
	streaming: {agency: 'server', on: {block: 'streaming', batchDone: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
