/** Tickets of many files, which a repairer gets together: of all that a bucket has stored. */
import type {Aead} from '#crypto/aead';
import {bytesBetween, type Codec, decode, encode, list} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {MANIFEST_BYTES_MAX} from './manifest.ts';
import {
	decodeRepairTicket,
	encodeRepairTicket,
	type RepairTicket,
	type RepairTicketError,
} from './repair-ticket.ts';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from './sealed-box.ts';

const DOMAIN = encodeUtf8('dcloud/repair-tickets/v1');
const TICKETS_MAX = 65_536;
export const REPAIR_TICKETS_BYTES_MAX: number = 2 ** 28;

const ticketsCodec: Codec<readonly Uint8Array[]> = list(bytesBetween(1, MANIFEST_BYTES_MAX), TICKETS_MAX);

/** Under a key that customer and repairer share. `repairKey` 32 bytes, `nonce` 12 fresh random bytes. */
export const sealRepairTickets = (
	aead: Aead,
	{repairKey, nonce}: {readonly repairKey: Uint8Array; readonly nonce: Uint8Array},
	tickets: readonly RepairTicket[],
): Uint8Array =>
	sealBox(
		aead,
		{key: repairKey, domain: DOMAIN, nonce},
		encode(ticketsCodec, tickets.map(encodeRepairTicket)),
	);

export const openRepairTickets = (
	aead: Aead,
	repairKey: Uint8Array,
	sealed: Uint8Array,
): Result<readonly RepairTicket[], RepairTicketError | CborFailure> => {
	if (sealed.length > REPAIR_TICKETS_BYTES_MAX + BOX_OVERHEAD_BYTES)
		return err({code: 'REPAIR_TICKET_TOO_LONG', length: sealed.length});
	const opened = openBox(aead, {key: repairKey, domain: DOMAIN}, sealed);
	if (opened === undefined) return err({code: 'REPAIR_TICKET_SEAL_BROKEN'});
	const all = decode(ticketsCodec, opened);
	if (!all.ok) return all;
	const tickets: RepairTicket[] = [];
	for (const bytes of all.value) {
		const ticket = decodeRepairTicket(bytes);
		if (!ticket.ok) return ticket;
		tickets.push(ticket.value);
	}
	return ok(tickets);
};
