import type {StateTable} from '../protocol.ts';
import type {LocalStateQueryMessage} from './messages.ts';

export type LocalStateQueryState = 'idle' | 'acquiring' | 'acquired' | 'querying' | 'done';

export const localStateQueryTable: StateTable<LocalStateQueryState, LocalStateQueryMessage> = {
	idle: {
		agency: 'client',
		on: {
			acquirePoint: 'acquiring',
			acquireVolatileTip: 'acquiring',
			acquireImmutableTip: 'acquiring',
			done: 'done',
		},
	},
	acquiring: {agency: 'server', on: {acquired: 'acquired', failure: 'idle'}},
	acquired: {
		agency: 'client',
		on: {
			query: 'querying',
			release: 'idle',
			reAcquirePoint: 'acquiring',
			reAcquireVolatileTip: 'acquiring',
			reAcquireImmutableTip: 'acquiring',
		},
	},
	querying: {agency: 'server', on: {result: 'acquired'}},
	done: {agency: 'nobody', on: {}},
};
