import {toHex} from '#kernel/bytes';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {Verb} from '../answer.ts';
import {openContracts, orResumed, walletAccount, walletVerificationKey} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {ownersOf} from '../cardano-policy.ts';
import {ada} from '../format.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

/** Opens a claim; the wallet is its owner, or the keys of --owner. */
export const openClaim: Verb = async (_words, options, signal) => {
	const operator = options['operatorKey'];
	const isProvider = typeof operator === 'string';
	const operatorVk = isProvider
		? await readKeyFile(operator, 'DCloudOperatorVerificationKey_ed25519')
		: await walletVerificationKey(textOption(options, 'wallet'), walletAccount(options));
	const contracts = await openContracts(options);
	const request = {
		kind: isProvider ? ('provider' as const) : ('account' as const),
		operatorVk,
		collateral: parseAmount(textOption(options, 'collateral')),
		owners: await ownersOf(options),
	};
	const {claimId, transaction} = await contracts.openClaim(request, {signal});
	const draft = draftAnswer(options, transaction, `opens claim ${toHex(claimId)}`, {claimId});
	if (draft !== undefined) return draft;
	return orResumed(transaction, {
		data: {claimId, ...transaction},
		text: `claim ${toHex(claimId)} opened in transaction ${toHex(transaction.txId)} (fee ${ada(transaction.fee)}): the side-chain knows it once that is stable on Cardano`,
	});
};
