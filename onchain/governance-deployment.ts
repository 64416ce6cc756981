/** What anybody needs to build transactions of governance: the scripts, and what they were compiled for. */
import type {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import type {CardanoNetwork} from './deployment.ts';
import type {PlutusScript} from './plutus-script.ts';

export type GovernanceScriptRecord = PlutusScript & {
	/** The output that holds it for others to refer to; undefined until it was published. */
	readonly reference?: McOutRef;
};

export type GovernanceDeployment = {
	readonly network: CardanoNetwork;
	readonly token: GovernanceScriptRecord;
	readonly governance: GovernanceScriptRecord;
	/** Script hash of the treasury that it pays from when it begins. */
	readonly treasury: Hash28;
};
