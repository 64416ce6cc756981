import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {readTopology} from '#node/read-inputs';
import {NO_PEERS} from '#relay/topology';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a topology is read with the peer snapshot beside it', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'topology.json');
	await writeFile(file, JSON.stringify({localRoots: [], peerSnapshotFile: 'peers.json'}));
	await writeFile(path.join(folder, 'peers.json'), JSON.stringify({slotNo: 5, bigLedgerPools: []}));
	t.deepEqual(await readTopology(file), {
		...NO_PEERS,
		peerSnapshotFile: 'peers.json',
		snapshot: {slot: 5, networkMagic: undefined, bigPools: [], pools: []},
	});
	t.deepEqual(await readTopology(undefined), NO_PEERS);
});

test('what is wrong in a topology or its snapshot is said with file, field and what belongs there', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'topology.json');
	const snapshotFile = path.join(folder, 'peers.json');
	await writeFile(file, JSON.stringify({localRoots: [{accessPoints: 5}]}));
	await t.throwsAsync(readTopology(file), {
		code: 'TOPOLOGY_BAD',
		message: `${file} is not a topology: TOPOLOGY_FIELD_WRONG: localRoots[0].accessPoints wants a list.`,
	});
	await writeFile(file, JSON.stringify({localRoots: [], peerSnapshotFile: snapshotFile}));
	await t.throwsAsync(readTopology(file), {code: 'FILE_NOT_FOUND'});
	await writeFile(snapshotFile, JSON.stringify({slotNo: 5, bigLedgerPools: [{}]}));
	await t.throwsAsync(readTopology(file), {
		code: 'PEER_SNAPSHOT_BAD',
		message: `${snapshotFile} is not a peer snapshot: PEER_SNAPSHOT_FIELD_WRONG: bigLedgerPools[0].relativeStake wants a number from 0 to 1.`,
	});
});
