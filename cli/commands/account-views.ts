import type {AccountView, HistoryLine} from '#node/ports/control-api';
import {accountOf} from '../account-id.ts';
import type {Answer, Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {openNode} from '../node-client.ts';
import {facts, table} from '../table.ts';

const accountText = (account: AccountView): string =>
	[
		facts([
			['account', account.id],
			['balance', ada(BigInt(account.balance))],
			['sequence', account.sequence],
			['delegated to', account.pool ?? 'no pool'],
			...(account.multisig === null
				? []
				: [['signed by', `${account.multisig.threshold} of ${account.multisig.keys.length} keys`] as const]),
			['payer account', account.payer === null ? 'none' : JSON.stringify(account.payer)],
		]),
		...account.claims.map(
			claim => `claim ${claim.claimId}: ${ada(BigInt(claim.withdrawn))} withdrawn so far`,
		),
	].join('\n');

export const balance = async (
	[who = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const account = await (await openNode(options)).account(await accountOf(who), {signal});
	return {data: account, text: accountText(account)};
};

/** What a node tells at once. */
const LINES_MAX = 1000;

const historyRows = (lines: readonly HistoryLine[]): string =>
	table(
		['>block', '>slot', '>before', '>after', 'why'],
		lines.map(line => [
			String(line.blockNo),
			String(line.slot),
			ada(BigInt(line.balanceBefore)),
			ada(BigInt(line.balanceAfter)),
			[...line.events.map(({kind}) => kind), ...line.txIds.map(txId => `tx ${txId.slice(0, 12)}…`)].join(
				', ',
			),
		]),
	);

export const history = async (
	[who = '']: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const limit = Math.max(1, countOption(options, 'limit', LINES_MAX) ?? 50);
	const lines = await (await openNode(options)).history(await accountOf(who), {limit}, {signal});
	return {
		data: lines,
		text: lines.length === 0 ? 'nothing has happened to this account' : historyRows(lines),
	};
};
