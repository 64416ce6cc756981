/** What a provider promises for how much more. Between it and its clients: no rule of the chain depends on it. */
import {Lovelace} from '#kernel/lovelace';
import {type ServiceClass, serviceClasses} from './service-class.ts';

export type ServiceOffer = {
	readonly serviceClass: ServiceClass;
	/** Per cent on top of the provider's price. */
	readonly surcharge: number;
};

const isClass = (word: string): word is ServiceClass => serviceClasses.some(each => each === word);

/** As announced: `standard+20 fast+50`. Words that are no class are left out; of two offers of one class the first counts. */
export const serviceOffers = (text: string | null): readonly ServiceOffer[] => {
	const offers: ServiceOffer[] = [];
	for (const part of text?.split(' ') ?? []) {
		const [name = '', percent = ''] = part.split('+');
		if (!isClass(name) || !/^\d{1,3}$/.test(percent)) continue;
		if (offers.some(({serviceClass}) => serviceClass === name)) continue;
		offers.push({serviceClass: name, surcharge: Number(percent)});
	}
	return offers;
};

/** Rounded up, so that no promise is for nothing unless it is offered so. */
export const priceWithService = (price: bigint, surcharge: number): Lovelace =>
	Lovelace((price * BigInt(100 + surcharge) + 99n) / 100n);
