import {toHex} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import type {MainChainEvent} from '#kernel/main-chain-event';
import type {PlutusData} from '#onchain/cardano/plutus-data';
import {enactedDatum, proposalName} from '#onchain/data/governance-data';
import {protocolUpgradeEffect, sideChainParametersEffect} from '#onchain/data/governance-effect';
import type {KupoMatch} from './kupo-client.ts';

type Enacted = Extract<MainChainEvent, {readonly kind: 'enacted'}>;

/** Grants, settings, scripts and committees are carried out on Cardano itself. */
const effectOf = (data: PlutusData): Enacted['effect'] | undefined => {
	const change = sideChainParametersEffect.fromData(data);
	if (change.ok) return {kind: 'side-chain-parameters', ...change.value};
	const upgrade = protocolUpgradeEffect.fromData(data);
	return upgrade.ok ? {kind: 'protocol-upgrade', ...upgrade.value} : undefined;
};

/** What an executed proposal left behind, if it is the side-chain's to carry out. Its NFT says that governance made it. */
export const enactedEvent = (match: KupoMatch, governance: Hash28): Enacted | undefined => {
	const datum = match.datum === undefined ? undefined : enactedDatum.decode(match.datum);
	if (!datum?.ok) return undefined;
	const {id, effect: data} = datum.value;
	if (!match.units.has(toHex(governance) + toHex(proposalName(id)))) return undefined;
	const effect = effectOf(data);
	return effect && {kind: 'enacted', proposal: id, effect};
};
