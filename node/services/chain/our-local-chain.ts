import {DCLOUD_BLOCK_ERA} from '#relay/protocols/block';
import type {LocalChain} from '../local-clients.ts';
import {wholeBlock} from './block-source.ts';
import type {ChainReader} from './chain-reader.ts';
import type {ChainService} from './chain-service.ts';

/** Our own chain as local clients see it: one era, Conway, from its first slot on. */
export const ourLocalChain = ({
	chain,
	reader,
}: {
	readonly chain: ChainService;
	readonly reader: ChainReader;
}): LocalChain => {
	const {params, slots} = chain.network;
	return {
		chain,
		reader,
		network: {params, slots, eraEpochs: []},
		eraAt: () => 'conway',
		blockAt: async place => {
			const stored = await reader.bytesAt(place);
			const bytes = stored && wholeBlock(stored);
			return bytes && {era: DCLOUD_BLOCK_ERA, bytes};
		},
		refusal: 'This chain is not Cardano: its transactions are signed and sent with dcloud.',
	};
};
