/**
 * Tests of whole libp2p nodes over real sockets, one after another: their handshakes have time limits, which a machine
 * that does much else at once does not keep. In processes, because a thread that ends does not take native code with it.
 */
export const libp2pTests = [
	'test/transport/libp2p/**/*.test.ts',
	'test/transport/transport.test.ts',
	'test/node/libp2p-service.test.ts',
	'test/node/topic-overlay.test.ts',
	'test/node/services/storage-client/behind-routers.test.ts',
];

export default {
	files: libp2pTests,
	typescript: {compile: false, rewritePaths: {'test/': 'dist/test/'}},
	nodeArguments: ['--enable-source-maps'],
	workerThreads: false,
	serial: true,
	require: ['./dist/test/support/same-luck.js'],
	timeout: '10m',
};
