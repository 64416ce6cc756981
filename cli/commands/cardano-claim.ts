import {getPublicKeyAsync} from '@noble/ed25519';
import {toHex} from '#kernel/bytes';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {Verb} from '../answer.ts';
import {openContracts} from '../cardano-access.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

/** Opens a claim; the wallet is its owner. */
export const openClaim: Verb = async (_words, options, signal) => {
	const operator = options['operatorKey'];
	const isProvider = typeof operator === 'string';
	const operatorVk = isProvider
		? await readKeyFile(operator, 'DCloudOperatorVerificationKey_ed25519')
		: await getPublicKeyAsync(
				await readKeyFile(textOption(options, 'wallet'), 'PaymentSigningKeyShelley_ed25519'),
			);
	const contracts = await openContracts(options);
	const request = {
		kind: isProvider ? ('provider' as const) : ('account' as const),
		operatorVk,
		collateral: parseAmount(textOption(options, 'collateral')),
	};
	const {claimId, transaction} = await contracts.openClaim(request, {signal});
	return {
		data: {claimId, ...transaction},
		text: `claim ${toHex(claimId)} opened in transaction ${toHex(transaction.txId)} (fee ${ada(transaction.fee)}): the side-chain knows it once that is stable on Cardano`,
	};
};
