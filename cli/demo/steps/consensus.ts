/** Step 3: blocks by private leaders, one tip for all, a real epoch boundary. */
import {table} from '../../table.ts';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';

const AGREE_MS_MAX = 150_000;

const everybody = (stage: NetworkStage) => [stage.relay, ...stage.producers, ...stage.providers];

/** Waits until all nodes have the same block at one height of at least `blockNo`. */
export const agreeOnTip = async (
	stage: NetworkStage,
	blockNo: number,
): Promise<{blockNo: number; hash: string}> => {
	let agreed = {blockNo: 0, hash: ''};
	await until(`all nodes agree on a block above ${blockNo}`, AGREE_MS_MAX, stage.signal, async () => {
		const tips = await Promise.all(everybody(stage).map(async ({client}) => (await client.status()).tip));
		const lowest = Math.min(...tips.map(tip => tip?.blockNo ?? -1));
		if (lowest < blockNo) return false;
		const hashes = new Set(
			await Promise.all(everybody(stage).map(async ({client}) => (await client.block(lowest))?.hash)),
		);
		agreed = {blockNo: lowest, hash: [...hashes][0] ?? ''};
		return hashes.size === 1;
	});
	return agreed;
};

export const watchConsensus = async (stage: NetworkStage): Promise<void> => {
	const {blockNo, hash} = await agreeOnTip(stage, 5);
	const nodes = everybody(stage).length;
	stage.account.tell('agreed', `${nodes} nodes agree on block ${blockNo}: ${hash}`, {nodes, blockNo, hash});
	const pools = await stage.relay.client.pools();
	stage.account.tell(
		'pools',
		`stake of this epoch's leaders: ${pools.map(({id, setShare}) => `${id.slice(0, 8)} ${setShare}`).join(', ')}`,
		{pools: pools.map(({id, setShare, stake}) => ({id, setShare, stake}))},
	);
};

/** At an epoch's start: the nonce has ticked, the snapshots have turned, for everybody alike. */
export const watchBoundary = async (stage: NetworkStage, epoch: number, msMax: number): Promise<void> => {
	const before = (await stage.relay.client.status()).epochNonce;
	const line = await stage.events.waitFor(
		`the start of epoch ${epoch}`,
		({event}) => event.kind === 'epoch-started' && event['epoch'] === epoch,
		msMax,
	);
	await agreeOnTip(stage, line.blockNo + 1);
	const statuses = await Promise.all(everybody(stage).map(({client}) => client.status()));
	const nonces = new Set(statuses.map(({epochNonce}) => epochNonce));
	check(nonces.size === 1, 'all nodes have one epoch nonce', {nonces: [...nonces]});
	const [nonce] = nonces;
	check(nonce !== before, 'the epoch nonce changed at the boundary', {before, nonce});
	const pools = await stage.relay.client.pools();
	stage.account.tell(
		'epoch',
		`epoch ${epoch} began with block ${line.blockNo}: nonce ${nonce?.slice(0, 16)}… on ${statuses.length} nodes, snapshots turned`,
		{epoch, blockNo: line.blockNo, nonce, before, stake: pools.map(({id, stake}) => ({id, stake}))},
	);
};

/** Who forged what, for the final table. */
export const forgedTable = async (stage: NetworkStage): Promise<string> => {
	const last = (await stage.relay.client.status()).tip?.blockNo ?? 0;
	const issuers = new Map<string, number>();
	for (let from = 0; from <= last; from += 1000)
		for (const {issuer} of await stage.relay.client.chain({from, limit: 1000}))
			issuers.set(issuer, (issuers.get(issuer) ?? 0) + 1);
	const pools = await stage.relay.client.pools();
	const total = [...issuers.values()].reduce((sum, count) => sum + count, 0);
	return table(
		['pool', '>blocks', '>of all', '>stake'],
		pools.map(({id, setShare}) => [
			id,
			String(issuers.get(id) ?? 0),
			`${((100 * (issuers.get(id) ?? 0)) / Math.max(1, total)).toFixed(1)} %`,
			setShare,
		]),
	);
};
