/** A repairer with this machine's clock and network behind it. */
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {createSystemClock} from '#node/adapters/system-clock';
import type {ControlClient} from '#node/ports/control-api';
import {openRepairer, type Repairer} from '#node/services/repairer/repairer';
import {createTlsTransport} from '#transport/tls';
import {segmentPorts} from './storage.ts';

/** `seed`: the repairer's key, which is also the account that is paid. */
export const openRepair = async (control: ControlClient, seed: Uint8Array): Promise<Repairer> => {
	const {crypto} = await createCryptoBackends();
	return openRepairer(
		{
			control,
			transport: createTlsTransport(seed),
			crypto,
			segments: await segmentPorts(),
			entropy: createOsEntropy(),
			clock: createSystemClock(),
		},
		{seed},
	);
};
