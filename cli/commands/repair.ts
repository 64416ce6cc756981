import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createAead} from '#node/adapters/aead';
import {readBoundedBytes} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import {openRepairService} from '#node/storage-users';
import {openRepairTicket, type RepairTicket} from '#pieces/manifest/repair-ticket';
import {openRepairTickets, REPAIR_TICKETS_BYTES_MAX} from '#pieces/manifest/repair-tickets';
import {BOX_OVERHEAD_BYTES} from '#pieces/manifest/sealed-box';
import {type Answer, answers, type Options} from '../answer.ts';
import {ada, short} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {transportConfig, withTransport} from '../transport-options.ts';
import {parseId} from '../wallet.ts';

const TICKET_BYTES_MAX = REPAIR_TICKETS_BYTES_MAX + BOX_OVERHEAD_BYTES;

/** Of one file, or of a bucket. */
const readTickets = async (file: string, key: string): Promise<readonly RepairTicket[]> => {
	const sealed = await readBoundedBytes(file, {bytesMax: TICKET_BYTES_MAX});
	const repairKey = parseId<Uint8Array>(key, 32, 'A repair key');
	const ticket = openRepairTicket(createAead(), repairKey, sealed);
	if (ticket.ok) return [ticket.value];
	const tickets = openRepairTickets(createAead(), repairKey, sealed);
	if (tickets.ok) return tickets.value;
	throw new NodeError({
		...ticket.error,
		message: `${file} does not open with this repair key: ${ticket.error.code}.`,
	});
};

/** Waits for losses, repairs, claims: again and again, or once with --once. */
const run = async (_words: readonly string[], options: Options, signal: AbortSignal): Promise<Answer> => {
	const tickets = await readTickets(textOption(options, 'ticket'), textOption(options, 'repairKey'));
	const seed = await readKeyFile(textOption(options, 'key'), 'PaymentSigningKeyShelley_ed25519');
	const repairer = await openRepairService({
		control: await openNode(options),
		seed,
		transport: await transportConfig(options),
	});
	const call = {tickets, signal};
	try {
		if (options['wait'] === true) await repairer.untilLost(call);
		const {repaired, failed} = await repairer.repair(call);
		const report = await repairer.claim({...call, wait: options['wait'] === true});
		const total = report.claimed.reduce((sum: bigint, {amount}) => sum + amount, 0n);
		const lines = [
			...repaired.map(
				({pieceIds, providerId}) => `${pieceIds.length} pieces rebuilt onto ${short(toHex(providerId))}`,
			),
			...failed.map(({pieceId, reason}) => `piece ${short(toHex(pieceId))} not repaired: ${reason}`),
			`${report.claimed.length} bounties claimed, ${ada(total)}; ${report.unproven} pieces still to be proven${report.incomplete === 0 ? '' : `, ${report.incomplete} of agreements that the tickets do not name whole`}`,
		];
		return {data: {repaired, failed, ...report, total}, text: lines.join('\n')};
	} finally {
		repairer.close();
	}
};

export const register = (noun: Command): void => {
	answers(
		withTransport(
			withNode(
				noun
					.command('run')
					.description("rebuild what providers of a customer's file lost, and claim the bounty"),
			),
		)
			.requiredOption(
				'--ticket <file>',
				'repair ticket from the customer ("dcloud file ticket", "dcloud bucket ticket")',
			)
			.requiredOption('--repair-key <hex>', 'the key that opens it')
			.requiredOption('--key <file>', 'signing key of the repairer: the one that the file names')
			.option('--wait', 'wait until something is lost, and until what is rebuilt has been proven'),
		run,
	);
};
