import type {After} from '#transport/session-options';

type Alarm = {readonly at: number; readonly callback: () => void};

export type ManualTimer = {readonly after: After; advance(ms: number): void};

/** A timer that moves only when it is told to. */
export const createManualTimer = (): ManualTimer => {
	let now = 0;
	const alarms = new Set<Alarm>();
	return {
		after: (delayMs, callback) => {
			const alarm = {at: now + delayMs, callback};
			alarms.add(alarm);
			return () => alarms.delete(alarm);
		},
		advance: ms => {
			const until = now + ms;
			for (;;) {
				const next = [...alarms].filter(({at}) => at <= until).sort((a, b) => a.at - b.at)[0];
				if (next === undefined) break;
				alarms.delete(next);
				now = next.at;
				next.callback();
			}
			now = until;
		},
	};
};
