import {NodeError} from '#kernel/node-error';
import type {PoolView} from '#node/ports/pool-api';
import type {Answer, Options} from '../answer.ts';
import {ada, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

export const listPools = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const pools = await (await openNode(options)).pools({signal});
	const rows = pools.map(pool => [
		pool.id,
		ada(BigInt(pool.stake.set)),
		pool.setShare,
		ada(BigInt(pool.cost)),
		pool.margin,
		String(pool.blocksThisEpoch),
		pool.retiresAtEpoch === null ? '' : `retires in epoch ${pool.retiresAtEpoch}`,
	]);
	return {
		data: pools,
		text: table(['pool', '>stake of this epoch', '>share', '>cost', '>margin', '>blocks', ''], rows),
	};
};

export const findPool = async (id: string, options: Options, signal: AbortSignal): Promise<PoolView> => {
	const pools = (await (await openNode(options)).pools({signal})).filter(pool => pool.id.startsWith(id));
	const [pool] = pools;
	if (pool === undefined || pools.length > 1)
		throw new NodeError({
			code: pool === undefined ? 'POOL_NOT_FOUND' : 'POOL_AMBIGUOUS',
			message: `${pools.length} pools have an id that starts with ${id}: "dcloud pool list" shows them.`,
		});
	return pool;
};

const stakeOnCardano = ({cardanoPools, cardanoStake, cardanoWeight}: PoolView): string => {
	if (cardanoPools.length === 0) return 'none bound';
	const told =
		cardanoStake === null
			? 'the committee has not told how much yet'
			: `${ada(BigInt(cardanoStake.stake))} as the committee told in epoch ${cardanoStake.epoch}`;
	return `of ${cardanoPools.length} bound, ${told}; weighs ${ada(BigInt(cardanoWeight))} this epoch`;
};

export const showPool = async (
	[id = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const pool = await findPool(id, options, signal);
	return {
		data: pool,
		text: facts([
			['pool', pool.id],
			['cold key', pool.coldVk],
			['VRF key hash', pool.vrfKeyHash],
			['checkpoint key', pool.checkpointVk],
			['rewards to', pool.rewardAccount],
			['cost, margin', `${ada(BigInt(pool.cost))}, ${pool.margin}`],
			[
				'stake',
				`mark ${ada(BigInt(pool.stake.mark))}, set ${ada(BigInt(pool.stake.set))} (${pool.setShare}), go ${ada(BigInt(pool.stake.go))}`,
			],
			['stake on Cardano', stakeOnCardano(pool)],
			['blocks this epoch', String(pool.blocksThisEpoch)],
			['retires', pool.retiresAtEpoch === null ? 'no' : `at the start of epoch ${pool.retiresAtEpoch}`],
		]),
	};
};

/** What the pool's reward account was paid: its reward events, newest first. */
export const poolRewards = async (
	[id = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const pool = await findPool(id, options, signal);
	const lines = await (await openNode(options)).history(pool.rewardAccount, {limit: 1000}, {signal});
	const rewards = lines.flatMap(line =>
		line.events
			.filter(({kind}) => kind.includes('reward'))
			.map(event => ({...event, blockNo: line.blockNo, slot: line.slot})),
	);
	const rows = rewards.map(reward => {
		const amount = (reward as {amount?: unknown}).amount;
		return [String(reward.blockNo), String(reward.slot), reward.kind, ada(BigInt(String(amount ?? '0')))];
	});
	return {
		data: {pool: pool.id, rewardAccount: pool.rewardAccount, rewards},
		text:
			rows.length === 0
				? `pool ${short(pool.id)} has had no reward yet`
				: table(['>block', '>slot', 'reward', '>amount'], rows),
	};
};
