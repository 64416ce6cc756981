declare const brand: unique symbol;

/** A nominal type: `T` that has passed the checks of the constructor called `Name`. */
export type Brand<T, Name extends string> = T & {readonly [brand]: Name};
