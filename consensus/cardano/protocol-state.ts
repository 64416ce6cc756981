/**
 * Nonces and certificate counters at a point of Cardano, as an operator's own node tells them: what
 * `cardano-cli query protocol-state` prints, or Ogmios's answers to `queryLedgerState/nonces` and
 * `queryLedgerState/operationalCertificates` with the tip they were asked at, in one object.
 */
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {Nonce} from '../nonce/nonce.ts';
import type {PraosState} from '../praos-state.ts';
import {epochOf} from '../time.ts';
import type {CardanoNetwork} from './cardano-network.ts';
import {
	countField,
	fieldsOf,
	hexField,
	type JsonFieldFailure,
	type JsonFields,
	readJsonText,
	wrongField,
} from './json-fields.ts';
import {parsePoolId} from './pool-id-text.ts';

/** Null or "neutral"; older nodes wrote `{tag, contents}`. */
const nonceField = (fields: JsonFields, name: string): Nonce => {
	const value = fields[name];
	if (value === null || value === 'neutral') return 'neutral';
	if (typeof value === 'object' && value !== undefined) {
		const {tag, contents} = fieldsOf(value, name);
		return tag === 'NeutralNonce' ? 'neutral' : Hash32(hexField(contents, `${name}.contents`, 32));
	}
	return Hash32(hexField(value, name, 32));
};

const countersField = (value: unknown, field: string): ReadonlyMap<string, bigint> => {
	const fields = fieldsOf(value, field);
	return new Map(
		Object.keys(fields).map(text => {
			const poolId = parsePoolId(text) ?? wrongField(`${field}.${text}`, 'a pool id');
			return [toHex(poolId), BigInt(countField(fields, text))] as const;
		}),
	);
};

type Network = Pick<CardanoNetwork, 'params'>;

const readCardanoCli = (fields: JsonFields, {params}: Network): PraosState => {
	const lastSlot = Slot(countField(fields, 'lastSlot'));
	return {
		epochNonce: nonceField(fields, 'epochNonce'),
		evolvingNonce: nonceField(fields, 'evolvingNonce'),
		candidateNonce: nonceField(fields, 'candidateNonce'),
		labNonce: nonceField(fields, 'labNonce'),
		lastEpochBlockNonce: nonceField(fields, 'lastEpochBlockNonce'),
		counters: countersField(fields['oCertCounters'], 'oCertCounters'),
		lastSlot,
		epoch: epochOf(params, lastSlot),
	};
};

/** Ogmios wraps each answer as JSON-RPC does; the answers alone are read too. */
const answerOf = (fields: JsonFields, name: string): JsonFields => {
	const answer = fieldsOf(fields[name], name);
	return answer['result'] === undefined ? answer : fieldsOf(answer['result'], `${name}.result`);
};

/** Ogmios does not tell the last block's parent (`labNonce`): the first header that follows names it. */
const readOgmios = (fields: JsonFields, {params}: Network): PraosState => {
	const nonces = answerOf(fields, 'nonces');
	const lastSlot = Slot(countField(answerOf(fields, 'tip'), 'slot'));
	return {
		epochNonce: nonceField(nonces, 'epochNonce'),
		evolvingNonce: nonceField(nonces, 'evolvingNonce'),
		candidateNonce: nonceField(nonces, 'candidateNonce'),
		labNonce: nonceField(answerOf(fields, 'tip'), 'ancestor'),
		lastEpochBlockNonce: nonceField(nonces, 'lastEpochLastAncestor'),
		counters: countersField(answerOf(fields, 'operationalCertificates'), 'operationalCertificates'),
		lastSlot,
		epoch: epochOf(params, lastSlot),
	};
};

/** Reads either form. The epoch is that of the last slot. */
export const parseProtocolState = (network: Network, text: string): Result<PraosState, JsonFieldFailure> =>
	readJsonText(text, json => {
		const fields = fieldsOf(json, 'protocol state');
		if (fields['chainDepState'] !== undefined || fields['csTickn'] !== undefined)
			return wrongField('chainDepState', 'the state of an era since Babbage');
		return fields['nonces'] === undefined ? readCardanoCli(fields, network) : readOgmios(fields, network);
	});
