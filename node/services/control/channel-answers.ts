import {fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {channelOf, channelsOf} from '#ledger/queries';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {ControlBackend} from '#node/ports/control-backend';
import type {ChainService} from '../chain/chain-service.ts';
import {channelView} from './ledger-views.ts';

/** What the control API says of payment channels. */
export const channelAnswers = (
	chain: Pick<ChainService, 'ledger'>,
): Pick<ControlBackend, 'channels' | 'channel'> => {
	const slot = (): number => single(readerOf(chain.ledger), 'chain').slot;
	return {
		channels: ({funder, payee}) =>
			channelsOf(chain.ledger, {
				...(funder !== undefined && {funder: Hash28(fromHex(funder))}),
				...(payee !== undefined && {payee: Hash28(fromHex(payee))}),
			}).map(row => channelView(row, slot())),
		channel: id => {
			const row = channelOf(chain.ledger, Hash32(fromHex(id)));
			return row && channelView(row, slot());
		},
	};
};
