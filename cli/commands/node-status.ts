import type {Answer, Options} from '../answer.ts';
import {byteSize} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

export const nodeStatus = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const status = await (await openNode(options)).status({signal});
	const {forging, memory} = status;
	const lines = facts([
		[
			'node',
			`${status.name}, dCloud ${status.version}, up since ${new Date(status.startedAtMs).toISOString()}`,
		],
		[
			'tip',
			status.tip === null
				? 'origin'
				: `block ${status.tip.blockNo}, slot ${status.tip.slot} of ${status.currentSlot}`,
		],
		['synced', status.synced ? 'yes' : 'no'],
		['memory', `${byteSize(memory.residentBytes)}, heap ${byteSize(memory.heapUsedBytes)}`],
		[
			'forging',
			forging.enabled
				? `led ${forging.leaderSlots}, forged ${forging.forged}, adopted ${forging.adopted}, missed ${forging.missed}; last: ${forging.lastReason ?? 'a block'}`
				: 'no: a relay',
		],
		[
			'KES',
			forging.kesPeriod === null
				? 'no key'
				: `period ${forging.kesPeriod}, ${forging.kesPeriodsLeft} left: renew the certificate before none is`,
		],
	]);
	const peers = table(
		['peer', 'direction', '>rtt', '>tip'],
		status.peers.map(peer => [
			peer.address,
			peer.direction,
			peer.rttMs === null ? '' : `${peer.rttMs.toFixed(1)} ms`,
			peer.tip === null ? '' : String(peer.tip.blockNo),
		]),
	);
	return {data: status, text: `${lines}\n\n${peers}`};
};
