/** What a repairer needs, for one file or for all that a bucket has stored: no key that opens anything. */
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Manifest} from '#pieces/manifest/manifest';
import {type RepairTicket, repairTicketOf, sealRepairTicket} from '#pieces/manifest/repair-ticket';
import {sealRepairTickets} from '#pieces/manifest/repair-tickets';
import type {BucketContext} from './bucket-state.ts';
import {isRemainder} from './free-files.ts';
import {hiddenFiles} from './hidden-files.ts';
import {opened} from './open-by-name.ts';
import type {FileContext} from './put-file.ts';

type Call = {readonly signal?: AbortSignal};

export type SealedTicket = {
	readonly ticket: RepairTicket;
	/** The ticket under `repairKey`. */
	readonly sealed: Uint8Array;
	/** 32 bytes, to be handed to the repairer another way than the sealed ticket. */
	readonly repairKey: Uint8Array;
};

export type SealedTickets = Omit<SealedTicket, 'ticket'> & {readonly tickets: readonly RepairTicket[]};

const ticketOf = async ({ports, manifests}: FileContext, manifest: Manifest): Promise<RepairTicket> => {
	const {name, holders} = manifest;
	const kept = await Promise.all(holders.map(({agreementId}) => ports.revisions?.load(toHex(agreementId))));
	const revisions = kept.filter(signed => signed !== undefined);
	const ticket = repairTicketOf(
		ports.segments.aead,
		manifest,
		isRemainder(manifest) ? new Uint8Array(0) : manifests.fileKey(manifest),
		revisions,
	);
	if (ticket !== undefined) return ticket;
	throw new NodeError({code: 'MANIFEST_KEY_WRONG', message: `The keys of ${name} do not open.`, name});
};

/** Throws MANIFEST_UNKNOWN, MANIFEST_KEY_WRONG. */
export const fileTicket = async (context: FileContext, name: string): Promise<SealedTicket> => {
	const {entropy, segments} = context.ports;
	const ticket = await ticketOf(context, await context.manifests.load(name));
	const repairKey = entropy.bytes(32);
	const sealed = sealRepairTicket(segments.aead, {repairKey, nonce: entropy.bytes(12)}, ticket);
	return {ticket, sealed, repairKey};
};

/**
 * Of all that this device has stored for the bucket: objects, packs and the listing itself; and what it has deleted there and
 * providers have not taken out, without which nobody could show what they lost. Throws BUCKET_UNKNOWN.
 */
export const bucketTickets = async (
	context: BucketContext,
	name: string,
	call: Call,
): Promise<SealedTickets> => {
	const {entropy, segments} = context.ports;
	const {id} = await opened(context, name, call);
	const tickets: RepairTicket[] = [];
	for (const {name: file} of await hiddenFiles(context, id)) {
		const manifest = await context.manifests.load(file);
		tickets.push(await ticketOf(context, manifest));
	}
	const repairKey = entropy.bytes(32);
	const sealed = sealRepairTickets(segments.aead, {repairKey, nonce: entropy.bytes(12)}, tickets);
	return {tickets, sealed, repairKey};
};
