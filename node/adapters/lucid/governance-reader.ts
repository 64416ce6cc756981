import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {addressText} from '#onchain/cardano/address';
import {
	type EnactedDatum,
	enactedDatum,
	governorDatum,
	proposalDatum,
	proposalName,
	stakeDatum,
} from '#onchain/data/governance-data';
import {potDatum} from '#onchain/data/token-data';
import type {GovernanceDeployment} from '#onchain/governance-deployment';
import {networkIdOf, scriptAddress} from '#onchain/plans/deploy-plan';
import {
	type Governor,
	governanceAddress,
	governorUnit,
	type Proposal,
	proposalUnit,
	type Stake,
} from '#onchain/plans/governance-plans';
import {type Pot, tokenUnit} from '#onchain/plans/token-plans';
import {openCardanoIndex} from '../cardano-index.ts';
import type {KupoMatch} from '../kupo-client.ts';

/** What a passed proposal left behind. */
export type Enacted = EnactedDatum & {
	readonly ref: McOutRef;
	/** Of its NFT, under the governance script as the policy. */
	readonly name: Uint8Array;
	readonly slot: number;
};

/** What governance looks like on Cardano at one moment, but for the governor all in the order in which it came to be. */
export type GovernanceState = {
	readonly governor: Governor;
	/** Neither executed nor closed. */
	readonly proposals: readonly Proposal[];
	/** At the script's plain address: those with a stake part of their own are left out. */
	readonly stakes: readonly Stake[];
	readonly enacted: readonly Enacted[];
};

/** Every question throws MAIN_CHAIN_UNREACHABLE and MAIN_CHAIN_ANSWER_INVALID. */
export type GovernanceReader = {
	/** Throws CARDANO_GOVERNANCE_MISSING before the founding. */
	state(signal?: AbortSignal): Promise<GovernanceState>;
	/** Throws CARDANO_GOVERNANCE_MISSING before the founding. */
	pot(signal?: AbortSignal): Promise<Pot>;
	/** Roots that the pot has had, the first one first: for `claimedAllocations`. */
	potRoots(signal?: AbortSignal): Promise<readonly Hash32[]>;
	/** Where Cardano is. */
	slot(signal?: AbortSignal): Promise<number>;
};

const refOf = ({txId, index}: KupoMatch): McOutRef => ({txId, index});
const byAge = (a: KupoMatch, b: KupoMatch): number =>
	a.createdAt.slot - b.createdAt.slot || a.transactionIndex - b.transactionIndex || a.index - b.index;

const missing = (): NodeError =>
	new NodeError({
		code: 'CARDANO_GOVERNANCE_MISSING',
		message:
			'The governance of this deployment is not on this Cardano network: check the deployment file and the network.',
	});

type PotMatch = {readonly match: KupoMatch; readonly pot: Pot};

class KupoGovernanceReader implements GovernanceReader {
	readonly #kupo;
	readonly #deployment: GovernanceDeployment;

	constructor(kupoUrl: string, deployment: GovernanceDeployment) {
		this.#kupo = openCardanoIndex(kupoUrl);
		this.#deployment = deployment;
	}

	async state(signal?: AbortSignal): Promise<GovernanceState> {
		const address = addressText(governanceAddress(this.#deployment));
		const found = await this.#kupo.matches(address, 'unspent&resolve_hashes', signal);
		const matches = found.toSorted(byAge);
		const [governor] = matches.flatMap(match => this.#governorOf(match));
		if (governor === undefined) throw missing();
		return {
			governor,
			proposals: matches.flatMap(match => this.#proposalOf(match)),
			stakes: matches.flatMap(match => this.#stakeOf(match)),
			enacted: matches.flatMap(match => this.#enactedOf(match)),
		};
	}

	async pot(signal?: AbortSignal): Promise<Pot> {
		const pots = await this.#pots('unspent&resolve_hashes', signal);
		const [largest] = pots.toSorted((a, b) => (a.pot.tokens < b.pot.tokens ? 1 : -1));
		if (largest === undefined) throw missing();
		return largest.pot;
	}

	/** Whoever makes an output that looks like a pot has fewer tokens than the pot. */
	async potRoots(signal?: AbortSignal): Promise<readonly Hash32[]> {
		const [{tokens}, pots] = await Promise.all([this.pot(signal), this.#pots('resolve_hashes', signal)]);
		return pots
			.filter(({pot}) => pot.tokens >= tokens)
			.sort((a, b) => byAge(a.match, b.match))
			.map(({pot}) => pot.datum.allocationRoot);
	}

	async slot(signal?: AbortSignal): Promise<number> {
		return (await this.#kupo.checkpoint(undefined, signal))?.slot ?? 0;
	}

	/** The output with the most tokens is the pot: anybody can send some to its address with such a datum. */
	async #pots(query: string, signal: AbortSignal | undefined): Promise<readonly PotMatch[]> {
		const {network, token, governance} = this.#deployment;
		const address = addressText(scriptAddress(networkIdOf(network.magic), token.hash));
		const unit = tokenUnit(this.#deployment);
		return (await this.#kupo.matches(address, query, signal)).flatMap(match => {
			const datum = match.datum === undefined ? undefined : potDatum.decode(match.datum);
			if (!datum?.ok || !equalBytes(datum.value.governance, governance.hash)) return [];
			const {lovelace, units} = match;
			const pot = {ref: refOf(match), lovelace, tokens: units.get(unit) ?? 0n, datum: datum.value};
			return [{match, pot}];
		});
	}

	#governorOf(match: KupoMatch): readonly Governor[] {
		if (!match.units.has(governorUnit(this.#deployment))) return [];
		const datum = match.datum === undefined ? undefined : governorDatum.decode(match.datum);
		return datum?.ok ? [{ref: refOf(match), lovelace: match.lovelace, datum: datum.value}] : [];
	}

	#proposalOf(match: KupoMatch): readonly Proposal[] {
		const datum = match.datum === undefined ? undefined : proposalDatum.decode(match.datum);
		if (!datum?.ok || !match.units.has(proposalUnit(this.#deployment, datum.value.id))) return [];
		return [{ref: refOf(match), lovelace: match.lovelace, datum: datum.value}];
	}

	#enactedOf(match: KupoMatch): readonly Enacted[] {
		const datum = match.datum === undefined ? undefined : enactedDatum.decode(match.datum);
		if (!datum?.ok || !match.units.has(proposalUnit(this.#deployment, datum.value.id))) return [];
		const {id} = datum.value;
		return [{...datum.value, ref: refOf(match), name: proposalName(id), slot: match.createdAt.slot}];
	}

	/** Its tokens are what counts: no NFT says that it is one. */
	#stakeOf(match: KupoMatch): readonly Stake[] {
		const datum = match.datum === undefined ? undefined : stakeDatum.decode(match.datum);
		const policy = toHex(this.#deployment.governance.hash);
		const tokens = match.units.get(tokenUnit(this.#deployment)) ?? 0n;
		if (!datum?.ok || tokens === 0n || [...match.units.keys()].some(unit => unit.startsWith(policy)))
			return [];
		const {lovelace} = match;
		const address = governanceAddress(this.#deployment);
		return [{ref: refOf(match), lovelace, datum: datum.value, tokens, address}];
	}
}

/** Reads governance through Kupo, the devnet or Blockfrost. */
export const createGovernanceReader = (kupoUrl: string, deployment: GovernanceDeployment): GovernanceReader =>
	new KupoGovernanceReader(kupoUrl, deployment);
