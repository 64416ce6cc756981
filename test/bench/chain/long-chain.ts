/** A long chain of small blocks, forged as fast as its proofs and signatures allow: every pool leads every slot (f = 1). */
import type {Block} from '#consensus/block/block';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {Lovelace} from '#kernel/lovelace';
import type {Tip} from '#kernel/point';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {encodeBody} from '#ledger/block/block-body';
import {ledgerEnv} from '#ledger/environment';
import type {Genesis} from '#ledger/genesis/genesis';
import {feeOfBody} from '#ledger/tx/fee';
import {signedTransaction, type Transaction, unsignedTransaction} from '#ledger/tx/transaction';
import {type ChainNetwork, chainNetwork} from '#node/services/chain/chain-network';
import {crypto} from '../../support/crypto.ts';
import {type Party, party} from '../../support/ledger-chain.ts';
import {ada, testGenesis} from '../../support/ledger-genesis.ts';
import {forgeTestBlock, testPool} from '../../support/praos.ts';

/** The public profile's. */
export const K = 432;
const SLOT_MS = 1000;
/** A block in so many carries a transfer; the others are empty, as on a quiet chain. */
const TRANSFER_EVERY = 4;
const pools = [1, 2, 3].map(number => testPool(number));
const accounts = pools.map((_, index) => party(`bench account ${index}`));

/** A network whose chain of `slots` slots ends shortly before now. */
export const longGenesis = (slots: number, nowMs: number): Genesis =>
	testGenesis({
		systemStartMs: nowMs - (slots + 60) * SLOT_MS,
		slotMs: SLOT_MS,
		k: K,
		f: Ratio(1n, 1n),
		epochLength: 10 * K,
		slotsPerKesPeriod: 129_600,
		accounts: accounts.map(({account}, index) => ({
			account,
			balance: ada(1_000_000),
			pool: pools[index]?.poolId ?? null,
		})),
		pools: pools.map(({issuerVk, vrfKeyHash}, index) => ({
			coldVk: issuerVk,
			vrfKeyHash,
			checkpointVk: party(`bench checkpoint ${index}`).verificationKey,
			rewardAccount: (accounts[index] as Party).account,
			cost: Lovelace(1000n),
			margin: Ratio(1n, 20n),
		})),
	});

export const longNetwork = (genesis: Genesis): ChainNetwork => chainNetwork(ledgerEnv(crypto, genesis));

/** Makes one block after the other; a copy goes another way from where it was made. */
export class ChainBuilder {
	readonly #network: ChainNetwork;
	/** Which pool is first: what a fork differs in. */
	readonly #turn: number;
	#state: PraosState;
	#tip: Tip = 'origin';
	/** Blocks made, and transfers in them. */
	#blocks = 0;
	#sequence = 0;

	constructor(network: ChainNetwork, turn = 0) {
		this.#network = network;
		this.#turn = turn;
		this.#state = genesisPraosState(network.env.genesisHash, network.params);
	}

	/** The same chain so far, which other pools go on with. */
	fork(): ChainBuilder {
		const other = new ChainBuilder(this.#network, this.#turn + 1);
		other.#state = this.#state;
		other.#tip = this.#tip;
		other.#blocks = this.#blocks;
		other.#sequence = this.#sequence;
		return other;
	}

	next(): Block {
		const {params, env} = this.#network;
		const slot = Slot(this.#tip === 'origin' ? 0 : this.#tip.slot + 1);
		const pool = pools[(this.#blocks + this.#turn) % pools.length] as (typeof pools)[number];
		const transactions = this.#blocks % TRANSFER_EVERY === 0 ? [this.#transfer()] : [];
		const segments = encodeBody({
			transactions,
			mainChain: {mcRef: env.genesis.cardano.start, events: []},
		});
		const block = forgeTestBlock({
			params,
			state: this.#state,
			parent: this.#tip,
			slot,
			pool,
			segments,
		});
		const ticked = tickPraos(crypto, params, this.#state, slot);
		this.#state = updatePraos(crypto, params, ticked, block.header);
		this.#tip = block.header;
		this.#blocks++;
		return block;
	}

	#transfer(): Transaction {
		const {env} = this.#network;
		const [from, to] = accounts as [Party, Party];
		const plain = {
			sender: from.account,
			sequence: this.#sequence++,
			validFrom: null,
			validUntil: null,
			action: {kind: 'transfer', to: to.account, amount: Lovelace(1n)},
		} as const;
		const unsigned = unsignedTransaction(env, {...plain, fee: feeOfBody(env.genesis.parameters, plain, 1)});
		const signature = crypto.signEd25519(from.seed, unsigned.id);
		return signedTransaction(unsigned, [{verificationKey: from.verificationKey, signature}]);
	}
}
