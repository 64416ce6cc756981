/**
 * Whole networks in the simulator that something goes wrong with (`npm run adversaries`): every scenario, adversaries that must
 * succeed where the rule that stops them is gone, nodes with a fault that must be seen. Minutes of one core each, and nothing else.
 */
export const adversaryTests = [
	'test/simulation/foes/bite.test.ts',
	'test/simulation/mutants/mutants.test.ts',
	'test/simulation/scenarios/scenarios.test.ts',
];

export default {
	files: adversaryTests,
	typescript: {compile: false, rewritePaths: {'test/': 'dist/test/'}},
	nodeArguments: ['--enable-source-maps'],
	require: ['./dist/test/support/same-luck.js'],
	timeout: '10m',
};
