/** Step 6: a provider is killed and its disk lost: slashed, its pieces rebuilt elsewhere, the repairer paid. */
import {rm} from 'node:fs/promises';
import {toHex} from '#kernel/bytes';
import type {Repairer} from '#node/services/repairer/repairer';
import {openRepairService} from '#node/storage-users';
import {ada, byteSize, short} from '../../format.ts';
import {check, type NetworkStage} from '../stage.ts';
import type {StoredStage} from './storage.ts';

/** Which provider is lost. */
export const LOST = 2;
const MISS_MS_MAX = 450_000;
const REPAIR_MS_MAX = 300_000;

export type LostProvider = {
	readonly repairer: Repairer;
	readonly pieces: number;
	readonly startedMs: number;
};

/** Returns the id of the provider that is gone for good. */
export const killProvider = async (stage: NetworkStage): Promise<string> => {
	const {account, layout} = stage;
	const [member] = stage.providers.slice(LOST);
	const id = stage.claims[LOST];
	check(member !== undefined && id !== undefined, 'there is a third provider');
	member.started.kill('SIGKILL');
	await member.started.gone;
	await rm(layout.node(member.name), {recursive: true, force: true});
	stage.providers.splice(LOST, 1);
	account.tell('lost', `${member.name} (${short(id)}) killed with SIGKILL, its data folder deleted`, {
		name: member.name,
		provider: id,
	});
	return id;
};

const missed = async (stage: NetworkStage, id: string): Promise<void> => {
	const {account, events} = stage;
	const line = await events.waitFor(
		'the miss of the lost provider',
		({event}) => event.kind === 'missed' && event['provider'] === id,
		MISS_MS_MAX,
	);
	const {event} = line;
	const amount = (name: string): bigint => BigInt(String(event[name]));
	account.tell(
		'missed',
		`missed in epoch ${String(event['epoch'])} (${String(event['reason'])}), block ${line.blockNo}: no pay, slashed ${ada(amount('slashed'))}: ${ada(amount('toBounties'))} to the repair bounty, ${ada(amount('toTreasury'))} to the treasury`,
		{...event, blockNo: line.blockNo},
	);
	check(event['vacated'] === true, 'on the devnet the first miss vacates the agreements');
};

/** Waits for the miss of the provider that was killed, then rebuilds. */
export const rebuildPieces = async (
	stage: NetworkStage,
	stored: StoredStage,
	id: string,
): Promise<LostProvider> => {
	const {account, people, relay, signal, figures} = stage;
	await missed(stage, id);
	const startedMs = account.elapsedMs();
	const repairer = await openRepairService({control: relay.client, seed: people.repairer.seed});
	const tickets = [stored.ticket];
	const late = AbortSignal.any([signal, AbortSignal.timeout(REPAIR_MS_MAX)]);
	await repairer.untilLost({tickets, signal: late});
	let bar: ReturnType<typeof account.progress> | undefined;
	const report = await repairer.repair({
		tickets,
		signal: late,
		onProgress: progress => {
			if (progress.phase !== 'pieces') return;
			bar ??= account.progress('pieces rebuilt', progress.totalPieces, 'pieces');
			bar.advance(progress.pieces);
		},
	});
	bar?.finish();
	check(report.failed.length === 0, 'every lost piece was rebuilt', {failed: report.failed});
	for (const {providerId, successor, pieceIds, bytes} of report.repaired)
		account.tell(
			'repaired',
			`${pieceIds.length} pieces (${byteSize(bytes)}) rebuilt from others, without content keys, onto ${short(toHex(providerId))}, which held none of their segments: agreement ${short(toHex(successor))}`,
			{providerId, successor, pieceIds, bytes},
		);
	const pieces = report.repaired.reduce((sum, {pieceIds}) => sum + pieceIds.length, 0);
	check(pieces > 0, 'there were pieces to rebuild');
	const seconds = (account.elapsedMs() - startedMs) / 1000;
	figures.push(['repair', `${pieces} pieces in ${seconds.toFixed(1)} s, agreements and blocks included`]);
	return {repairer, pieces, startedMs};
};

/** The successors have committed and proven: the bounty is due. */
export const collectBounty = async (
	stage: NetworkStage,
	stored: StoredStage,
	{repairer, pieces}: LostProvider,
): Promise<void> => {
	const {account, people, relay, signal} = stage;
	const id = toHex(people.repairer.account);
	const before = BigInt((await relay.client.account(id)).balance);
	const late = AbortSignal.any([signal, AbortSignal.timeout(MISS_MS_MAX)]);
	const report = await repairer.claim({tickets: [stored.ticket], wait: true, signal: late});
	repairer.close();
	await stored.storage.close();
	const total = report.claimed.reduce((sum: bigint, {amount}) => sum + amount, 0n);
	const after = BigInt((await relay.client.account(id)).balance);
	account.tell(
		'bounty',
		`the successors have proven ${report.claimed.length} of ${pieces} rebuilt pieces: the repairer was paid ${ada(total)} (its balance went from ${ada(before)} to ${ada(after)}, fees included)`,
		{...report, before, after, total},
	);
	check(report.claimed.length === pieces && total > 0n, 'the repairer was paid for every piece it rebuilt', {
		claimed: report.claimed.length,
		pieces,
	});
	stage.figures.push(['repair bounty', `${ada(total)} for ${pieces} pieces`]);
};
