import test from 'ava';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ProviderPeer} from '#node/services/storage-client/provider-peer';
import {downloadPieces, type PieceSource, type Receiving} from '#node/services/storage-client/segments';

const LENGTH = 8;
const ID = Hash32(new Uint8Array(32));

/** Time passes only by what ends: one attempt after the other is started at once. */
const clock = {now: () => 0, waitUntil: async () => undefined};
const racing = {clock, hedgeMs: 0};

const sourceOf = (index: number, get: ProviderPeer['get']): PieceSource => ({
	index,
	pieceId: ID,
	agreementId: ID,
	// Nothing else is asked of it here.
	peer: {get} as ProviderPeer,
});

const receiving = (accept: Receiving['accept']) => {
	const taken = new Map<Uint8Array, number>();
	return {
		taken,
		take: (index: number, length: number) => {
			const buffer = new Uint8Array(length);
			taken.set(buffer, index);
			return buffer;
		},
		give: (_index: number, buffer: Uint8Array) => void taken.delete(buffer),
		accept,
	};
};

const bring: ProviderPeer['get'] = async ({into = new Uint8Array(LENGTH)}) => into;

test('memory of a piece that came when enough had come is given back', async t => {
	let finish: () => void = () => undefined;
	const late = new Promise<void>(resolve => {
		finish = resolve;
	});
	const all = receiving(async ({index}) => {
		if (index === 0) await late;
		return true;
	});
	const sources = [0, 1, 2].map(index => sourceOf(index, bring));
	const found = await downloadPieces(all, {sources, length: LENGTH, wanted: 2}, racing);
	t.deepEqual(found.map(({index}) => index).toSorted(), [1, 2]);
	finish();
	await new Promise(resolve => setImmediate(resolve));
	t.deepEqual([...all.taken.values()].toSorted(), [1, 2]);
});

test('when too few pieces come, the memory of those that did is given back', async t => {
	const all = receiving(async () => true);
	const fail = async (): Promise<never> => {
		throw new NodeError({code: 'PROVIDER_SILENT'});
	};
	const sources = [sourceOf(0, bring), sourceOf(1, fail), sourceOf(2, fail)];
	const error = await t.throwsAsync(downloadPieces(all, {sources, length: LENGTH, wanted: 2}, racing), {
		instanceOf: NodeError,
	});
	t.is(error.code, 'DOWNLOAD_TOO_FEW_PIECES');
	t.is(all.taken.size, 0);
});
