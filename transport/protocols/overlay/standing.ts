/** How much a peer may ask of us in a round, and how often it has broken the rules. Bounded, however many peers there are. */

export type Standing = {allowance: number; faults: number};

/** What a peer may spend in one round, and save up for the next ones. */
const ALLOWANCE = 480;
/** An exchange costs signatures to verify; a message mostly the look whether it is known. */
export const COSTS = {exchange: 40, push: 1} as const;
/** Faults at which a peer is shut out; one is forgotten in each round. */
const FAULTS_MAX = 60;
/** By what it did: bytes that are no message, profiles that are forged, messages that break the topic's rules. */
export const FAULTS = {malformed: 20, forged: 20, refused: 12, greedy: 1} as const;
const PEERS_MAX = 1024;

export class Standings {
	readonly #byPeer = new Map<string, Standing>();

	get count(): number {
		return this.#byPeer.size;
	}

	/** Whether the peer may still do this in this round; who asks for too much too often is shut out. */
	spend(id: string, cost: number): boolean {
		const standing = this.#of(id);
		if (standing.faults >= FAULTS_MAX) return false;
		if (standing.allowance < cost) {
			standing.faults += FAULTS.greedy;
			return false;
		}
		standing.allowance -= cost;
		return true;
	}

	/** True when this shuts the peer out. */
	blame(id: string, faults: number): boolean {
		const standing = this.#of(id);
		const wasOut = standing.faults >= FAULTS_MAX;
		standing.faults = Math.min(standing.faults + faults, 2 * FAULTS_MAX);
		return !wasOut && standing.faults >= FAULTS_MAX;
	}

	isOut(id: string): boolean {
		return (this.#byPeer.get(id)?.faults ?? 0) >= FAULTS_MAX;
	}

	/** A round has passed. */
	grow(): void {
		for (const [id, standing] of this.#byPeer) {
			standing.allowance = ALLOWANCE;
			standing.faults = Math.max(0, standing.faults - 1);
			if (standing.faults === 0) this.#byPeer.delete(id);
		}
	}

	#of(id: string): Standing {
		const known = this.#byPeer.get(id);
		if (known !== undefined) return known;
		if (this.#byPeer.size >= PEERS_MAX) this.#forgetBest();
		const standing = {allowance: ALLOWANCE, faults: 0};
		this.#byPeer.set(id, standing);
		return standing;
	}

	/** Makes room: those that are shut out stay. */
	#forgetBest(): void {
		let best: {readonly id: string; readonly faults: number} | undefined;
		for (const [id, {faults}] of this.#byPeer)
			if (best === undefined || faults < best.faults) best = {id, faults};
		if (best !== undefined) this.#byPeer.delete(best.id);
	}
}
