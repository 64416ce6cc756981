import type {Hash32} from '#kernel/hash';
import type {Verb} from '../answer.ts';
import {periodOutlook} from '../bridge-outlook.ts';
import {ada, utc} from '../format.ts';
import {send, textOption} from '../sending.ts';
import {parseAmount, parseId} from '../wallet.ts';

/** Burns credits for a claim, and says when that can be claimed. */
export const withdraw: Verb = (_words, options, signal) =>
	send(options, signal, async ({node, network: {genesis}}) => {
		const claimId = parseId<Hash32>(textOption(options, 'claim'), 32, 'A claim id');
		const amount = parseAmount(textOption(options, 'amount'));
		const {currentSlot} = await node.status({signal});
		const {period, endsMs} = periodOutlook(genesis, currentSlot);
		return {
			action: {kind: 'withdraw', claimId, amount},
			say: `${ada(amount)} burnt for the claim ${textOption(options, 'claim')}: it can be claimed on Cardano when period ${period} is checkpointed, which ends at ${utc(endsMs)}`,
		};
	});
