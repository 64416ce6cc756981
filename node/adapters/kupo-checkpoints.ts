/** The checkpoints that Kupo knows: the outputs that ever held the checkpoint NFT. A Kupo that prunes knows the last. */
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash, Hash28} from '#kernel/hash';
import type {CheckpointHistory, CheckpointOnCardano} from '#node/ports/checkpoint-history';
import {CHECKPOINT_NFT_NAME, checkpointDatum} from '#onchain/data/checkpoint-data';
import {openCardanoIndex} from './cardano-index.ts';
import type {KupoMatch} from './kupo-client.ts';

export type KupoCheckpointOptions = {
	/** Such as http://127.0.0.1:1442. */
	readonly kupoUrl: string;
	readonly checkpointScriptHash: Hash28;
	readonly genesisHash: GenesisHash;
	/** Cardano slots after which nothing is expected to be rolled back. */
	readonly stableDepth: number;
};

export const createKupoCheckpoints = ({
	kupoUrl,
	checkpointScriptHash,
	genesisHash,
	stableDepth,
}: KupoCheckpointOptions): CheckpointHistory => {
	const kupo = openCardanoIndex(kupoUrl.replace(/\/$/, ''));
	const policy = toHex(checkpointScriptHash);
	const unit = policy + toHex(CHECKPOINT_NFT_NAME);

	/** The script lets no output hold the NFT whose datum it did not check. */
	const checkpointOf = ({units, datum, createdAt}: KupoMatch): readonly CheckpointOnCardano[] => {
		const decoded = units.has(unit) && datum !== undefined ? checkpointDatum.decode(datum) : undefined;
		if (!decoded?.ok || decoded.value.period === 0) return [];
		return equalBytes(decoded.value.genesisHash, genesisHash) ? [{...decoded.value, createdAt}] : [];
	};
	return {
		stable: async ({signal} = {}) => {
			const tip = await kupo.checkpoint(undefined, signal);
			if (tip === undefined) return [];
			const found = await kupo.matches(`${policy}.*`, 'resolve_hashes&order=oldest_first', signal);
			const checkpoints = found
				.filter(({createdAt}) => createdAt.slot <= tip.slot - stableDepth)
				.flatMap(checkpointOf)
				.sort((a, b) => a.period - b.period || a.createdAt.slot - b.createdAt.slot);
			// The same period once more has another committee, which governance named: not what the period ended with.
			return checkpoints.filter(({period}, index) => checkpoints[index - 1]?.period !== period);
		},
	};
};
