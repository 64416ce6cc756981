import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import type {MoneyView} from '#node/ports/control-api';
import type {CardanoSide} from '../devnet/cardano-side.ts';
import type {Layout} from '../devnet/layout.ts';
import type {People} from '../devnet/people.ts';
import type {DevnetShape} from '../devnet/shape.ts';
import type {Member, Starter} from '../devnet/start-nodes.ts';
import {ada} from '../format.ts';
import type {Network} from '../wallet.ts';
import type {Account} from './account.ts';
import type {EventLog} from './event-log.ts';
import type {DemoOptions} from './options.ts';
import type {ProcessGroup} from './processes.ts';

/** What a step of the run knows and has: filled by the steps before it. */
export type Ground = {
	readonly options: Pick<DemoOptions, 'file' | 'seed' | 'size'>;
	readonly shape: DevnetShape;
	readonly account: Account;
	readonly layout: Layout;
	readonly crypto: Crypto & SecretCrypto;
	readonly group: ProcessGroup;
	readonly signal: AbortSignal;
};

export type CardanoStage = Ground & {
	readonly people: People;
	readonly cardano: CardanoSide;
	readonly kupoUrl: string;
	readonly network: Network;
};

export type NetworkStage = CardanoStage & {
	readonly starter: Starter;
	/** The relay that is asked. */
	readonly relay: Member;
	readonly relays: readonly Member[];
	readonly producers: Member[];
	readonly providers: Member[];
	/** Claim ids (which are provider ids) in hexadecimal, in the order of the providers. */
	readonly claims: readonly string[];
	/** The ledger's events as the relay tells them. */
	readonly events: EventLog;
	/** Figures for the final table. */
	readonly figures: (readonly [string, string])[];
};

/** A check of the run: what is shown must be so. Throws DEMO_CHECK_FAILED. */
export const check: (
	holds: boolean,
	what: string,
	data?: Readonly<Record<string, unknown>>,
) => asserts holds = (holds, what, data = {}) => {
	if (!holds)
		throw new NodeError({...data, code: 'DEMO_CHECK_FAILED', message: `This does not hold: ${what}.`});
};

const unclaimed = (money: MoneyView, claimed: bigint): bigint => BigInt(money.withdrawn) - claimed;

/** What was claimed on Cardano so far, in lovelace: withdrawals paid out of the bridge. */
export type Claimed = {lovelace: bigint};

/**
 * The money rule, printed after each step: credits + unclaimed withdrawals = ADA in the bridge. Deposits that Cardano
 * has and the side-chain has not seen yet are none here, because the run makes none after the deployment.
 */
export const tellMoney = async (stage: NetworkStage, claimed: Claimed): Promise<void> => {
	const [money, bridge] = await Promise.all([stage.relay.client.money(), stage.cardano.bridgeBalance()]);
	const owed = unclaimed(money, claimed.lovelace);
	const credits = BigInt(money.credits);
	stage.account.tell(
		'money',
		`money: ${ada(credits)} in credits + ${ada(owed)} unclaimed = ${ada(bridge)} in the bridge`,
		{credits, unclaimed: owed, bridge},
	);
	check(credits + owed === bridge, 'credits + unclaimed withdrawals = ADA in the bridge', {
		credits,
		owed,
		bridge,
	});
};
