import type {AgreementView} from '#node/ports/control-api';

/** Whether an agreement of the node's answer goes on. */
export const isActive = ({details}: Pick<AgreementView, 'details'>): boolean =>
	(details['vacancy'] ?? null) === null && (details['closedIn'] ?? null) === null;

/** Whether an agreement of the node's answer lost its provider. */
export const isVacated = ({details}: Pick<AgreementView, 'details'>): boolean =>
	(details['vacancy'] ?? null) !== null;
