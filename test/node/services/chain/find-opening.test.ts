import {randomBytes} from 'node:crypto';
import test from 'ava';
import type {Block} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {type BlockNo, Epoch, type Slot} from '#kernel/slot';
import {encodeBody} from '#ledger/block/block-body';
import {forestRootKey} from '#ledger/proofs/forest-root';
import {readerOf} from '#ledger/state/state';
import {findOpening, type ProofChain} from '#node/services/chain/find-opening';
import {challengeIndexes} from '#storage-proofs/challenge';
import {verifyForestProof} from '#storage-proofs/verify-forest-proof';
import {crypto} from '../../../support/crypto.ts';
import {hashOf} from '../../../support/ledger-chain.ts';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {Peer, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const EPOCH = Epoch(1);

/** A provider that has proven an epoch, and the chain with the blocks in which it did. */
const play = async () => {
	const world = new StorageWorld();
	const {ledger} = world;
	const blocks: {readonly slot: Slot; readonly segments: Block['segments']}[] = [];
	const add = ledger.block.bind(ledger);
	ledger.block = (slot, transactions = [], mainChain = {mcRef: ledger.mcRef, events: []}) => {
		blocks.push({slot, segments: encodeBody({transactions, mainChain})});
		return add(slot, transactions, mainChain);
	};
	const providers = await world.addProviders(['east']);
	const {id: provider} = at(providers, 0);
	ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, at(providers, 0), bob);
	await client.store(await client.open(), [pieceOf(new Uint8Array(randomBytes(100_000)))]);
	await world.advanceTo(ledger.slotAt(1, 9));
	const row = defined(readerOf(ledger.state).get('forestRoots', forestRootKey(EPOCH, provider)), 'proven');
	const placeAt = (blockNo: number) => {
		const block = blocks[blockNo];
		return block && {blockNo: blockNo as BlockNo, slot: block.slot, hash: hashOf(`block ${blockNo}`)};
	};
	const tip = defined(placeAt(blocks.length - 1), 'there are blocks');
	const chain = {network: {env: ledger.env}, ledger: ledger.state, tip} as unknown as ProofChain['chain'];
	const numberOf = new Map(blocks.map((_, blockNo) => [hashOf(`block ${blockNo}`).toString(), blockNo]));
	const reader: ProofChain['reader'] = {
		place: async blockNo => placeAt(blockNo),
		block: async (hash: HeaderHash) => blocks[numberOf.get(hash.toString()) ?? -1] as Block | undefined,
	};
	const forest = {root: row.root, totalLeaves: BigInt(row.totalLeaves)};
	const drawn = {
		genesisHash: ledger.env.genesisHash,
		seed: defined(row.seed, 'leaves were asked for'),
		providerId: provider,
		epoch: EPOCH,
		totalLeaves: forest.totalLeaves,
	};
	const {service} = at(providers, 0);
	return {
		ports: {chain, reader},
		service,
		stop: () => world.stop(providers),
		provider,
		forest,
		drawn: challengeIndexes(crypto, drawn),
	};
};

test('every leaf that the side-chain drew is found in the blocks, also when the state has forgotten the forest', async t => {
	const {ports, service, stop, provider, forest, drawn} = await play();
	const forgetful = {
		...ports,
		chain: {...ports.chain, ledger: {...ports.chain.ledger, forestRoots: new Map()}},
	};
	for (const each of [ports, forgetful])
		for (const leaf of drawn) {
			const opening = defined(await findOpening(each, {provider, ...forest, leaf}), 'it was shown');
			t.true(verifyForestProof(crypto, {...forest, indexes: [leaf]}, {openings: [opening]}).ok);
			t.deepEqual(await service.opening({...forest, leaf}), opening, 'the provider has it on its disk, too');
		}
	await stop();
});

test('a leaf that was never asked for, another forest and another provider are found nowhere', async t => {
	const {ports, service, stop, provider, forest, drawn} = await play();
	const leaf = defined(drawn[0], 'eight are drawn');
	let other = 0n;
	while (drawn.includes(other)) other++;
	t.is(await findOpening(ports, {provider, ...forest, leaf: other}), undefined);
	t.is(await findOpening(ports, {provider, ...forest, root: hashOf('other'), leaf}), undefined);
	t.is(await findOpening(ports, {provider: hashOf('nobody'), ...forest, leaf}), undefined);
	const pruned = {...ports, reader: {...ports.reader, block: async () => undefined}};
	t.is(await findOpening(pruned, {provider, ...forest, leaf}), undefined);
	t.is(await service.opening({...forest, root: hashOf('other'), leaf}), undefined);
	t.is(await service.opening({...forest, leaf: forest.totalLeaves}), undefined);
	await stop();
});
