/** `dcloud receipt`: what a customer keeps of a deletion, checked by anybody. */
import type {Command} from 'commander';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {type DeletionStatement, decodeReceipt, RECEIPT_BYTES_MAX} from '#ledger/receipts/deletion-receipt';
import {type VerifiedReceipt, verifyReceipt} from '#ledger/receipts/verify-receipt';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedBytes} from '#node/adapters/private-file';
import type {ControlClient} from '#node/ports/control-api';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {byteSize} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {facts} from '../table.ts';
import {networkOf} from '../wallet.ts';

const rejected = (failure: {readonly code: string}): NodeError =>
	new NodeError({...failure, message: `The receipt does not show what it says: ${failure.code}.`});

/**
 * What the chain adds: that the network is this one, that the keys are those of the providers, and that the client is the
 * agreements'. Agreements that have ended are not on it any more.
 */
const compareWithChain = async (
	node: ControlClient,
	{genesisHash, clientVk, agreements}: DeletionStatement,
	signal: AbortSignal,
): Promise<{readonly found: number; readonly ended: number}> => {
	const crypto = await createNativeCrypto();
	const network = await networkOf(crypto, node);
	const [receipts, nodes] = [toHex(genesisHash), toHex(network.genesisHash)];
	if (receipts !== nodes)
		throw new NodeError({
			code: 'RECEIPT_OF_ANOTHER_NETWORK',
			message: 'The receipt is of another network.',
			receipts,
			nodes,
		});
	const client = toHex(crypto.blake2b224(clientVk));
	let found = 0;
	for (const {agreementId, operatorVk} of agreements) {
		const view = await node.agreement(toHex(agreementId), {signal});
		if (view === undefined) continue;
		const provider = await node.provider(view.provider, {signal});
		if (view.client !== client || (provider !== undefined && provider.operatorVk !== toHex(operatorVk)))
			throw new NodeError({
				code: 'RECEIPT_KEYS_WRONG',
				message: 'The keys that signed the receipt are not those of the agreement on chain.',
				agreementId: view.id,
			});
		found++;
	}
	return {found, ended: agreements.length - found};
};

const receiptText = (
	{name, size, sha256, slot, clientVk}: DeletionStatement,
	{agreements, pieces, piecesWithoutBefore, freedFrom, left}: VerifiedReceipt,
	onChain: {readonly found: number; readonly ended: number} | undefined,
): string =>
	facts([
		['file', `${name}, ${byteSize(Number(size))}`],
		['SHA-256', toHex(sha256)],
		['customer', toHex(clientVk)],
		['keys', `destroyed, by the customer's word, in slot ${slot}`],
		[
			'freed',
			`${pieces} pieces in ${agreements} agreements${freedFrom === null ? '' : `, at the latest from epoch ${freedFrom} on`}`,
		],
		...(piecesWithoutBefore === 0
			? []
			: [['of them', `${piecesWithoutBefore} whose earlier revision is not shown`] as const]),
		...(left === 0
			? []
			: [['not freed', `${left} agreements; their pieces are noise without the keys`] as const]),
		...(onChain === undefined
			? []
			: [['on chain', `${onChain.found} agreements with these keys, ${onChain.ended} ended since`] as const]),
	]);

const verify: Verb = async ([file = '']: readonly string[], options: Options, signal): Promise<Answer> => {
	const decoded = decodeReceipt(await readBoundedBytes(file, {bytesMax: RECEIPT_BYTES_MAX}));
	if (!decoded.ok) throw rejected(decoded.error);
	const {statement} = decoded.value;
	const verified = verifyReceipt(await createNativeCrypto(), decoded.value);
	if (!verified.ok) throw rejected(verified.error);
	const named = typeof options['node'] === 'string';
	const onChain = named ? await compareWithChain(await openNode(options), statement, signal) : undefined;
	const {name, size, sha256, slot, clientVk, genesisHash, left} = statement;
	return {
		data: {
			name,
			size,
			sha256,
			slot,
			clientVk,
			genesisHash,
			...verified.value,
			left,
			onChain: onChain ?? null,
		},
		text: receiptText(statement, verified.value, onChain),
	};
};

export const register = (noun: Command): void => {
	answers(
		withNode(
			noun
				.command('verify')
				.description('check the receipt of a deletion; with --node also against the chain')
				.argument('<file>'),
		),
		verify,
	);
};
