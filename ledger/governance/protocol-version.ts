/** The version that every chain begins with: Conway's, as headers say. */
export const PROTOCOL_VERSION_FIRST = 10;

/** The newest version whose rules this software knows. An upgrade to a later one stops it. */
export const PROTOCOL_VERSION_MAX = 10;
