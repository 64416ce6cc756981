/** Customers of the soak: they put without pause, remember what was taken, and get it again. */
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {NetworkStage} from '#cli/demo/stage';
import type {Person} from '#cli/devnet/people';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {openCustomer} from '#node/storage-users';
import {digestOf, digestSink, seededBytes, sourceOf} from './content.ts';

/** Long enough for the longest run. */
const EPOCHS = 120;

export type Kept = {
	readonly name: string;
	readonly bucket: string | null;
	readonly size: number;
	readonly digest: string;
};

export type Customer = {
	readonly storage: StorageClient;
	/** What the network has taken, and owes. */
	readonly kept: readonly Kept[];
	put(order: {readonly name: string; readonly size: number; readonly segmentBytes?: number}): Promise<Kept>;
	/** The digest of what came back. Rejects when nothing does. */
	get(kept: Kept, signal: AbortSignal): Promise<string | undefined>;
	close(): void;
};

/** `bucket`: where it puts; null: on its own list. */
export const openSoakCustomer = async (
	{relay, layout, people, signal}: NetworkStage,
	person: Person,
	{bucket, seed}: {readonly bucket: string | null; readonly seed: number},
): Promise<Customer> => {
	const folder = path.join(layout.root, `soak-${person.name}`);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const storage = await openCustomer({control: relay.client, seed: person.seed, folder});
	if (bucket !== null) await storage.buckets.create(bucket, {epochs: EPOCHS, signal});
	const repairerVk = people.repairer.verificationKey;
	const kept: Kept[] = [];
	return {
		storage,
		kept,
		put: async ({name, size, segmentBytes}) => {
			const bytes = seededBytes(`${seed}/${person.name}/${name}`, size);
			const source = sourceOf(bytes);
			const common = {name, source, epochs: EPOCHS, signal};
			if (bucket !== null) await storage.buckets.put({...common, bucket});
			else await storage.putFile({...common, repairerVk, ...(segmentBytes !== undefined && {segmentBytes})});
			const one = {name, bucket, size, digest: digestOf(bytes)};
			kept.push(one);
			return one;
		},
		get: async ({name, bucket: from}, stop) => {
			const sink = digestSink();
			if (from === null) await storage.getFile({name, sink, signal: stop});
			else await storage.buckets.get({bucket: from, name, sink}, {signal: stop});
			return sink.digest();
		},
		close: () => storage.close(),
	};
};

/** Why something failed, as a code; other errors than coded ones are bugs and are thrown. */
export const codeOf = (error: unknown): string => {
	if (error instanceof NodeError) return String(error.detail['reason'] ?? error.code);
	throw error;
};

export const holdersOf = async (
	{storage}: Customer,
	name: string,
): Promise<{readonly k: number; readonly segments: readonly (readonly string[])[]}> => {
	const {ticket} = await storage.repairTicket(name);
	return {
		k: ticket.code.k,
		segments: ticket.segments.map(({pieces}) =>
			pieces.map(({holder}) => toHex(ticket.holders[holder]?.providerId ?? new Uint8Array(0))),
		),
	};
};
