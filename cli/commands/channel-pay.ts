import {decodeVoucher, encodeVoucher, signVoucher, type Voucher} from '#crypto/vouchers/voucher';
import {fromHex, parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile, writeFileAtomically} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {Answer, Options, Verb} from '../answer.ts';
import {ada, short} from '../format.ts';
import {openNode} from '../node-client.ts';
import {send, textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';
import {findChannelView} from './channel-views.ts';

const refuse = (code: string, message: string): never => {
	throw new NodeError({code, message});
};

/** Signs a voucher: the payer's side by hand. The node is asked whether it would be worth something. */
export const pay: Verb = async ([id = ''], options: Options, signal): Promise<Answer> => {
	const [node, crypto, seed] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		readKeyFile(textOption(options, 'key'), 'PaymentSigningKeyShelley_ed25519'),
	]);
	const channel = await findChannelView(node, id, signal);
	const cumulative = parseAmount(textOption(options, 'total'));
	if (toHex(crypto.ed25519VerificationKey(seed)) !== channel.payerVk)
		refuse('VOUCHER_SIGNATURE_INVALID', `The vouchers of this channel are signed by ${channel.payerVk}.`);
	if (cumulative <= BigInt(channel.paid))
		refuse(
			'VOUCHER_STALE',
			`${ada(BigInt(channel.paid))} are settled already; --total counts from the opening.`,
		);
	if (cumulative > BigInt(channel.deposit))
		refuse('VOUCHER_OVER_DEPOSIT', `The channel holds ${ada(BigInt(channel.deposit))} in all.`);
	const voucher = signVoucher(crypto, seed, {channelId: Hash32(fromHex(channel.id)), cumulative});
	const text = toHex(encodeVoucher(voucher));
	const {out} = options;
	if (typeof out === 'string') await writeFileAtomically(out, `${text}\n`);
	const data = {channelId: channel.id, cumulative: String(cumulative), voucher: text};
	return {
		data,
		text: typeof out === 'string' ? `${ada(cumulative)} in all on ${short(channel.id)}, in ${out}` : text,
	};
};

/** 216 digits and an end of line. */
const FILE_BYTES_MAX = 256;

/** A voucher as `pay` writes it: its 108 bytes in hexadecimal, or a file that holds them. Throws VOUCHER_MALFORMED. */
export const readVoucher = async (given: string): Promise<Voucher> => {
	const text =
		parseHex(given) === undefined ? (await readBoundedFile(given, {bytesMax: FILE_BYTES_MAX})).trim() : given;
	const decoded = decodeVoucher(parseHex(text) ?? new Uint8Array(0));
	if (decoded.ok) return decoded.value;
	throw new NodeError({...decoded.error, message: `"${given}" is neither a voucher nor a file with one.`});
};

/** Has a voucher paid out to the payee, whoever sends it. */
export const settle: Verb = (words, options, signal) =>
	send(options, signal, async () => {
		const {channelId, cumulative, signature} = await readVoucher(words[0] ?? '');
		return {
			action: {kind: 'channel-settle', channelId, cumulative: Lovelace(cumulative), signature},
			say: `${ada(cumulative)} in all settled on the channel ${toHex(channelId)}`,
		};
	});
