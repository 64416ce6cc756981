import type {StatusView} from '#node/ports/control-api';
import type {ForgingView} from '#node/ports/forging-api';
import type {Answer, Options} from '../answer.ts';
import {byteSize, utc} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

const forgingLine = ({mode, enabled, lastReason, ...counts}: ForgingView): string => {
	if (mode === 'none') return 'no: it has no keys';
	const {leaderSlots, forged, adopted, missed} = counts;
	const figures = `led ${leaderSlots}, forged ${forged}, adopted ${adopted}, missed ${missed}; last: ${lastReason ?? 'a block'}`;
	if (mode === 'standby')
		return `stands by: "dcloud node promote" lets it forge${lastReason === null ? '' : `; last: ${lastReason}`}`;
	return enabled ? figures : `STOPPED until something is done: ${figures}`;
};

const nextBlockLine = ({forging, systemStartMs, slotMs}: StatusView): string => {
	const {nextLeaderSlot} = forging;
	if (nextLeaderSlot === null) return 'not known';
	return `slot ${nextLeaderSlot}, ${utc(systemStartMs + nextLeaderSlot * slotMs)}`;
};

const cardanoLine = ({cardano}: StatusView): string => {
	const {tip, unreachableSinceMs, rolledBackSinceMs, reference} = cardano;
	const known = `the chain knows what happened there up to slot ${reference.slot}`;
	if (unreachableSinceMs !== null)
		return `not reachable since ${utc(unreachableSinceMs)}: the node goes on, deposits and checkpoints wait; ${known}`;
	if (rolledBackSinceMs !== null)
		return `took back the block of slot ${reference.slot}, which the chain refers to (seen ${utc(rolledBackSinceMs)}): nothing is undone, deposits and checkpoints wait until it is back`;
	return tip === null ? `this node does not look; ${known}` : `slot ${tip.slot}; ${known}`;
};

const kesLine = ({kesPeriod, kesPeriodsLeft, kesExpiresAtMs}: ForgingView): string => {
	if (kesPeriod === null) return 'no key';
	const end = kesExpiresAtMs === null ? '' : ` until ${utc(kesExpiresAtMs)}`;
	return `period ${kesPeriod}, ${kesPeriodsLeft} left${end}: renew the certificate before none is`;
};

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
		['forging', forgingLine(forging)],
		['next block', nextBlockLine(status)],
		['KES', kesLine(forging)],
		['Cardano', cardanoLine(status)],
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
