import {NodeError} from '#kernel/node-error';
import {readJson} from '#ledger/genesis/json-form';
import {type LedgerParameters, parametersForm} from '#ledger/genesis/parameters';
import type {CallOptions, ControlClient} from '#node/ports/control-api';

/** The parameters in force at the tip of the node's chain. Throws CONTROL_BAD_ANSWER. */
export const readParameters = async (
	node: Pick<ControlClient, 'parameters'>,
	options?: CallOptions,
): Promise<LedgerParameters> => {
	const read = readJson(parametersForm, await node.parameters(options));
	if (read.ok) return read.value;
	throw new NodeError({
		code: 'CONTROL_BAD_ANSWER',
		message: `The node's parameters make no sense: ${read.error.field} ${read.error.problem}.`,
		failure: read.error,
	});
};
