import {fromHex, parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {neededOutputs} from '#onchain/cardano/transaction';
import {type BlockfrostHttp, createBlockfrostHttp} from '../blockfrost-http.ts';
import {blockfrostOf, openCardanoIndex} from '../cardano-index.ts';
import type {KupoClient} from '../kupo-client.ts';
import {createSystemClock} from '../system-clock.ts';
import type {CardanoPlace} from './lucid-session.ts';
import {submitTransaction} from './ogmios-client.ts';
import type {InputsState, SettlePorts} from './pay-once.ts';
import type {SignedTransaction, SubmitPorts} from './submit-surely.ts';

type Urls = Pick<CardanoPlace, 'kupoUrl' | 'ogmiosUrl'>;

/** As `submitTransaction` does it with Ogmios. */
const blockfrostSubmit =
	(http: BlockfrostHttp): SubmitPorts['submit'] =>
	async (cbor, signal) => {
		const id = await http.submit(fromHex(cbor), signal);
		const bytes = typeof id === 'string' ? parseHex(id) : undefined;
		if (bytes?.length === 32) return Hash32(bytes);
		throw new NodeError({
			code: 'CARDANO_ANSWER_INVALID',
			message: `${http.url} does not answer as Blockfrost does: check its address.`,
			url: http.url,
			problem: 'no transaction id',
		});
	};

export const submitPorts = ({kupoUrl, ogmiosUrl}: Urls): SubmitPorts => {
	const kupo = openCardanoIndex(kupoUrl);
	const blockfrost = blockfrostOf(ogmiosUrl);
	const submit = blockfrost && blockfrostSubmit(createBlockfrostHttp(blockfrost));
	return {
		submit: submit ?? ((cbor, signal) => submitTransaction(ogmiosUrl, cbor, signal)),
		isInBlock: async (txId, signal) => (await kupo.matches(`*@${toHex(txId)}`, '', signal)).length > 0,
		clock: createSystemClock(),
	};
};

const stateOf = async (
	kupo: KupoClient,
	{txId, index}: McOutRef,
	signal: AbortSignal | undefined,
): Promise<InputsState> => {
	const has = async (query: string): Promise<boolean> =>
		(await kupo.matches(`*@${toHex(txId)}`, query, signal)).some(output => output.index === index);
	if (await has('unspent')) return 'there';
	return (await has('')) ? 'spent' : 'unknown';
};

/** Throws CARDANO_TRANSACTION_UNREADABLE for what is no transaction. */
const needed = ({cbor}: SignedTransaction): readonly McOutRef[] => {
	const outputs = neededOutputs(fromHex(cbor));
	if (outputs.ok) return outputs.value;
	throw new NodeError({
		code: 'CARDANO_TRANSACTION_UNREADABLE',
		failure: outputs.error,
		message: 'What an earlier run has signed is no Cardano transaction: report it, this is a bug.',
	});
};

export const settlePorts = (place: CardanoPlace): SettlePorts => {
	const kupo = openCardanoIndex(place.kupoUrl);
	const {zeroTimeMs, slotLengthMs} = place.network;
	return {
		...submitPorts(place),
		shownMs: async signal =>
			zeroTimeMs + slotLengthMs * ((await kupo.checkpoint(undefined, signal))?.slot ?? 0),
		inputs: async (signed, signal) => {
			const states = await Promise.all(needed(signed).map(ref => stateOf(kupo, ref, signal)));
			return states.find(state => state === 'spent') ?? states.find(state => state === 'unknown') ?? 'there';
		},
	};
};
