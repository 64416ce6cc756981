/** The block of a header that was judged: whether it is the one, and what its body changes. */
import {equalBytes} from '#kernel/bytes';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {type BodyFailure, checkBody} from '../block/check-body.ts';
import type {HeaderDecodeFailure} from '../header/header.ts';
import {type ByronBodyFailure, checkByronBody, decodeByronBlock} from './byron-block.ts';
import {type ByronDelegationFailure, type ByronSignerFailure, delegateByron} from './byron-state.ts';
import {decodeCardanoBlock} from './cardano-block.ts';
import {headerTagOf} from './era.ts';
import {byronStateAfter} from './judge-byron-header.ts';
import type {CardanoParent, CardanoRules, JudgedHeader} from './judge-cardano-header.ts';

export type CardanoBlockFailure =
	| CborFailure
	| HeaderDecodeFailure
	| BodyFailure
	| ByronBodyFailure
	| ByronSignerFailure
	| ByronDelegationFailure
	/** Not the block that was asked for. */
	| {readonly code: 'CARDANO_BLOCK_OTHER'};

type JudgedByron = Extract<JudgedHeader, {era: 'byron'}>;

/**
 * Headers of Byron are judged before the bodies of those before them have come, which may hold delegations: the state is worked out
 * again from that after the parent's body.
 */
const judgeByronBlock = (
	{crypto, network}: CardanoRules,
	parent: CardanoParent | undefined,
	judged: JudgedByron,
	bytes: Uint8Array,
): Result<JudgedHeader, CardanoBlockFailure> => {
	const {header} = judged;
	const {byron, magic: networkMagic} = network;
	const block = decodeByronBlock(crypto, bytes);
	if (!block.ok) return block;
	if (!equalBytes(block.value.header.hash, header.hash)) return err({code: 'CARDANO_BLOCK_OTHER'});
	const body = checkByronBody(crypto, block.value, bytes);
	if (!body.ok) return body;
	if (byron?.keys === undefined || parent?.byron === undefined) return ok(judged);
	const after = byronStateAfter({byron}, parent.byron, header);
	if (!after.ok || after.value === undefined || block.value.kind === 'boundary')
		return after.ok ? ok({...judged, byron: after.value}) : after;
	const rules = {k: byron.k, networkMagic, keys: byron.keys};
	let state = after.value;
	for (const certificate of block.value.body.certificates) {
		const delegated = delegateByron(crypto, rules, state, {certificate, slot: header.slot});
		if (!delegated.ok) return delegated;
		state = delegated.value;
	}
	return ok({...judged, byron: state});
};

/** `parent` is that of the chain, whose body was judged; undefined when it is not kept any more. */
export const judgeCardanoBlock = (
	rules: CardanoRules,
	parent: CardanoParent | undefined,
	judged: JudgedHeader,
	bytes: Uint8Array,
): Result<JudgedHeader, CardanoBlockFailure> => {
	if (judged.era === 'byron') return judgeByronBlock(rules, parent, judged, bytes);
	const {header, era} = judged;
	const block = decodeCardanoBlock(rules.crypto, bytes);
	if (!block.ok) return block;
	if (block.value.era !== headerTagOf(era) + 1 || !equalBytes(block.value.header.header.hash, header.hash))
		return err({code: 'CARDANO_BLOCK_OTHER'});
	const body = checkBody(rules.crypto, header, block.value.segments);
	return body.ok ? ok(judged) : body;
};
