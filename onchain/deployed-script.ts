import {toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {type Fields, referenceJson} from './json-fields.ts';
import type {PlutusScript} from './plutus-script.ts';

export type DeployedScript = PlutusScript & {
	/** The output that holds it for others to refer to. */
	readonly reference: McOutRef;
};

export const deployedScriptJson = ({hash, bytes, reference}: DeployedScript): object => ({
	hash: toHex(hash),
	bytes: toHex(bytes),
	reference: referenceJson(reference),
});

/** The inverse of `deployedScriptJson`. Throws `WrongShape`. */
export const deployedScriptFrom = (fields: Fields): DeployedScript => ({
	hash: Hash28(fields.bytes('hash', 28)),
	bytes: fields.bytes('bytes'),
	reference: fields.reference('reference'),
});
