/** Step 9: the smallest producer loses power in mid-run, comes back, and forges again. */
import {access} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';

const FORGE_MS_MAX = 200_000;

export const cutPower = async (stage: NetworkStage): Promise<void> => {
	const {account, people, signal} = stage;
	const index = stage.producers.length - 1;
	const member = stage.producers[index];
	const producer = people.producers[index];
	if (member === undefined || producer === undefined)
		throw new NodeError({code: 'DEMO_CHECK_FAILED', message: 'There is no third producer.'});
	const before = await member.client.status();
	member.started.kill('SIGKILL');
	await member.started.gone;
	const lockLeft = await access(path.join(stage.layout.node(member.name), 'control.json')).then(
		() => true,
		() => false,
	);
	account.tell(
		'killed',
		`${member.name} (20 % of the stake) killed with SIGKILL at block ${before.tip?.blockNo}`,
		{
			name: member.name,
			blockNo: before.tip?.blockNo,
			leftBehind: lockLeft,
		},
	);
	const restartedMs = account.elapsedMs();
	const again = await stage.starter.producer(producer, stage.relay);
	stage.producers[index] = again;
	const recovered = await again.client.status();
	account.tell(
		'recovered',
		`restarted as process ${again.started.pid} in ${account.elapsedMs() - restartedMs} ms: its database opened at block ${recovered.tip?.blockNo}`,
		{pid: again.started.pid, blockNo: recovered.tip?.blockNo, ms: account.elapsedMs() - restartedMs},
	);
	check(
		(recovered.tip?.blockNo ?? 0) + 30 >= (before.tip?.blockNo ?? 0),
		'the killed producer lost no more than what it had not stored yet',
	);
	await until('the restarted producer forges a block that is adopted', FORGE_MS_MAX, signal, async () => {
		const {forging, synced} = await again.client.status();
		return synced && forging.adopted > 0;
	});
	const after = await again.client.status();
	account.tell(
		'forges-again',
		`caught up at block ${after.tip?.blockNo} and forged ${after.forging.forged} block(s) since`,
		{blockNo: after.tip?.blockNo, forged: after.forging.forged},
	);
};
