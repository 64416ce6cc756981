import {err, ok, type Result} from '#kernel/result';
import type {VersionError} from '../block/block-error.ts';
import type {LedgerEnv} from '../environment.ts';
import type {LedgerReader} from '../state/reader.ts';
import {governanceAt} from './rules-at.ts';

/** This software knows the rules that the state goes by. */
export const checkVersion = (
	{protocolVersionMax: versionMax}: Pick<LedgerEnv, 'protocolVersionMax'>,
	reader: Pick<LedgerReader, 'get'>,
): Result<void, VersionError> => {
	const {protocolVersion: version} = governanceAt(reader);
	return version > versionMax ? err({code: 'PROTOCOL_VERSION_UNKNOWN', version, versionMax}) : ok(undefined);
};
