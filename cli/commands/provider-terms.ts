/** `dcloud provider terms`: price, shortest term, capacity and whether it takes agreements, from the next agreement on. */
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import type {Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {send, textOption} from '../sending.ts';
import {parseLeaves} from '../size.ts';
import {parseAmount} from '../wallet.ts';
import {operatorKeyOf} from './provider-notices.ts';
import {findProvider} from './provider-views.ts';

export const setTerms: Verb = (_words, options, signal) =>
	send(options, signal, async ({node}) => {
		const now = await findProvider(node, textOption(options, 'provider'), signal);
		const {price, capacity, addBond, accept, refuse} = options;
		if (accept === true && refuse === true)
			throw new NodeError({
				code: 'OPTION_MALFORMED',
				message: '--accept and --refuse say the opposite of each other: give one.',
			});
		const provider = Hash32(fromHex(now.id));
		const storePrice = typeof price === 'string' ? parseAmount(price) : Lovelace(BigInt(now.storePrice));
		const capacityLeaves = typeof capacity === 'string' ? parseLeaves(capacity) : Number(now.capacityLeaves);
		const minTermEpochs = countOption(options, 'minTerm', EPOCH_MAX) ?? now.minTermEpochs;
		const accepting = accept === true || (refuse !== true && now.accepting);
		const bondAdded = typeof addBond === 'string' ? parseAmount(addBond) : Lovelace(0n);
		return {
			action: {
				kind: 'provider-update',
				provider,
				storePrice,
				minTermEpochs,
				capacityLeaves,
				accepting,
				bondAdded,
			},
			cosigners: [await operatorKeyOf(options)],
			say: `provider ${toHex(provider)}: ${ada(storePrice)} per GiB and epoch, at least ${minTermEpochs} epochs, ${capacityLeaves} KiB, ${accepting ? 'takes agreements' : 'takes no agreements'}, ${ada(bondAdded)} more bond`,
		};
	});
