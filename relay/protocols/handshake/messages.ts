/** One offered version with its data as it came: an item whose form depends on the version. */
export type OfferedVersion = {readonly version: number; readonly data: Uint8Array};

/** In ascending order of version, without repetition. */
export type VersionTable = readonly OfferedVersion[];

export type RefuseReason =
	| {readonly kind: 'versionMismatch'; readonly versions: readonly number[]}
	| {readonly kind: 'decodeError'; readonly version: number; readonly text: string}
	| {readonly kind: 'refused'; readonly version: number; readonly text: string};

export type HandshakeMessage =
	| {readonly kind: 'proposeVersions'; readonly versions: VersionTable}
	| {readonly kind: 'acceptVersion'; readonly version: number; readonly data: Uint8Array}
	| {readonly kind: 'refuse'; readonly reason: RefuseReason}
	| {readonly kind: 'queryReply'; readonly versions: VersionTable};
