/** A repairer that never sleeps: whenever a provider has missed, it rebuilds what is lost. */
import {setTimeout as delay} from 'node:timers/promises';
import type {NetworkStage} from '#cli/demo/stage';
import {NodeError} from '#kernel/node-error';
import type {EventLine} from '#node/ports/control-api';
import {openRepairService} from '#node/storage-users';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {type Customer, codeOf} from './customers.ts';

const LOOK_MS = 1000;

export type RepairCrew = {
	readonly misses: number;
	readonly rebuilt: number;
	/** Whether nobody has missed whose pieces are not rebuilt. */
	readonly idle: boolean;
	/** Works until the signal aborts. */
	work(stop: AbortSignal): Promise<void>;
	/** Claims what is proven; the lovelace. */
	claim(): Promise<bigint>;
	close(): void;
};

export const createRepairCrew = async (
	{relay, people, events, account, signal}: NetworkStage,
	customer: Customer,
	/** All that this provider had lost is with others. */
	onRepaired: (providerId: string) => void,
): Promise<RepairCrew> => {
	const repairer = await openRepairService({control: relay.client, seed: people.repairer.seed});
	const known = new Map<string, RepairTicket>();
	const tickets = async (): Promise<readonly RepairTicket[]> => {
		for (const {name} of customer.kept)
			if (!known.has(name)) known.set(name, (await customer.storage.repairTicket(name)).ticket);
		return [...known.values()];
	};
	const seen = new Set<string>();
	const pending = new Map<string, string>();
	let rebuilt = 0;
	const nameOf = ({event}: EventLine): string => `${String(event['provider'])} ${String(event['epoch'])}`;
	const look = (): void => {
		for (const line of events.lines()) {
			if (line.event.kind !== 'missed' || seen.has(nameOf(line))) continue;
			seen.add(nameOf(line));
			pending.set(nameOf(line), String(line.event['provider']));
		}
	};
	const pass = async (): Promise<void> => {
		const before = [...pending];
		const {repaired, failed} = await repairer.repair({tickets: await tickets(), signal});
		const pieces = repaired.reduce((sum, {pieceIds}) => sum + pieceIds.length, 0);
		rebuilt += pieces;
		const reasons = [...new Set(failed.map(({reason}) => reason))];
		account.tell(
			'repaired',
			`${before.length} missed: ${pieces} pieces rebuilt${failed.length === 0 ? '' : `, ${failed.length} to be tried again (${reasons.join(', ')})`}`,
			{pieces, failed: failed.length, reasons},
		);
		if (failed.length > 0) return;
		for (const [name, provider] of before) {
			pending.delete(name);
			onRepaired(provider);
		}
	};
	return {
		get misses() {
			return seen.size;
		},
		get rebuilt() {
			return rebuilt;
		},
		get idle() {
			look();
			return pending.size === 0;
		},
		work: async stop => {
			while (!stop.aborted) {
				look();
				try {
					if (pending.size > 0) await pass();
				} catch (error) {
					signal.throwIfAborted();
					account.tell('repair-later', `repair is tried again: ${codeOf(error)}`);
				}
				await delay(LOOK_MS, undefined, {signal});
			}
		},
		claim: async () => {
			try {
				const {claimed} = await repairer.claim({tickets: await tickets(), signal});
				return claimed.reduce((sum: bigint, {amount}) => sum + amount, 0n);
			} catch (error) {
				if (!(error instanceof NodeError)) throw error;
				account.tell('unclaimed', `no bounty could be claimed now: ${error.code}`);
				return 0n;
			}
		},
		close: () => repairer.close(),
	};
};
