import {NodeError} from '#kernel/node-error';

/** The NodeError that a promise ends with; anything else fails the test. */
export const failureOf = async (promise: Promise<unknown>): Promise<NodeError> => {
	try {
		await promise;
	} catch (error) {
		if (error instanceof NodeError) return error;
		throw error;
	}
	throw new NodeError({code: 'TEST_EXPECTED_A_FAILURE'});
};
