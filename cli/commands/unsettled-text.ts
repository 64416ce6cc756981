/** What is still to be paid for agreements, and for how long there is money. */
import type {AgreementView} from '#node/ports/control-api';

type WithDetails = Pick<AgreementView, 'details'>;

/** Lovelace that clients owe for proven epochs, before fees. */
export const unsettledOf = (agreements: readonly WithDetails[]): bigint =>
	agreements.reduce((sum, {details}) => {
		const unsettled = details['unsettled'] as {readonly [field: string]: unknown} | null | undefined;
		return sum + BigInt(String(unsettled?.['amount'] ?? 0));
	}, 0n);

/** The first epoch that its client cannot pay for, as things stand. */
export const fundedText = ({details}: WithDetails): string =>
	typeof details['fundedUntil'] === 'number' ? `epoch ${details['fundedUntil']}` : '-';
