/** What providers have in common: from what the chain has of them, and from what they say of themselves. */
import type {ProviderView} from '#node/ports/provider-api';
import type {Traits} from '#pieces/placement';
import {parseEndpoint} from '#transport/protocols/endpoint';
import {readAttributes} from '#transport/protocols/provider-attributes';
import {subnetOf} from '#transport/protocols/subnet';

type Known = Pick<ProviderView, 'id' | 'payoutAccount' | 'endpoint' | 'attributes' | 'reputation'>;

/** Sets that grow together: `find` gives the same for all that were joined, directly or by others. */
const createGroups = () => {
	const parents = new Map<string, string>();
	const find = (member: string): string => {
		let top = member;
		for (let next = parents.get(top); next !== undefined; next = parents.get(top)) top = next;
		// Later searches are short.
		for (let each = member; each !== top; ) {
			const next = parents.get(each) ?? top;
			parents.set(each, top);
			each = next;
		}
		return top;
	};
	return {
		find,
		join: (a: string, b: string): void => {
			const [left, right] = [find(a), find(b)];
			if (left !== right) parents.set(left < right ? right : left, left < right ? left : right);
		},
	};
};

/**
 * Of each provider, by id. Whoever is paid to one account, or says one name, is one operator, and so are those whom
 * others of theirs connect. Saying a stranger's name costs the one who says it as much as the stranger.
 */
export const traitsByProvider = (providers: readonly Known[]): ReadonlyMap<string, Traits> => {
	const groups = createGroups();
	const said = new Map(providers.map(({id, attributes}) => [id, readAttributes(attributes)]));
	for (const {id, payoutAccount} of providers) {
		groups.join(`provider ${id}`, `account ${payoutAccount}`);
		const operator = said.get(id)?.operator ?? null;
		if (operator !== null) groups.join(`provider ${id}`, `operator ${operator}`);
	}
	return new Map(
		providers.map(({id, endpoint, reputation}) => {
			const parsed = endpoint === null ? undefined : parseEndpoint(endpoint);
			const traits: Traits = {
				operator: groups.find(`provider ${id}`),
				subnet: parsed === undefined ? null : subnetOf(parsed),
				asn: said.get(id)?.asn ?? null,
				region: said.get(id)?.region ?? null,
				vetted: reputation.vettingEpochsLeft === 0 && !reputation.suspended,
			};
			return [id, traits];
		}),
	);
};
