import {defined} from '#kernel/assert';
import {type KeyKind, typesOf} from '#node/adapters/key-files';

export type KindOfType = {readonly kind: KeyKind; readonly isSigning: boolean};

/** The kind of key that a text envelope's type is of. */
export const kindOfType = (type: string): KindOfType => {
	const kinds = Object.entries(typesOf) as readonly [KeyKind, (typeof typesOf)[KeyKind]][];
	const found = kinds.find(([, types]) => types.signing === type || types.verification === type);
	const [kind, types] = defined(found, 'every type of key is of a kind');
	return {kind, isSigning: types.signing === type};
};
