/**
 * The contracts, check by check with three verdicts, and whole lives of them on a Cardano devnet (`npm run contracts`): they compile
 * scripts most of the time, minutes of it, and only change with `onchain` and the code around it.
 */
export const contractTests = [
	'test/cli/cardano-bad-input.test.ts',
	'test/cli/cardano-bond.test.ts',
	'test/cli/cardano-channel.test.ts',
	'test/cli/deploy-apart.test.ts',
	'test/cli/deploy-bonds.test.ts',
	'test/cli/deploy-guide.test.ts',
	'test/cli/governance-signing.test.ts',
	'test/cli/killed-payment.test.ts',
	'test/node/adapters/lucid/**/*.test.ts',
	'test/onchain/plutus/blueprint.test.ts',
	'test/onchain/validators/**/*.test.ts',
];

export default {
	files: contractTests,
	typescript: {compile: false, rewritePaths: {'test/': 'dist/test/'}},
	nodeArguments: ['--enable-source-maps'],
	require: ['./dist/test/support/same-luck.js'],
	timeout: '10m',
};
