import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {instantiateKernel, instantiateWasm} from '#node/adapters/wasm-instance';

test('says what to do when a kernel was not built', async t => {
	const error = await t.throwsAsync(instantiateWasm('no-such-kernel'), {instanceOf: NodeError});
	t.is((error as NodeError).code, 'WASM_KERNEL_MISSING');
});

test('says what to do when a kernel is broken', async t => {
	const error = await t.throwsAsync(instantiateKernel('vrf', Uint8Array.of(0, 0x61, 0x73)), {
		instanceOf: NodeError,
	});
	t.is((error as NodeError).code, 'WASM_KERNEL_BROKEN');
});

test('hands out every backend', async t => {
	const {crypto, pieceTree, aead, streamCipher} = await createCryptoBackends();
	const data = new Uint8Array(10);
	t.deepEqual(pieceTree.pieceTree(data).root, crypto.blake2b256(Uint8Array.of(0), data));
	const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
	t.deepEqual(aead.open(key, nonce, data, aead.seal(key, nonce, data, data)), data);
	t.notDeepEqual(streamCipher.xorChaCha20(key, nonce, 0, data), data);
});
