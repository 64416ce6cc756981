/** Guides that need more than their commands, such as days that pass by hand: `scripts/run-guides.mjs` runs them with the others. */
export const guideTests = ['test/guides/**/*.test.ts'];

export default {
	files: guideTests,
	typescript: {compile: false, rewritePaths: {'test/': 'dist/test/'}},
	nodeArguments: ['--enable-source-maps'],
	require: ['./dist/test/support/same-luck.js'],
	timeout: '10m',
};
