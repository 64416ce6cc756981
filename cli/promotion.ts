import process from 'node:process';
import type {Forge} from '#node/services/forge/forge';

/** SIGUSR1 is what Node.js opens its debugger with. */
export const PROMOTE_SIGNAL = 'SIGUSR2';

export type Promotion = {
	/** The forge to be promoted when the signal comes, and at once if it has come; undefined for a relay. */
	attach(forge: Forge | undefined): void;
	release(): void;
};

/** From now on the signal does not end this process, as it would by default, but promotes a standby. */
export const listenForPromotion = (): Promotion => {
	let forge: Forge | undefined;
	let isAsked = false;
	const promote = (): void => {
		isAsked = true;
		forge?.promote();
	};
	process.on(PROMOTE_SIGNAL, promote);
	return {
		attach: started => {
			forge = started;
			if (isAsked) promote();
		},
		release: () => {
			process.off(PROMOTE_SIGNAL, promote);
		},
	};
};
