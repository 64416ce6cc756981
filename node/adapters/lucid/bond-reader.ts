import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {BondDeployment} from '#onchain/bond-deployment';
import {addressText} from '#onchain/cardano/address';
import {bondDatum, disputedBondDatum} from '#onchain/data/bond-data';
import type {DatumRecord} from '#onchain/data/record';
import type {Bond, DisputedBond} from '#onchain/plans/bond-plans';
import {networkIdOf, scriptAddress} from '#onchain/plans/deploy-plan';
import type {PlanUtxoWith} from '#onchain/plans/transaction-plan';
import {openCardanoIndex} from '../cardano-index.ts';
import type {KupoMatch} from '../kupo-client.ts';

/** The bonds on Cardano, in the order in which their outputs came to be. */
export type BondsNow = {
	/** Of which nothing is disputed. */
	readonly idle: readonly Bond[];
	readonly disputed: readonly DisputedBond[];
};

/** Every question throws MAIN_CHAIN_UNREACHABLE and MAIN_CHAIN_ANSWER_INVALID. */
export type BondReader = {
	all(signal?: AbortSignal): Promise<BondsNow>;
	/** By the name of its NFT. Throws BOND_UNKNOWN, and BOND_DISPUTED when it waits for an answer. */
	idle(name: Hash32, signal?: AbortSignal): Promise<Bond>;
	/** Throws BOND_UNKNOWN, and BOND_NOT_DISPUTED. */
	disputed(name: Hash32, signal?: AbortSignal): Promise<DisputedBond>;
	/** Where Cardano is. */
	slot(signal?: AbortSignal): Promise<number>;
};

type Named<T> = PlanUtxoWith<T> & {readonly name: Hash32};

const byAge = (a: KupoMatch, b: KupoMatch): number =>
	a.createdAt.slot - b.createdAt.slot || a.transactionIndex - b.transactionIndex || a.index - b.index;

const problem = (code: string, name: Hash32, message: string): NodeError =>
	new NodeError({code, bond: toHex(name), message});

class KupoBondReader implements BondReader {
	readonly #kupo;
	readonly #policy: string;
	readonly #address: string;

	constructor(kupoUrl: string, {network, bond}: BondDeployment) {
		this.#kupo = openCardanoIndex(kupoUrl);
		this.#policy = toHex(bond.hash);
		this.#address = addressText(scriptAddress(networkIdOf(network.magic), bond.hash));
	}

	async all(signal?: AbortSignal): Promise<BondsNow> {
		const found = await this.#kupo.matches(this.#address, 'unspent&resolve_hashes', signal);
		const matches = found.toSorted(byAge);
		return {
			idle: matches.flatMap(match => this.#read(match, bondDatum)),
			disputed: matches.flatMap(match => this.#read(match, disputedBondDatum)),
		};
	}

	async idle(name: Hash32, signal?: AbortSignal): Promise<Bond> {
		const match = await this.#find(name, signal);
		const [bond] = this.#read(match, bondDatum);
		if (bond !== undefined) return bond;
		throw problem('BOND_DISPUTED', name, 'This bond is disputed: it has to be answered for, or is slashed.');
	}

	async disputed(name: Hash32, signal?: AbortSignal): Promise<DisputedBond> {
		const match = await this.#find(name, signal);
		const [bond] = this.#read(match, disputedBondDatum);
		if (bond !== undefined) return bond;
		throw problem('BOND_NOT_DISPUTED', name, 'Nothing of this bond is disputed.');
	}

	async slot(signal?: AbortSignal): Promise<number> {
		return (await this.#kupo.checkpoint(undefined, signal))?.slot ?? 0;
	}

	async #find(name: Hash32, signal: AbortSignal | undefined): Promise<KupoMatch> {
		const pattern = `${this.#policy}.${toHex(name)}`;
		const [match] = await this.#kupo.matches(pattern, 'unspent&resolve_hashes', signal);
		if (match !== undefined) return match;
		throw problem(
			'BOND_UNKNOWN',
			name,
			'No such bond is on this Cardano network: it was taken, or never was.',
		);
	}

	/** The script has seen to the datum of whatever holds its NFT; anything else at its address is none. */
	#read<T>(match: KupoMatch, form: DatumRecord<T>): readonly Named<T>[] {
		const unit = [...match.units.keys()].find(each => each.startsWith(this.#policy));
		const datum = match.datum === undefined ? undefined : form.decode(match.datum);
		if (unit === undefined || !datum?.ok) return [];
		const {txId, index, lovelace} = match;
		const name = Hash32(fromHex(unit.slice(this.#policy.length)));
		return [{ref: {txId, index}, lovelace, name, datum: datum.value}];
	}
}

/** Reads bonds through Kupo, the devnet or Blockfrost. */
export const createBondReader = (kupoUrl: string, deployment: BondDeployment): BondReader =>
	new KupoBondReader(kupoUrl, deployment);
