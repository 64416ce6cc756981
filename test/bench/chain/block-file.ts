/** Blocks one after the other in a file, each after its length in four bytes: from the process that forges to those that read. */

import {once} from 'node:events';
import {createReadStream, createWriteStream} from 'node:fs';
import {concat, u32be} from '#kernel/bytes';

const CHUNK_BLOCKS = 1000;

export const writeBlocks = async (file: string, blocks: Iterable<Uint8Array>): Promise<void> => {
	const stream = createWriteStream(file);
	let chunk: Uint8Array[] = [];
	const flush = async (): Promise<void> => {
		if (!stream.write(concat(...chunk))) await once(stream, 'drain');
		chunk = [];
	};
	for (const block of blocks) {
		chunk.push(u32be(block.length), block);
		if (chunk.length >= 2 * CHUNK_BLOCKS) await flush();
	}
	await flush();
	stream.end();
	await once(stream, 'close');
};

export async function* readBlocks(file: string): AsyncGenerator<Uint8Array> {
	let rest = new Uint8Array(0);
	for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20}) as AsyncIterable<Uint8Array>) {
		const bytes = rest.length === 0 ? chunk : concat(rest, chunk);
		let at = 0;
		while (at + 4 <= bytes.length) {
			const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
			if (at + 4 + length > bytes.length) break;
			yield bytes.slice(at + 4, at + 4 + length);
			at += 4 + length;
		}
		rest = bytes.slice(at);
	}
}
