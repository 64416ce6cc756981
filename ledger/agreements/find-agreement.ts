import type {Hasher} from '#crypto/crypto';
import {u64be} from '#kernel/bytes';
import type {AccountId, GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';
import type {Agreement} from './agreement.ts';

const DOMAIN = encodeUtf8('dcloud/agreement/v1');

/** What an agreement is called. `client` is whose pieces they are, for a successor as well. */
export const agreementIdOf = (
	{crypto, genesisHash}: {readonly crypto: Hasher; readonly genesisHash: GenesisHash},
	{client, provider, nonce}: {readonly client: AccountId; readonly provider: Hash32; readonly nonce: number},
): Hash32 => crypto.blake2b256(DOMAIN, genesisHash, client, provider, u64be(nonce));

export const findAgreement = (reader: LedgerReader, agreementId: Hash32): Result<Agreement, TxError> => {
	const found = reader.get('agreements', keyOf(agreementId));
	return found === undefined ? err({code: 'AGREEMENT_UNKNOWN', agreementId}) : ok(found);
};

/** An agreement that goes on. */
export const findActiveAgreement = (
	reader: LedgerReader,
	agreementId: Hash32,
): Result<Agreement, TxError> => {
	const found = findAgreement(reader, agreementId);
	if (!found.ok) return found;
	if (found.value.closedIn !== null) return err({code: 'AGREEMENT_CLOSED', agreementId});
	return found.value.vacancy === null ? found : err({code: 'AGREEMENT_VACATED', agreementId});
};
