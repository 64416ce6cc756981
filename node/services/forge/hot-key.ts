import {checkKesPeriod, type KesPeriodFailure, kesEvolution} from '#consensus/header/rules/check-kes-period';
import type {ConsensusParams} from '#consensus/params';
import {kesPeriodOf, type SlotClock} from '#consensus/time';
import {KES_PERIODS} from '#crypto/kes/verify-kes';
import {err, ok, type Result} from '#kernel/result';
import type {KesPeriod, Slot} from '#kernel/slot';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log} from '#node/ports/log';

export type HotKeyFailure =
	| KesPeriodFailure
	/** The key was evolved past this period, by a clock that ran ahead: it can sign again from its own period on. */
	| {readonly code: 'KES_KEY_TOO_NEW'; readonly evolution: number; readonly keyEvolution: number};

export type HotKeyPorts = {
	readonly keys: Pick<ForgingKeys, 'kes' | 'operationalCertificate'>;
	readonly log: Log;
};

/** With so many periods left the operator is told to make a new key, once in every period. */
const WARNING_PERIODS = 10;
/** The last moment that a date can name. */
const DATE_MS_MAX = 8_640_000_000_000_000n;
/** From here on it is urgent. */
const ALARM_PERIODS = 2;

/** Keeps the KES key in the period of the clock and watches how long its certificate lasts. */
export class HotKey {
	readonly #ports: HotKeyPorts;
	readonly #params: Pick<ConsensusParams, 'slotsPerKesPeriod' | 'maxKesEvolutions'>;
	#known: {readonly period: KesPeriod; readonly outcome: Result<undefined, HotKeyFailure>} | undefined;

	constructor(ports: HotKeyPorts, params: Pick<ConsensusParams, 'slotsPerKesPeriod' | 'maxKesEvolutions'>) {
		this.#ports = ports;
		this.#params = params;
	}

	/** As far as was found out in the last slot. */
	get isUsable(): boolean {
		return this.#known?.outcome.ok !== false;
	}

	/** Periods in which the certificate still lets the key sign, the slot's own included. */
	periodsLeft(slot: Slot): number {
		const {operationalCertificate} = this.#ports.keys;
		const left =
			BigInt(this.#params.maxKesEvolutions) - kesEvolution(this.#params, {slot, operationalCertificate});
		return left > 0n ? Number(left) : 0;
	}

	/** When the certificate ends, in milliseconds since 1970; null when that is beyond all dates. */
	expiresAtMs(slots: SlotClock): number | null {
		const {startPeriod} = this.#ports.keys.operationalCertificate;
		const slot =
			(startPeriod + BigInt(this.#params.maxKesEvolutions)) * BigInt(this.#params.slotsPerKesPeriod);
		const timeMs = BigInt(slots.systemStartMs) + slot * BigInt(slots.slotLengthMs);
		return timeMs > DATE_MS_MAX ? null : Number(timeMs);
	}

	/**
	 * Moves the key on to the slot's period, whether anything is to be signed or not: what it was must not outlive its
	 * period. Work is done once in a period, and again after it failed. Throws what the key's store throws.
	 */
	async advanceTo(slot: Slot): Promise<Result<undefined, HotKeyFailure>> {
		const period = kesPeriodOf(this.#params, slot);
		if (this.#known?.period !== period) {
			const outcome = await this.#evolveTo(slot);
			this.#known = {period, outcome};
			this.#tell(slot, period);
		}
		return this.#known.outcome;
	}

	async #evolveTo(slot: Slot): Promise<Result<undefined, HotKeyFailure>> {
		const {kes, operationalCertificate} = this.#ports.keys;
		const inWindow = checkKesPeriod(this.#params, {slot, operationalCertificate});
		const evolutions = kesEvolution(this.#params, {slot, operationalCertificate});
		if (evolutions < 0n) return inWindow;
		// An expired key moves on too: else it could be made to sign in the last period of its certificate for ever.
		const evolution = evolutions < KES_PERIODS ? Number(evolutions) : KES_PERIODS - 1;
		const isThere = await kes.evolveTo(evolution);
		if (!inWindow.ok) return inWindow;
		return isThere ? ok(undefined) : err({code: 'KES_KEY_TOO_NEW', evolution, keyEvolution: kes.evolution});
	}

	#tell(slot: Slot, period: KesPeriod): void {
		const {log} = this.#ports;
		const periodsLeft = this.periodsLeft(slot);
		if (periodsLeft > WARNING_PERIODS) return;
		const fields = {
			period,
			periodsLeft,
			slotsLeft: Math.max(0, (period + periodsLeft) * this.#params.slotsPerKesPeriod - slot),
		};
		if (periodsLeft === 0)
			log.error('the operational certificate has expired: no block can be forged', fields);
		else if (periodsLeft <= ALARM_PERIODS)
			log.error('the operational certificate is about to expire', fields);
		else log.warn('make a new KES key and operational certificate soon', fields);
	}
}
