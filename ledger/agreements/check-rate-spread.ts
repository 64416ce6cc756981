import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import {RATE_SPREAD_MAX} from '../limits.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';

/**
 * Challenges fall on leaves, whatever these earn, and a miss costs each agreement at its own rate. Beside many very cheap
 * leaves, of agreements with itself, a provider could drop its dear ones: it would rarely be asked for them, and a miss
 * would cost less than it saves. So the rates of one provider's running agreements stay within a factor
 * (docs/ATTACKS.md, `dilution`). O(agreements of the provider).
 */
export const checkRateSpread = (
	reader: LedgerReader,
	provider: Hash32,
	rate: Lovelace,
	/** Whose rate this one takes the place of. */
	except?: Hash32,
): Result<void, TxError> => {
	const running = (reader.get('providerAgreements', keyOf(provider)) ?? [])
		.filter(id => except === undefined || !equalBytes(id, except))
		.map(id => defined(reader.get('agreements', keyOf(id)), 'a listed agreement exists').rate);
	let [lowest, highest] = [rate, rate];
	for (const other of running) {
		if (other < lowest) lowest = other;
		if (other > highest) highest = other;
	}
	if (highest <= RATE_SPREAD_MAX * lowest) return ok(undefined);
	// One of the two limits is broken by the new rate, because the others keep within them.
	const rateMin = rate === lowest ? (highest + RATE_SPREAD_MAX - 1n) / RATE_SPREAD_MAX : lowest;
	const rateMax = rate === highest ? RATE_SPREAD_MAX * lowest : highest;
	return err({code: 'AGREEMENT_RATE_APART', rate, rateMin, rateMax});
};
