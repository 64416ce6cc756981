import {type Ok, ok} from '#kernel/result';

/** What a rule says when it has nothing against it. */
export const accepted: Ok<undefined> = ok(undefined);
