/** Letting another account store at the cost of one's own, in the words of the command line. */
import type {AccountId} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '#ledger/limits';
import type {ActionOf} from '#ledger/tx/action';
import {accountOf} from './account-id.ts';
import type {Options} from './answer.ts';
import {countOption} from './count-option.ts';
import {textOption} from './sending.ts';
import {parseAmount, parseId} from './wallet.ts';

/** For `who`, an id or key file, with --rate-max and --until. Throws OPTION_MISSING and what is wrong with them. */
export const allowanceFor = async (who: string, options: Options): Promise<ActionOf<'payer-allow'>> => ({
	kind: 'payer-allow',
	client: parseId<AccountId>(await accountOf(who), 28, 'An account id'),
	rateMax: parseAmount(textOption(options, 'rateMax')),
	until: Epoch(countOption({until: textOption(options, 'until')}, 'until', EPOCH_MAX) ?? 0),
});
