import type {Provider} from '@lucid-evolution/lucid';

/** `provider` with other answers to some questions. The SDK's providers are classes, which cannot be spread. */
export const providerWith = (provider: Provider, changed: Partial<Provider>): Provider => ({
	getProtocolParameters: () => provider.getProtocolParameters(),
	getUtxos: where => provider.getUtxos(where),
	getUtxosWithUnit: (where, unit) => provider.getUtxosWithUnit(where, unit),
	getUtxoByUnit: unit => provider.getUtxoByUnit(unit),
	getUtxosByOutRef: references => provider.getUtxosByOutRef(references),
	getDelegation: address => provider.getDelegation(address),
	getDatum: hash => provider.getDatum(hash),
	awaitTx: (id, interval) => provider.awaitTx(id, interval),
	submitTx: cbor => provider.submitTx(cbor),
	evaluateTx: (cbor, more) => provider.evaluateTx(cbor, more),
	...changed,
});
