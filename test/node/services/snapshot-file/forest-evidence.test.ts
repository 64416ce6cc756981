import test from 'ava';
import {defined} from '#kernel/assert';
import {decode, encode} from '#kernel/cbor/codec';
import {Epoch} from '#kernel/slot';
import {forestRootKey} from '#ledger/proofs/forest-root';
import {stateCodec} from '#ledger/state/state';
import {showForest} from '#node/services/snapshot-file/forest-evidence';
import type {PinnedChain} from '#node/services/snapshot-file/pinned-period';
import {stateRootOfForest} from '#onchain/state-row';
import {crypto} from '../../../support/crypto.ts';
import {hashOf} from '../../../support/ledger-chain.ts';
import {first, pinned, source, sourceStores} from '../support/snapshot-world.ts';

const provider = hashOf('claim');
const EPOCH = Epoch(0);
const row = {root: hashOf('root'), totalLeaves: 1234, seed: hashOf('seed')};

/** The chain as it would be had the provider proven something in its first period. */
const provenIn = (
	rows: readonly (readonly [key: string, value: typeof row | (Omit<typeof row, 'seed'> & {seed: null})])[],
): PinnedChain => {
	const decoded = decode(stateCodec, pinned.state);
	if (!decoded.ok) throw new TypeError(decoded.error.code);
	const state = decoded.value;
	for (const [key, value] of rows) state.forestRoots.set(key, value);
	const changed = {...pinned, state: encode(stateCodec, state)};
	return {
		network: source.network,
		ledger: source.ledger,
		volatileAt: blockNo => source.volatileAt(blockNo),
		stores: {
			...sourceStores,
			ledgerStore: {
				...sourceStores.ledgerStore,
				pinned: async name =>
					name === 'period-0000000000000001' ? changed : sourceStores.ledgerStore.pinned(name),
			},
		},
	};
};

test('what a provider had proven when a period closed is shown under the root of that period’s state', async t => {
	const chain = provenIn([
		[forestRootKey(EPOCH, hashOf('another')), {...row, root: hashOf('other root')}],
		[forestRootKey(EPOCH, provider), row],
	]);
	const shown = defined(await showForest(chain, {provider, period: 1}), 'it was proven');
	t.like(shown.forest, {provider, epoch: 0, root: row.root, totalLeaves: 1234n, seed: row.seed});
	t.deepEqual(stateRootOfForest(crypto, shown.forest), shown.stateRoot);
	t.deepEqual(await showForest(chain, {provider}), shown, 'by default under the confirmed checkpoint');
	t.notDeepEqual(shown.stateRoot, first.stateRoot, 'this state is another');
});

test('nothing is shown of an epoch without leaves, of a stranger, or of a period whose state is gone', async t => {
	const chain = provenIn([[forestRootKey(EPOCH, provider), {...row, totalLeaves: 0, seed: null}]]);
	t.is(await showForest(chain, {provider, period: 1}), undefined);
	t.is(await showForest(chain, {provider, epoch: 0, period: 1}), undefined);
	t.is(await showForest(chain, {provider: hashOf('stranger'), period: 1}), undefined);
	await t.throwsAsync(showForest(chain, {provider, period: 0}), {code: 'EXPORT_NO_CHECKPOINT'});
	await t.throwsAsync(showForest(chain, {provider, period: 99}), {code: 'EXPORT_STATE_NOT_KEPT'});
});
