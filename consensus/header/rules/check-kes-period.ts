import {err, type Result} from '#kernel/result';
import type {ConsensusParams} from '../../params.ts';
import type {WireHeader} from '../header.ts';
import {accepted} from './accepted.ts';

export type KesPeriodFailure = {
	readonly code: 'OPCERT_NOT_YET_VALID' | 'OPCERT_EXPIRED';
	/** The period of the header's slot. */
	readonly period: bigint;
	/** c0. */
	readonly startPeriod: bigint;
};

/** How often the KES key had to be evolved since its certificate; negative before it starts. */
export const kesEvolution = (
	{slotsPerKesPeriod}: Pick<ConsensusParams, 'slotsPerKesPeriod'>,
	{slot, operationalCertificate: {startPeriod}}: Pick<WireHeader, 'slot' | 'operationalCertificate'>,
): bigint => BigInt(slot) / BigInt(slotsPerKesPeriod) - startPeriod;

/** c0 <= slot div slotsPerKesPeriod < c0 + maxKesEvolutions (OCERT rule, Shelley formal spec). */
export const checkKesPeriod = (
	params: Pick<ConsensusParams, 'slotsPerKesPeriod' | 'maxKesEvolutions'>,
	header: Pick<WireHeader, 'slot' | 'operationalCertificate'>,
): Result<undefined, KesPeriodFailure> => {
	const evolution = kesEvolution(params, header);
	if (evolution >= 0n && evolution < BigInt(params.maxKesEvolutions)) return accepted;
	const {startPeriod} = header.operationalCertificate;
	const code = evolution < 0n ? 'OPCERT_NOT_YET_VALID' : 'OPCERT_EXPIRED';
	return err({code, period: startPeriod + evolution, startPeriod});
};
