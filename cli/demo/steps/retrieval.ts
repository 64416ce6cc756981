/** Step 8: the file comes back although a second provider is off; one that charges is paid. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {toHex} from '#kernel/bytes';
import {openFileSink} from '#node/adapters/byte-files';
import {openCustomer} from '#node/storage-users';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {EGRESS_PRICE, PAID_PROVIDER} from '../../devnet/layout.ts';
import type {ProviderPerson} from '../../devnet/people.ts';
import {byteSize} from '../../format.ts';
import {parseAmount} from '../../wallet.ts';
import {check, type NetworkStage} from '../stage.ts';
import {closePaymentChannel, openPaymentChannel} from './payment.ts';
import {LOST} from './repair.ts';
import {CUSTOMER_FOLDER, type StoredStage} from './storage.ts';

/** The second provider that is off; the lost one is the third. */
const OFF = 1;

const sha256Of = async (file: string): Promise<string> => {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	return hash.digest('hex');
};

/** Whether the provider that charges has one of the first pieces that can be had of some segment: those are fetched. */
const paidIsNeeded = (
	{claims, people}: NetworkStage,
	{code, holders, segments}: RepairTicket,
	off: ProviderPerson,
): boolean => {
	const claimOf = (name: string): string =>
		claims[people.providers.findIndex(each => each.name === name)] ?? '';
	const away = [claimOf(off.name), claims[LOST] ?? ''];
	return segments.some(({pieces}) =>
		pieces
			.map(({holder}) => toHex(holders[holder]?.providerId ?? new Uint8Array(0)))
			.filter(id => !away.includes(id))
			.slice(0, code.k)
			.includes(claimOf(PAID_PROVIDER)),
	);
};

export const fetchFile = async (stage: NetworkStage, stored: StoredStage): Promise<void> => {
	const {account, layout, people, starter, figures} = stage;
	const member = stage.providers[OFF];
	const person = people.providers[OFF];
	check(member !== undefined && person !== undefined, 'there is a second provider');
	member.started.kill('SIGTERM');
	await member.started.gone;
	account.tell('off', `${member.name} is off as well`, {name: member.name});
	const target = path.join(layout.root, 'fetched-file.bin');
	const bar = account.progress('bytes back', Math.round(stored.file.size / 2 ** 20), 'MiB');
	const channelId = await openPaymentChannel(stage);
	const storage = await openCustomer({
		control: stage.relay.client,
		seed: people.customer.seed,
		folder: path.join(layout.root, CUSTOMER_FOLDER),
		payMax: parseAmount(EGRESS_PRICE),
	});
	const startMs = account.elapsedMs();
	const fetched = await storage.getFile({
		name: stored.file.name,
		sink: await openFileSink(target),
		signal: stage.signal,
		onProgress: ({bytes}) => bar.advance(Math.round(bytes / 2 ** 20)),
	});
	bar.finish();
	await storage.close();
	const seconds = (account.elapsedMs() - startMs) / 1000;
	const [before, after] = await Promise.all([sha256Of(stored.path), sha256Of(target)]);
	account.tell(
		'fetched',
		`${byteSize(fetched.size)} back in ${seconds.toFixed(1)} s with two providers off (${fetched.failures} pieces had to come from elsewhere): SHA-256 ${after}`,
		{seconds, failures: fetched.failures, sha256: after},
	);
	check(
		before === after && toHex(fetched.sha256) === before,
		'the bytes that came back are the bytes that went in',
		{
			before,
			after,
		},
	);
	figures.push([
		'file get',
		`${byteSize(fetched.size)} in ${seconds.toFixed(1)} s (${(fetched.size / 2 ** 20 / seconds).toFixed(0)} MiB/s), SHA-256 equal`,
	]);
	if (paidIsNeeded(stage, stored.ticket, person)) await closePaymentChannel(stage, channelId);
	stage.providers[OFF] = await starter.provider(person, stage.relay, stage.claims[OFF] ?? '');
	account.tell('on', `${member.name} is on again`, {name: member.name});
};
