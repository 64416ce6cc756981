/** The stake that an operator gives a relay, file by file. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {fromHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {Epoch} from '#kernel/slot';
import {readStake} from '#node/cardano-relay-options';
import {temporaryFolder} from '../support/temporary-folder.ts';

const pool = 'ab'.repeat(28);

test('a snapshot tells of the epochs before and after its own, where no other file does', async t => {
	const folder = await temporaryFolder(t);
	const snapshot = path.join(folder, 'snapshot.json');
	const shares = path.join(folder, 'shares.json');
	const stakes = {stakeGo: 1, stakeSet: 2, stakeMark: 3};
	const rest = {stakeGo: 3, stakeSet: 2, stakeMark: 1};
	const total = {stakeGo: 4, stakeSet: 4, stakeMark: 4};
	await writeFile(snapshot, JSON.stringify({pools: {[pool]: stakes, ['cd'.repeat(28)]: rest}, total}));
	await writeFile(shares, JSON.stringify({[pool]: {stake: '1/8', vrf: '05'.repeat(32)}}));
	const stakeOf = await readStake([`501=${shares}`, `500=${snapshot}`]);
	const shareIn = (epoch: number) => stakeOf(Epoch(epoch))?.pool(Hash28(fromHex(pool)))?.stake;
	t.deepEqual([498, 499, 500, 501, 502].map(shareIn), [
		undefined,
		Ratio(1n, 4n),
		Ratio(1n, 2n),
		Ratio(1n, 8n),
		undefined,
	]);
	await t.throwsAsync(readStake([snapshot]), {code: 'OPTION_MALFORMED'});
	await writeFile(shares, JSON.stringify({pools: {[pool]: stakes}, total}));
	await t.throwsAsync(readStake([`500=${shares}`]), {code: 'CARDANO_STAKE_BAD', message: /all-stake-pools/});
});
