/** The SDK's own provider gives up at the first silence. One is common: servers close connections that are idle while we compile. */
import {setTimeout as delay} from 'node:timers/promises';
import type {Provider} from '@lucid-evolution/lucid';
import {providerWith} from './provider-with.ts';

const TRIES_MAX = 3;
const FIRST_WAIT_MS = 200;

const isSilence = (error: unknown): boolean => /transport error|timeout|fetch failed/i.test(String(error));

const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
	for (let tries = 1; ; tries++) {
		try {
			return await ask();
		} catch (error) {
			if (tries === TRIES_MAX || !isSilence(error)) throw error;
			await delay(FIRST_WAIT_MS * 2 ** (tries - 1));
		}
	}
};

/** Asks again what nobody answered. Transactions are not handed in through it. */
export const patientProvider = (provider: Provider): Provider =>
	providerWith(provider, {
		getProtocolParameters: () => patiently(() => provider.getProtocolParameters()),
		getUtxos: where => patiently(() => provider.getUtxos(where)),
		getUtxosWithUnit: (where, unit) => patiently(() => provider.getUtxosWithUnit(where, unit)),
		getUtxoByUnit: unit => patiently(() => provider.getUtxoByUnit(unit)),
		getUtxosByOutRef: references => patiently(() => provider.getUtxosByOutRef(references)),
		getDelegation: address => patiently(() => provider.getDelegation(address)),
		getDatum: hash => patiently(() => provider.getDatum(hash)),
	});
