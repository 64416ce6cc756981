import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {BondAnswers} from '#node/ports/bond-api';
import {encodeForestProof} from '#storage-proofs/forest-proof';
import type {ChainReader} from '../chain/chain-reader.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {findOpening} from '../chain/find-opening.ts';
import {showForest} from '../snapshot-file/forest-evidence.ts';

/** What the control API says for disputes on Cardano. */
export const bondAnswers = (chain: ChainService, reader: ChainReader): BondAnswers => ({
	forestEvidence: async ({provider, ...which}) => {
		const shown = await showForest(chain, {provider: Hash32(fromHex(provider)), ...which});
		if (shown === undefined) return undefined;
		const {period, stateRoot, forest} = shown;
		return {
			provider,
			period,
			stateRoot: toHex(stateRoot),
			epoch: forest.epoch,
			root: toHex(forest.root),
			totalLeaves: String(forest.totalLeaves),
			seed: toHex(forest.seed),
			index: forest.index,
			path: forest.path.map(toHex),
			sections: forest.sections.map(toHex),
		};
	},
	leafOpening: async ({provider, root, totalLeaves, leaf}) => {
		const opening = await findOpening(
			{chain, reader},
			{
				provider: Hash32(fromHex(provider)),
				root: Hash32(fromHex(root)),
				totalLeaves: BigInt(totalLeaves),
				leaf: BigInt(leaf),
			},
		);
		return opening && {proof: toHex(encodeForestProof({openings: [opening]}))};
	},
});
