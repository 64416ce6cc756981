/** Those who run the providers: who was vacated takes no agreements until its operator, who has looked at it, says so. */
import {setTimeout as delay} from 'node:timers/promises';
import type {NetworkStage} from '#cli/demo/stage';
import {submitAction} from '#cli/wallet';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Crowd} from './crowd.ts';
import {codeOf} from './customers.ts';

const LOOK_MS = 3000;
const ASK_AGAIN_MS = 30_000;

export type Operators = {
	/** How often a provider was opened again. */
	readonly reopened: number;
	/** Until the signal aborts. */
	work(stop: AbortSignal): Promise<void>;
};

export const createOperators = (
	{relay, claims, people, network, account}: NetworkStage,
	crowd: Crowd,
): Operators => {
	let reopened = 0;
	/** When it was asked for last: it takes a few blocks. */
	const askedMs = new Map<number, number>();
	const reopen = async (index: number): Promise<void> => {
		const person = people.providers[index];
		const now = await relay.client.provider(claims[index] ?? '');
		if (person === undefined || now === undefined || now.accepting) return;
		if (account.elapsedMs() - (askedMs.get(index) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return;
		askedMs.set(index, account.elapsedMs());
		await submitAction(relay.client, network, {
			sender: person.owner.seed,
			cosigners: [person.operatorSeed],
			action: {
				kind: 'provider-update',
				provider: Hash32(fromHex(now.id)),
				storePrice: Lovelace(BigInt(now.storePrice)),
				minTermEpochs: now.minTermEpochs,
				capacityLeaves: Number(now.capacityLeaves),
				accepting: true,
				bondAdded: Lovelace(0n),
			},
		});
		reopened++;
		account.tell('reopened', `${crowd.nameOf(index)} takes agreements again`, {name: crowd.nameOf(index)});
	};
	return {
		get reopened() {
			return reopened;
		},
		work: async stop => {
			while (!stop.aborted) {
				for (const index of crowd.running())
					try {
						await reopen(index);
					} catch (error) {
						// Seen twice, or the node was busy: it is looked at again.
						account.tell('reopen-later', `${crowd.nameOf(index)} is opened again later: ${codeOf(error)}`);
					}
				await delay(LOOK_MS, undefined, {signal: stop}).catch(() => undefined);
			}
		},
	};
};
