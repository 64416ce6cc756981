/** The form of trees is fixed: these were written by this code on 2026-11-21 and must never change. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {bucketId, MemoryBucket, newTree, put} from './worlds.ts';

test('the keys of a bucket follow from the key of its owner as they always did', t => {
	const {seal, hash, boundary} = newTree().keys;
	t.deepEqual([bucketId, seal, hash, boundary].map(toHex), [
		'a8c22f0e0243920c9be68762221df8859d05b974dfa16c17ee3cc9a4088c330e',
		'90710d17c59aacbc17c9d24a6c5a8ec3e44fe4ee5881cded6b66c89c2b04ef3b',
		'f401d73634c8ef4ae226b53f5af7e28ca63072970919b7567f64e7f882168848',
		'297a1d084480e068e980e9aa5d8c14622e27251da364c6baed3ce510522fbcfa',
	]);
});

test('a tree of one object has the bytes that it always had', t => {
	const bucket = new MemoryBucket();
	const [only, ...others] = bucket.write([put('hello.txt', 'hello, world')]).nodes;
	t.deepEqual(others, []);
	t.is(
		toHex(only?.bytes ?? new Uint8Array(0)),
		'fddaa26ec11a51b4804546bd7f252d44fcbf5c8465bd48141f84b2269b606699f410b7922a17ba8609bd04becf543a6c53abaaf162cc94d93829bcfc51e80b32ec32b20aa035edb36379f085225b0b553070a8c852b62979eefcb3d45238444c2e2cde6ef9354a35b7d1ef96d65892daa28ae68c32629488e1c9268a9c3ef663f53454a6690eba4f978059ac71e78c9e',
	);
});

test('a tree of a thousand objects has the root that it always had', t => {
	const bucket = new MemoryBucket();
	bucket.write(Array.from({length: 1000}, (_, index) => put(`folder/${index}`, `content ${index}`)));
	t.is(
		toHex(bucket.root ?? new Uint8Array(0)),
		'44586aa929b4e5df5eb0ce018d8a2b29dce1164ff0de21da2f53d352b5db8524',
	);
});
