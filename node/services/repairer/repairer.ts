import type {Epoch} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {createSessionPool} from '#transport/session-pool';
import {ChainClient, reachableProviders} from '../storage-client/chain-client.ts';
import {peerOf} from '../storage-client/find-providers.ts';
import {type ClaimReport, claimBounties, findProven} from './claim-bounties.ts';
import type {RepairContext, RepairerPorts} from './repair-context.ts';
import {type RepairOptions, type RepairReport, repairPieces} from './repair-pieces.ts';
import {showUnseen} from './show-unseen.ts';
import type {ReachablePeer} from './successors.ts';
import {findVacated, type VacatedAgreement} from './vacated-agreements.ts';

export type RepairerOptions = {
	/** Ed25519, 32 bytes: the key that customers name as their repairer, and the account that is paid. */
	readonly seed: Uint8Array;
	readonly sessionsMax?: number;
	/** A transfer that takes this long beyond the others gets a rival; default 3 s. */
	readonly hedgeMs?: number;
};

type TicketsCall = {readonly tickets: readonly RepairTicket[]; readonly signal?: AbortSignal};

/** Rebuilds lost pieces for customers who gave it tickets, and is paid the bounties. It can do without memory: all is on chain. */
export type Repairer = {
	/** The vacated agreements of the tickets, what they lost and who took over. */
	survey(call: TicketsCall): Promise<readonly VacatedAgreement[]>;
	/** Posts what the tickets say of agreements and the chain has not seen in a whole epoch; returns how many there were. */
	showUnseen(call: TicketsCall): Promise<number>;
	/** Waits until an agreement of the tickets has lost pieces. Once an epoch, shows the chain what it has not seen. */
	untilLost(call: TicketsCall): Promise<readonly VacatedAgreement[]>;
	/** Repairs what is lost now. */
	repair(options: RepairOptions): Promise<RepairReport>;
	/** Claims what is proven now; with `wait`, first waits until all that is repaired has been proven. */
	claim(call: TicketsCall & {readonly wait?: boolean}): Promise<ClaimReport>;
	close(): void;
};

const HEDGE_MS = 3000;

export const openRepairer = async (
	ports: RepairerPorts,
	{seed, sessionsMax, hedgeMs = HEDGE_MS}: RepairerOptions,
): Promise<Repairer> => {
	const chain = await ChainClient.open(ports, seed);
	const pool = createSessionPool(ports.transport, {...(sessionsMax !== undefined && {sessionsMax})});
	const context: RepairContext = {ports, chain, pool, hedgeMs, signed: new Map()};

	const look = async ({
		tickets,
		signal,
	}: TicketsCall): Promise<{
		readonly vacated: readonly VacatedAgreement[];
		readonly providers: readonly ReachablePeer[];
	}> => {
		const call = {...(signal && {signal})};
		const providers = (await reachableProviders(ports.control, call)).flatMap(provider => {
			const peer = peerOf({pool, clock: ports.clock}, provider);
			return peer === undefined ? [] : {...provider, peer};
		});
		return {providers, vacated: await findVacated(context, tickets, providers, call)};
	};

	const survey: Repairer['survey'] = async call => (await look(call)).vacated;

	const show: Repairer['showUnseen'] = async ({tickets, ...call}) => await showUnseen(context, tickets, call);

	return {
		survey,
		showUnseen: show,
		untilLost: async call => {
			let vacated: readonly VacatedAgreement[] = [];
			let shownIn: Epoch | undefined;
			await chain.until(async () => {
				const epoch = epochOf(chain.env.genesis, await chain.currentSlot(call));
				if (epoch !== shownIn) await show(call);
				shownIn = epoch;
				vacated = await survey(call);
				return vacated.some(({lost}) => lost.length > 0);
			}, call);
			return vacated;
		},
		repair: async options => repairPieces(context, await look(options), options),
		claim: async ({wait = false, ...call}) => {
			let vacated = await survey(call);
			if (wait)
				await chain.until(async () => {
					vacated = await survey(call);
					for (const {successors} of vacated)
						for (const successor of successors.filter(({held}) => held.length > 0))
							if ((await findProven({chain}, successor, call)) === undefined) return false;
					return true;
				}, call);
			return await claimBounties(context, vacated, call);
		},
		close: () => pool.close(),
	};
};
