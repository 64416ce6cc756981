import type {SigningGuard} from '#node/ports/signing-guard';
import type {ChainStores} from '#node/services/chain/open-chain';
import type {Owner} from './virtual-time.ts';

/** What a node keeps from one life to the next. */
export type Disk = {
	/** For one life; after its owner's death nothing is written any more. */
	readonly open: (owner: Owner) => Promise<ChainStores>;
	readonly guard: (owner: Owner) => SigningGuard;
	/** The life ends as it should. */
	readonly close: () => Promise<void>;
	/** The process dies, or the power goes: then what was not synced may be lost. */
	readonly crash: (how: 'process' | 'power') => void;
};
