import {askRelay} from '#node/adapters/cardano-relay/relay-api';
import type {RelayStatus} from '#node/services/cardano-relay/relay-answers';
import type {Verb} from '../answer.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';

const tipText = ({tip, lagSeconds}: RelayStatus): string =>
	tip === null
		? 'no block yet'
		: `block ${tip.blockNo}, slot ${tip.slot}, epoch ${tip.epoch} (${tip.era}), ${lagSeconds ?? 0} s ago, ${tip.hash}`;

const placeText = (place: RelayStatus['oldest']): string =>
	place === null ? 'nothing' : `block ${place.blockNo}, slot ${place.slot}`;

const textOf = (status: RelayStatus): string => {
	const {trustLevel, demandedTrustLevel, disagreements, stuck, immutableTip, oldest, blocksServed} = status;
	const lines = [
		`network          ${status.network}`,
		`tip              ${tipText(status)}`,
		`immutable up to  ${placeText(immutableTip)}`,
		`kept from        ${placeText(oldest)}`,
		`trust level      ${trustLevel ?? 'none'} (demanded: ${demandedTrustLevel})`,
		`blocks served    ${blocksServed}`,
		`switches         ${status.chainSwitches}`,
		`disagreements    ${disagreements}${disagreements > 0 ? ': see the quarantine folder' : ''}`,
		...(stuck === null ? [] : [`stuck            ${stuck}`]),
	];
	const rows = status.peers.map(({address, direction, rttMs, blockNo}) => [
		address,
		direction,
		rttMs === null ? '' : String(Math.round(rttMs)),
		blockNo === null ? '' : String(blockNo),
	]);
	return `${lines.join('\n')}\n\n${rows.length === 0 ? 'no peers' : table(['peer', 'direction', '>RTT ms', '>block'], rows)}`;
};

export const relayStatus: Verb = async (_words, options, signal) => {
	const status = (await askRelay(textOption(options, 'databasePath'), '/status', {signal})) as RelayStatus;
	return {data: status, text: textOf(status)};
};
