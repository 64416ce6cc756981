import type {HeaderHash} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import type {ForgingView} from '#node/ports/forging-api';
import type {Log} from '#node/ports/log';
import type {CounterName, Metrics} from '#node/ports/metrics';
import type {ForgeOutcome} from './forge-outcome.ts';

const counterOf: {readonly [K in ForgeOutcome['kind']]: CounterName} = {
	'about-to-lead': 'cardano_node_metrics_Forge_forge_about_to_lead_int',
	'not-leader': 'cardano_node_metrics_Forge_node_not_leader_int',
	leader: 'cardano_node_metrics_Forge_node_is_leader_int',
	standby: 'dcloud_forge_standby_slots_total',
	forged: 'cardano_node_metrics_Forge_forged_int',
	adopted: 'cardano_node_metrics_Forge_adopted_int',
	'not-adopted': 'cardano_node_metrics_Forge_didnt_adopt_int',
	invalid: 'cardano_node_metrics_Forge_invalid_int',
	'could-not-forge': 'cardano_node_metrics_Forge_could_not_forge_int',
};

export type Figures = Pick<
	ForgingView,
	'leaderSlots' | 'forged' | 'adopted' | 'missed' | 'lastReason' | 'lastOutcome'
>;

/** Counts outcomes, and logs for operators those that they care for. */
export class ForgeFigures {
	readonly #ports: {readonly log: Log; readonly metrics: Metrics};
	#figures: Figures = {leaderSlots: 0, forged: 0, adopted: 0, missed: 0, lastReason: null, lastOutcome: null};

	constructor(ports: {readonly log: Log; readonly metrics: Metrics}) {
		this.#ports = ports;
	}

	get figures(): Figures {
		return this.#figures;
	}

	count(outcome: ForgeOutcome): void {
		this.#ports.metrics.increment(counterOf[outcome.kind]);
		const code = 'failure' in outcome ? outcome.failure.code : null;
		this.#change({lastOutcome: {slot: outcome.slot, kind: outcome.kind, code}});
		switch (outcome.kind) {
			case 'about-to-lead':
			case 'not-leader':
			case 'standby':
				break;
			case 'leader':
				this.#change({leaderSlots: this.#figures.leaderSlots + 1});
				break;
			case 'forged':
				this.#forged(outcome);
				break;
			case 'adopted':
				this.#change({adopted: this.#figures.adopted + 1, lastReason: null});
				break;
			case 'not-adopted':
				this.#notAdopted(outcome);
				break;
			case 'invalid':
				this.#invalid(outcome);
				break;
			case 'could-not-forge':
				this.#couldNot(outcome);
				break;
		}
	}

	#change(change: Partial<Figures>): void {
		this.#figures = {...this.#figures, ...change};
	}

	#forged({kind, ...fields}: Extract<ForgeOutcome, {kind: 'forged'}>): void {
		this.#change({forged: this.#figures.forged + 1});
		this.#ports.log.info('block forged', fields);
	}

	#notAdopted({slot, hash}: {readonly slot: Slot; readonly hash: HeaderHash}): void {
		this.#change({lastReason: 'FORGE_NOT_ADOPTED'});
		this.#ports.log.info('own block not adopted', {slot, hash});
	}

	#invalid({kind, ...fields}: Extract<ForgeOutcome, {kind: 'invalid'}>): void {
		this.#ports.log.error('own block is invalid', fields);
		this.#change({lastReason: fields.failure.code});
		this.#miss();
	}

	#couldNot({kind, ...fields}: Extract<ForgeOutcome, {kind: 'could-not-forge'}>): void {
		const {log} = this.#ports;
		const {code} = fields.failure;
		if (code === this.#figures.lastReason) log.debug('could not forge', fields);
		else log.warn('could not forge', fields);
		this.#change({lastReason: code});
		if (fields.isLeader) this.#miss();
	}

	#miss(): void {
		this.#change({missed: this.#figures.missed + 1});
		this.#ports.metrics.increment('cardano_node_metrics_slotsMissedNum_int');
	}
}
