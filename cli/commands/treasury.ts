import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withCardano, withKupo} from '../cardano-access.ts';
import {withDraft} from '../cardano-file.ts';
import {depositToTreasury} from './treasury-deposit.ts';
import {readEarnings} from './treasury-earnings.ts';
import {recordSale} from './treasury-sale.ts';
import {showTreasury} from './treasury-show.ts';

const BOOK = 'book of what was earned, sold and given; made when there is none';

export const register = (noun: Command): void => {
	answers(
		withKupo(
			noun
				.command('show')
				.description('what the treasury on Cardano holds, and where depositors say it came from'),
		).option('--limit <n>', 'how many deposits, the newest first', '20'),
		showTreasury,
	);
	answers(
		noun
			.command('earnings')
			.description('read what mining, a Storj node and this network have paid into a book; show it')
			.requiredOption('--book <file>', BOOK)
			.option('--monero-wallet-url <url>', 'monero-wallet-rpc with a view-only wallet, on this machine')
			.option('--monero-login-file <file>', 'its login, USER:PASSWORD, as it writes it itself')
			.option('--monero-account <n>', 'account of that wallet', '0')
			.option('--storagenode-url <url>', 'dashboard of a Storj node, such as http://127.0.0.1:14002')
			.option('--provider <id>', 'provider of this network; --node names the node to ask')
			.option('--node <folder>', 'data folder of a running node (default: DCLOUD_NODE)')
			.option('--tokens <line...>', 'REFERENCE=AMOUNT: how many STORJ a payout brought'),
		readEarnings,
	);
	answers(
		noun
			.command('record-sale')
			.description("take an exchange's trades in, match them to the earnings, plan the deposits")
			.requiredOption('--book <file>', BOOK)
			.requiredOption(
				'--csv <file>',
				"trades: columns time, id, sold, sold_asset, bought, bought_asset, fee, fee_asset; or Kraken's export",
			)
			.option('--columns <names>', 'NAME=COLUMN,…: what those columns are called in the file'),
		recordSale,
	);
	answers(
		withDraft(
			withCardano(noun.command('deposit').description('give ADA to the treasury and say where it came from')),
		)
			.option('--book <file>', 'make the deposits that this book plans')
			.option('--again', 'with --book: make a deposit once more that was drafted, or sent without an end')
			.option('--amount <amount>', 'without --book: lovelace or ADA')
			.option('--source <name>', 'xmr, storj, fees or gift', 'gift')
			.option('--source-amount <amount>', 'how much XMR or STORJ was sold for it')
			.option('--reference <hex>', 'what shows it elsewhere: at most 64 bytes'),
		depositToTreasury,
	);
};
