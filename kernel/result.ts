/** Something expected that went wrong, as data. `code` is `SUBJECT_PROBLEM` and listed in docs/errors.md. */
export type Failure = {readonly code: string};

export type Ok<T> = {readonly ok: true; readonly value: T};
export type Err<E extends Failure> = {readonly ok: false; readonly error: E};

/** The outcome of judging data from outside. A `Result` is never dropped. */
export type Result<T, E extends Failure = Failure> = Ok<T> | Err<E>;

export const ok = <T>(value: T): Ok<T> => ({ok: true, value});
export const err = <const E extends Failure>(error: E): Err<E> => ({ok: false, error});
