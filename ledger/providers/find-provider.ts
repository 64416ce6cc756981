import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';
import type {Provider} from './provider.ts';

export const findProvider = (reader: LedgerReader, provider: Hash32): Result<Provider, TxError> => {
	const found = reader.get('providers', keyOf(provider));
	return found === undefined ? err({code: 'PROVIDER_UNKNOWN', provider}) : ok(found);
};

/** The keys that sign for a provider: its operator's. */
export const operatorOf = (
	reader: LedgerReader,
	provider: Hash32,
): Result<readonly Uint8Array[], TxError> => {
	const found = findProvider(reader, provider);
	return found.ok ? ok([found.value.operatorVk]) : found;
};
