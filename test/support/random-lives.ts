/** Random lives of a small network, and what must hold after every step of them. */
import fc from 'fast-check';
import {signVoucher} from '#crypto/vouchers/voucher';
import {defined} from '#kernel/assert';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import {allowanceKey} from '#ledger/agreements/allowance';
import {owedFunds} from '#ledger/agreements/payer';
import {judgedUntil} from '#ledger/agreements/settle-agreement';
import type {Genesis} from '#ledger/genesis/genesis';
import {creditsInCirculation, depositedTotal, withdrawnTotal} from '#ledger/money';
import {challengeOf, epochOfState, headOf, payerOf, providerOf} from '#ledger/queries';
import {encodeRetrievalProof} from '#ledger/service/retrieval-proof';
import {serviceClasses} from '#ledger/service/service-class';
import {keyOf, numberOfKey} from '#ledger/state/keys';
import {readerOf} from '#ledger/state/state';
import type {Action} from '#ledger/tx/action';
import type {Transaction} from '#ledger/tx/transaction';
import {openPieceLeaf} from '#storage-proofs/piece/piece-opening';
import {createReferencePieceTree} from '#storage-proofs/piece/reference-piece-tree';
import {moderateReport} from './any-parameters.ts';
import {crypto} from './crypto.ts';
import {hashOf, LedgerChain, type Party, party} from './ledger-chain.ts';
import {ada, alice, bob, carol, dave, poolIds, testGenesis} from './ledger-genesis.ts';
import {openingOf, pieceIdOf, pieceOf, repairer, TestProvider} from './ledger-storage.ts';

const people = [alice, bob, carol, dave, repairer] as const;
const names = ['east', 'west', 'north'] as const;
const trees = createReferencePieceTree(crypto);

/** A step of a random life. The numbers choose who, what and how much. */
export type Step = {
	readonly what: number;
	readonly who: number;
	readonly whom: number;
	readonly amount: number;
};

/** Where agreements are settled when somebody asks, or after two epochs. */
export const lazyGenesis = (): Genesis => {
	const {parameters, ...rest} = testGenesis();
	return {...rest, parameters: {...parameters, settleEpochs: 2}};
};

class World {
	readonly chain = new LedgerChain(lazyGenesis());
	readonly providers = names.map(name => new TestProvider(name));
	readonly genesisCredits = creditsInCirculation(this.chain.state);
	#nonce = 0;
	#piece = 0;
	/** The piece of each agreement. */
	readonly #stored = new Map<string, Uint8Array>();
	/** What ran under each allowance after the step before. */
	readonly #allowed = new Map<string, bigint>();

	/** Whether the block of a transaction was good. */
	try(transaction: Transaction): boolean {
		const slot = Slot(this.chain.slot + 1);
		if (!this.chain.tryBlock(slot, [transaction]).ok) return false;
		this.chain.block(slot, [transaction]);
		return true;
	}

	act(sender: Party, action: Action, signers: readonly Party[] = []): boolean {
		return this.try(this.chain.transaction(sender, action, {with: signers}));
	}

	agreement(whom: number, vacated: boolean): readonly [Hash32, TestProvider] | undefined {
		const open = [...this.chain.state.agreements].filter(
			([, {vacancy, closedIn}]) => closedIn === null && (vacancy !== null) === vacated,
		);
		const chosen = open[whom % Math.max(1, open.length)];
		if (chosen === undefined) return undefined;
		const [key, {provider}] = chosen;
		const owner = this.providers.find(({id}) => keyOf(id) === keyOf(provider));
		return [Buffer.from(key, 'hex') as Uint8Array as Hash32, defined(owner, 'ours')];
	}

	/** Somebody who allows it something, or has. */
	#whoPaysFor(client: Party): AccountId | null {
		const keys = [...this.chain.state.payerAllowances.keys()].sort();
		const key = keys.find(each => each.endsWith(keyOf(client.account)));
		return people.find(({account}) => key?.startsWith(keyOf(account)))?.account ?? null;
	}

	/** Allowances of all sizes, and for a time; one in four withdraws. */
	allow(sender: Party, whom: number, amount: number): void {
		const client = defined(people[whom % people.length], 'five').account;
		const rateMax = Lovelace(amount % 4 === 0 ? 0n : BigInt(amount % 80_000));
		const until = Epoch(epochOfState(this.chain.env, this.chain.state) + (amount % 9));
		this.act(sender, {kind: 'payer-allow', client, rateMax, until});
	}

	open(sender: Party, provider: TestProvider, amount: number, repairOf: Hash32 | null): void {
		const change = {
			nonce: this.#nonce++,
			capacityLeaves: 1 + (amount % 40_000),
			endEpoch: Epoch(epochOfState(this.chain.env, this.chain.state) + 2 + (amount % 5)),
			repairOf,
			payer: repairOf === null && amount % 2 === 0 ? this.#whoPaysFor(sender) : null,
		};
		const signers = repairOf === null ? [provider.operator] : [provider.operator, repairer];
		const opened = this.act(sender, openingOf(provider, change), signers);
		if (!opened) return;
		const {agreementId, client} = defined(this.chain.eventsOf('agreement-opened').at(-1), 'opened');
		const pieces = [pieceOf(`piece ${this.#piece++}`, 1 + (amount % 900))];
		this.#stored.set(keyOf(agreementId), defined(pieces[0], 'one'));
		const reviser = people.find(({account}) => keyOf(account) === keyOf(client));
		const revision = provider.store(this.chain, defined(reviser, 'ours'), agreementId, pieces);
		if (amount % 3 === 0) this.act(sender, {kind: 'revision-post', revision});
	}

	/** Goes on to the next window, in which some providers do their duty. */
	advance(amount: number): void {
		const {chain, providers} = this;
		const epoch = epochOfState(chain.env, chain.state);
		const marks = [1, 4, 9, 11, 14].map(units => chain.slotAt(epoch, units));
		chain.advanceTo(
			defined(
				marks.find(slot => slot > chain.slot),
				'a mark is ahead',
			),
			3,
		);
		for (const [index, provider] of providers.entries()) {
			if ((amount >> index) % 4 === 0) continue;
			const now = Number(epochOfState(chain.env, chain.state));
			for (const due of [now, now + 1]) {
				const {commitment, indexes} = challengeOf(chain.env, chain.state, provider.id, Epoch(due));
				if (commitment === undefined) this.try(provider.commit(chain, due));
				else if (indexes !== undefined && indexes.length > 0) this.try(provider.prove(chain, due));
			}
		}
	}

	claimBounty(whom: number): void {
		const found = this.agreement(whom, true);
		if (found === undefined) return;
		const [vacated, provider] = found;
		const pieceId = pieceIdOf(pieceOf(`piece ${whom % Math.max(1, this.#piece)}`, 1));
		this.act(repairer, {
			kind: 'repair-claim',
			vacated,
			successor: vacated,
			pieceId,
			pieceLeaves: 1,
			vacatedProof: Uint8Array.of(provider.name.length),
			successorProof: Uint8Array.of(),
			epoch: Epoch(1),
		});
	}

	report(who: Party, whom: number, amount: number): void {
		const provider = defined(this.providers[whom % 3], 'three');
		const deposit = {
			kind: 'deposit',
			outRef: {txId: hashOf(`deposit ${this.chain.slot}`), index: 0},
			account: who.account,
			amount: Lovelace(BigInt(amount)),
		} as const;
		const known = this.chain.state.claims.has(keyOf(provider.id));
		this.chain.report(deposit, ...(known ? [] : [provider.claimOpened]));
	}

	/** Opens, tops up, settles, closes: with good vouchers, old ones, forged ones and those that say too much. */
	useChannel(sender: Party, whom: number, amount: number): void {
		const payee = defined(people[whom % people.length], 'five');
		const open = [...this.chain.state.channels];
		const chosen = open[whom % Math.max(1, open.length)];
		const credits = Lovelace(BigInt(amount) * 100n);
		if (chosen === undefined || amount % 5 === 0) {
			const expiry = Slot(this.chain.slot + 101 + (amount % 400));
			const terms = {payerVk: sender.verificationKey, payee: payee.account, lane: whom, expiry};
			this.act(sender, {kind: 'channel-open', ...terms, deposit: credits});
			return;
		}
		const [key, channel] = chosen;
		const channelId = Buffer.from(key, 'hex') as Uint8Array as Hash32;
		const signer = people.find(({verificationKey}) => keyOf(verificationKey) === keyOf(channel.payerVk));
		const seed = amount % 11 === 0 ? sender.seed : defined(signer, 'ours').seed;
		const {signature} = signVoucher(crypto, seed, {channelId, cumulative: credits});
		const actions: readonly Action[] = [
			{kind: 'channel-settle', channelId, cumulative: credits, signature},
			{kind: 'channel-top-up', channelId, amount: credits},
			{kind: 'channel-close', channelId},
			{kind: 'channel-refund', channelId},
			{kind: 'channel-settle', channelId, cumulative: credits, signature},
		];
		this.act(sender, defined(actions[amount % 5], 'five'));
	}

	/** Promises, demands, and answers: good ones, wrong ones and none. */
	useService(whom: number, amount: number): void {
		const found = this.agreement(whom, false);
		const piece = found && this.#stored.get(keyOf(found[0]));
		if (found === undefined || piece === undefined) return;
		const [agreementId, provider] = found;
		const {state} = this.chain;
		const {client, revisionNo} = defined(state.agreements.get(keyOf(agreementId)), 'it is there');
		const owner = people.find(({account}) => keyOf(account) === keyOf(client)) ?? alice;
		const serviceClass = defined(serviceClasses[amount % 3], 'three');
		if (!state.serviceClasses.has(keyOf(agreementId)))
			this.act(owner, {kind: 'service-class', agreementId, serviceClass}, [provider.operator]);
		const newest = provider.newest(agreementId);
		const pieceId = pieceIdOf(piece);
		this.act(owner, {
			kind: 'retrieval-demand',
			agreementId,
			revision: newest.revision.revisionNo > revisionNo ? newest : null,
			pieceId,
			pieceLeaves: 1,
			leafIndex: 0,
			pieceProof: provider.pieceProof(agreementId, pieceId),
		});
		if (amount % 4 !== 0) return;
		const shown = amount % 8 === 0 ? piece : Uint8Array.of(1);
		const proof = encodeRetrievalProof({kind: 'leaf', opening: openPieceLeaf(trees, shown, 0)});
		const answer = {kind: 'retrieval-answer', agreementId, revision: null, proof} as const;
		this.try(this.chain.feeFree(answer, [provider.operator]));
	}

	/** Sets and removes heads: in turn, too late, by strangers, by writers. */
	useHead(anyone: Party, whom: number, amount: number): void {
		const possible = defined(people[whom % 2], 'five');
		const sender = amount % 2 === 0 ? possible : anyone;
		const owner = possible.account;
		const bucket = hashOf(`bucket ${whom % 2}`);
		const head = headOf(this.chain.state, owner, bucket);
		const version = (head?.version ?? 0) + (amount % 7 === 0 ? 2 : 1);
		const isOwner = keyOf(sender.account) === keyOf(owner);
		const writers = isOwner && amount % 3 === 0 ? [defined(people[2], 'five').account] : null;
		this.act(sender, {
			kind: 'head-set',
			owner,
			bucket,
			version,
			seen: head?.root ?? null,
			root: hashOf(`root ${amount}`),
			writer: isOwner ? null : sender.verificationKey,
			writers,
		});
		if (amount % 3 === 1) this.act(sender, {kind: 'head-remove', bucket, version});
	}

	/** Cardano reports that some rules are to change, or that it has confirmed what was decided so far. */
	govern(whom: number, amount: number): void {
		const closed = [...this.chain.state.pendingCheckpoints.keys()].map(numberOfKey);
		if (whom % 2 === 0 && closed.length > 0) this.chain.confirm(Math.max(...closed));
		else this.chain.report(moderateReport(whom, amount));
	}

	step({what, who, whom, amount}: Step): void {
		const sender = defined(people[who % people.length], 'five');
		const provider = defined(this.providers[whom % 3], 'three');
		const credits = Lovelace(BigInt(amount) * 1000n);
		const found = this.agreement(whom, false);
		const steps: readonly (() => unknown)[] = [
			() => this.act(sender, {kind: 'transfer', to: party(`to ${whom}`).account, amount: credits}),
			() => this.act(sender, {kind: 'payer-deposit', amount: credits}),
			() => this.withdrawFunds(sender, amount % 2 === 0 ? credits : undefined),
			() => this.act(sender, {kind: 'delegate', pool: poolIds[whom % 4] ?? null}),
			() => this.act(sender, {kind: 'withdraw', claimId: provider.id, amount: credits}),
			() => this.report(sender, whom, amount),
			() => this.act(sender, provider.registration({bond: ada(50 + (amount % 9))}), [provider.operator]),
			() =>
				this.act(
					sender,
					{kind: 'provider-exit', provider: provider.id},
					amount % 7 === 0 ? [provider.operator] : [],
				),
			() => this.open(sender, provider, amount, null),
			() => this.open(sender, provider, amount, this.agreement(whom, true)?.[0] ?? null),
			() =>
				found &&
				this.act(
					sender,
					{kind: 'agreement-close', agreementId: found[0], mode: amount % 2 === 0 ? 'client' : 'operator'},
					amount % 2 === 0 ? [] : [found[1].operator],
				),
			() => this.claimBounty(whom),
			() => this.useChannel(sender, whom, amount),
			() => this.useChannel(sender, whom, amount),
			() => this.useHead(sender, whom, amount),
			() => this.advance(amount),
			() => this.advance(amount),
			() => this.advance(0b10101),
			() => this.advance(0b10101),
			() => this.advance(0b10101),
			() => this.useService(whom, amount),
			() => found && this.act(sender, {kind: 'agreement-settle', agreements: [found[0]]}),
			() => this.govern(whom, amount),
			() => this.allow(sender, whom, amount),
		];
		defined(steps[what % steps.length], 'a step')();
	}

	/** All that is free unless an amount is given. */
	withdrawFunds(sender: Party, amount: Lovelace | undefined): void {
		const {env, state} = this.chain;
		const free = payerOf(env, state, sender.account)?.free ?? Lovelace(0n);
		this.act(sender, {kind: 'payer-withdraw', amount: amount ?? free});
	}

	/** What payers owe is what their agreements have not been settled for, and they have it. */
	payerProblem(): string | undefined {
		const {state} = this.chain;
		const until = judgedUntil(readerOf(state));
		for (const [key, payer] of state.payers) {
			const own = [...state.agreements.values()].filter(
				({payer: payerId, vacancy, closedIn}) =>
					keyOf(payerId) === key && vacancy === null && closedIn === null,
			);
			if (payer.lockRate !== own.reduce((sum, each) => sum + epochRevenue(each), 0n))
				return 'the lock rate does not add up';
			const owed = own.reduce((sum, each) => sum + epochRevenue(each) * BigInt(until - each.settledAt), 0n);
			if (owedFunds(payer, until) !== owed) return 'what is owed does not add up';
			if (payer.funds < owed) return 'more is owed than there is';
		}
		return this.allowanceProblem();
	}

	/** What runs under an allowance adds up; it never grows beyond the ceiling, and what nobody needs any more is gone. */
	allowanceProblem(): string | undefined {
		const {payerAllowances, agreements} = this.chain.state;
		for (const [key, {rateMax, lockRate}] of payerAllowances) {
			const running = [...agreements.values()].filter(
				({payer, client, vacancy, closedIn}) =>
					allowanceKey({payer, client}) === key && vacancy === null && closedIn === null,
			);
			if (lockRate !== running.reduce((sum, each) => sum + epochRevenue(each), 0n))
				return 'what runs under an allowance does not add up';
			if (lockRate > rateMax && lockRate > (this.#allowed.get(key) ?? 0n)) return 'more than was allowed';
			if (lockRate === 0n && rateMax === 0n) return 'an allowance that is over is still there';
			this.#allowed.set(key, lockRate);
		}
		return undefined;
	}

	/** What must hold after every step. */
	problem(): string | undefined {
		const {state} = this.chain;
		const sum = creditsInCirculation(state) + withdrawnTotal(state) - depositedTotal(state);
		if (sum !== this.genesisCredits) return `credits: ${sum - this.genesisCredits} too many`;
		for (const {paid, deposit} of state.channels.values())
			if (paid > deposit) return 'a payee got more than the deposit';
		for (const {id} of this.providers) {
			const provider = providerOf(state, id);
			if (provider === undefined) continue;
			const own = [...state.agreements.values()].filter(
				agreement =>
					keyOf(agreement.provider) === keyOf(id) &&
					agreement.vacancy === null &&
					agreement.closedIn === null,
			);
			const collateral = own.reduce((total, agreement) => total + agreement.collateral, 0n);
			if (provider.collateral !== collateral) return 'collateral does not add up';
			if (provider.collateral > provider.bond) return 'more collateral than bond';
			if (provider.usedLeaves !== own.reduce((total, each) => total + each.capacityLeaves, 0))
				return 'capacity does not add up';
			if (provider.agreements !== own.length) return 'agreements are miscounted';
		}
		return this.payerProblem();
	}
}

type AnyPerson = {readonly [K in 'who' | 'whom' | 'amount']: fc.Arbitrary<number>};

export const anyPerson: AnyPerson = {who: fc.nat(4), whom: fc.nat(11), amount: fc.nat(2_000_000)};
export const step: fc.Arbitrary<Step> = fc.record({what: fc.nat(21), ...anyPerson});

/** Everyone has something to work with, so that most steps can succeed. */
const start: readonly Step[] = [
	{what: 5, who: 4, whom: 0, amount: 900_000_000},
	{what: 5, who: 1, whom: 1, amount: 1},
	{what: 5, who: 1, whom: 2, amount: 1},
	...[0, 1, 2].map(whom => ({what: 6, who: whom, whom, amount: 8})),
	...[0, 1].map(who => ({what: 1, who, whom: 0, amount: 40_000})),
	{what: 8, who: 0, whom: 0, amount: 30_003},
	{what: 8, who: 1, whom: 1, amount: 20_002},
];

/** A life of these steps, after a start; throws what does not hold. */
export const live = (steps: readonly Step[]): {readonly chain: LedgerChain} => {
	const world = new World();
	for (const each of [...start, ...steps]) {
		world.step(each);
		const problem = world.problem();
		if (problem !== undefined) throw new Error(problem);
	}
	return world;
};
