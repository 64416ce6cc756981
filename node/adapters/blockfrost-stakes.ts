import {encodeBech32} from '#kernel/bech32';
import {toHex} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import type {CardanoStakes} from '#node/ports/cardano-stakes';
import {countOf, isJson} from './blockfrost-forms.ts';
import {type BlockfrostHttp, createBlockfrostHttp} from './blockfrost-http.ts';
import type {AskJson} from './patient-json.ts';

const AMOUNT = /^\d{1,17}$/;

const invalid = ({url}: BlockfrostHttp, path: string, problem: string): NodeError =>
	new NodeError({
		code: 'MAIN_CHAIN_ANSWER_INVALID',
		message: `${url} does not answer as Blockfrost does: check its address.`,
		url: url + path,
		problem,
	});

/** Active stake as Blockfrost keeps it for every epoch: that of each delegator of a pool, in pages. */
export const createBlockfrostStakes = (
	service: {readonly url: string; readonly projectId: string},
	ask?: AskJson,
): CardanoStakes => {
	const http = createBlockfrostHttp(service, ask);
	const epochOf = async ({hash}: McRef, signal: AbortSignal | undefined): Promise<number> => {
		const path = `/blocks/${toHex(hash)}`;
		const block = await http.get(path, signal);
		const epoch = isJson(block) ? countOf(block['epoch']) : undefined;
		if (epoch === undefined) throw invalid(http, path, 'no epoch of the block');
		return epoch;
	};
	const stakeOf = async (epoch: number, pool: Hash28, signal: AbortSignal | undefined): Promise<bigint> => {
		const path = `/epochs/${epoch}/stakes/${encodeBech32('pool', pool)}`;
		let stake = 0n;
		for (const delegator of await http.pages(path, '', signal)) {
			const amount = isJson(delegator) ? delegator['amount'] : undefined;
			if (typeof amount !== 'string' || !AMOUNT.test(amount)) throw invalid(http, path, 'no amount');
			stake += BigInt(amount);
		}
		return stake;
	};
	return {
		activeStake: async (block, pools, {signal} = {}) => {
			const epoch = await epochOf(block, signal);
			const stakes: bigint[] = [];
			for (const pool of pools) stakes.push(await stakeOf(epoch, pool, signal));
			return stakes;
		},
	};
};
