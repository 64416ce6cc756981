import {readFileSync} from 'node:fs';

/** What test/tidy.test.ts says of a folder. */
export type TidyRule = {
	readonly folder: string;
	readonly imports: readonly string[];
	readonly packages: readonly string[];
	readonly pure: boolean;
};

const RULE =
	/^\t'?([a-z0-9/-]+)'?: (pure|shell)\(\s*'(?:[^'\\]|\\.)*',\s*(\w+|\[[^\]]*\])(?:,\s*(\[[^\]]*\]))?,?\s*\),$/gm;

/** Reads the table of rules off its text: a test file cannot be imported without running its tests. */
export const tidyRules = (): readonly TidyRule[] => {
	const text = readFileSync('test/tidy.test.ts', 'utf8');
	const named = (name: string): string =>
		new RegExp(`^const ${name} = (\\[[^\\]]*\\]);$`, 'm').exec(text)?.[1] ?? '';
	const listOf = (list: string): readonly string[] =>
		[...list.matchAll(/'([^']+)'|(?:\.\.\.)?\b(core|domain)\b/g)].flatMap(([, item, name]) =>
			name === undefined ? [item ?? ''] : listOf(named(name)),
		);
	return [...text.matchAll(RULE)].map(([, folder = '', kind, imports = '', packages = '']) => ({
		folder,
		imports: listOf(imports),
		packages: listOf(packages),
		pure: kind === 'pure',
	}));
};

/** How many rules the text has, told in another way, so that none is overlooked. */
export const tidyRuleCount = (): number =>
	[...readFileSync('test/tidy.test.ts', 'utf8').matchAll(/^\t\S+: (?:pure|shell)\(/gm)].length;
