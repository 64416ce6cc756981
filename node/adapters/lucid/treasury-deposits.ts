import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {type Provenance, provenanceDatum} from '#onchain/data/money-data';
import type {Deployment} from '#onchain/deployment';
import {openCardanoIndex} from '../cardano-index.ts';

/** A deposit to the treasury, spent since or not, with what the depositor claims of its origin. */
export type TreasuryDeposit = {
	readonly txId: Hash32;
	readonly index: number;
	readonly slot: number;
	readonly lovelace: bigint;
	readonly provenance: Provenance;
};

/** All deposits with provenance that Kupo knows of, in the order of the chain. Throws MAIN_CHAIN_UNREACHABLE, MAIN_CHAIN_ANSWER_INVALID. */
export const readTreasuryDeposits = async (
	kupoUrl: string,
	{scripts}: Deployment,
	signal?: AbortSignal,
): Promise<readonly TreasuryDeposit[]> => {
	const kupo = openCardanoIndex(kupoUrl);
	const matches = await kupo.matches(`${toHex(scripts.treasury.hash)}/*`, 'resolve_hashes', signal);
	const deposits = matches.flatMap(({txId, index, createdAt, transactionIndex, lovelace, datum}) => {
		const provenance = datum === undefined ? undefined : provenanceDatum.decode(datum);
		if (!provenance?.ok) return [];
		return [{txId, index, slot: createdAt.slot, transactionIndex, lovelace, provenance: provenance.value}];
	});
	return deposits
		.sort((a, b) => a.slot - b.slot || a.transactionIndex - b.transactionIndex || a.index - b.index)
		.map(({transactionIndex: _, ...deposit}) => deposit);
};
