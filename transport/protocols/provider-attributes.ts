/** What a provider says of itself in its announcement, as far as it is understood. Nobody vouches for it. */

export type ProviderAttributes = {
	/** Who runs it: one name for all providers of one house. */
	readonly operator: string | null;
	/** Number of the autonomous system that its address belongs to. */
	readonly asn: string | null;
	/** A country in two letters, or a part of one: `de`, `us-east`. */
	readonly region: string | null;
	/** What it promises about giving pieces back, and for how much more: `standard+20 fast+50` (`service-offers`). */
	readonly service: string | null;
};

type Form = {readonly form: RegExp; readonly say: string};

const FORMS: {readonly [Name in keyof ProviderAttributes]: Form} = {
	operator: {form: /^[a-z0-9][a-z0-9 .-]{0,62}$/, say: 'a name of letters, digits, dots, hyphens and spaces'},
	asn: {form: /^[1-9][0-9]{0,9}$/, say: 'the number of an autonomous system, such as 3320'},
	region: {
		form: /^[a-z]{2}(?:-[a-z0-9]{1,12})?$/,
		say: 'a country in two letters or a part of one, such as de or us-east',
	},
	service: {
		form: /^[a-z]{1,12}\+\d{1,3}(?: [a-z]{1,12}\+\d{1,3}){0,3}$/,
		say: 'classes of service with their surcharge in per cent, such as "standard+20 fast+50"',
	},
};

export const ATTRIBUTE_NAMES: readonly (keyof ProviderAttributes)[] = [
	'operator',
	'asn',
	'region',
	'service',
];

const ASN_MAX = 2 ** 32 - 1;

/** Capital letters and the AS before a number mean nothing. */
const normalised = (name: keyof ProviderAttributes, value: string): string => {
	const lower = value.trim().toLowerCase();
	return name === 'asn' ? lower.replace(/^as/, '') : lower;
};

/** The value as everybody compares it, or undefined when it has not the form. */
export const attributeOf = (name: keyof ProviderAttributes, value: string): string | undefined => {
	const plain = normalised(name, value);
	const fits = FORMS[name].form.test(plain) && (name !== 'asn' || Number(plain) <= ASN_MAX);
	return fits ? plain : undefined;
};

/** What a value of this name has to be, in words. */
export const attributeForm = (name: keyof ProviderAttributes): string => FORMS[name].say;

/** Names that are not understood, and values that make no sense, are as if they were not there. */
export const readAttributes = (
	attributes: readonly (readonly [name: string, value: string])[],
): ProviderAttributes => {
	const said = (name: keyof ProviderAttributes): string | null => {
		const found = attributes.find(([given]) => given === name);
		return (found && attributeOf(name, found[1])) ?? null;
	};
	return {operator: said('operator'), asn: said('asn'), region: said('region'), service: said('service')};
};
