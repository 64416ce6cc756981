/** Headers and blocks as they come from a peer, taken apart: ours checks every length and hashes, the peer only parses. */
import {Cbor} from '@harmoniclabs/cbor';
import {decodeBlock} from '#consensus/block/block';
import {decodeHeader} from '#consensus/header/header';
import {genesisPraosState} from '#consensus/praos-state';
import {devnetParams} from '#consensus/profiles';
import {assert} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {crypto} from '../support/crypto.ts';
import {forgeTestChain, testPool} from '../support/praos.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';

const BLOCKS = 20;

export const decodingBench: Bench = {
	name: 'decoding',
	run: async () => {
		const state = genesisPraosState(Hash32(new Uint8Array(32)));
		const {blocks} = forgeTestChain({params: devnetParams, state, pools: [testPool(1)], count: BLOCKS});
		const rate = (decode: (block: (typeof blocks)[number]) => boolean): number =>
			ratePerSecond(() => {
				for (const block of blocks) assert(decode(block), 'a block of the bench does not decode');
				return blocks.length;
			});
		const parses = (bytes: Uint8Array): boolean => Cbor.parse(bytes) !== undefined;
		const peer = (value: number) => ({name: '@harmoniclabs/cbor', value});
		return [
			moreIsBetter(
				'decoding/headers',
				'headers/s',
				rate(({headerBytes}) => decodeHeader(crypto, headerBytes).ok),
				peer(rate(({headerBytes}) => parses(headerBytes))),
			),
			moreIsBetter(
				'decoding/blocks',
				'blocks/s',
				rate(({bytes}) => decodeBlock(crypto, bytes).ok),
				peer(rate(({bytes}) => parses(bytes))),
			),
		];
	},
};
