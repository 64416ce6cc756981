/** What Helm would make of our chart's template: the few words of Go's templates that it uses. Anything else is refused. */
import {stringify} from 'yaml';

type Scope = Readonly<Record<string, unknown>>;
type Token = {readonly text: string} | {readonly words: string};
type Block = {readonly nodes: readonly Node[]; readonly next: number; readonly end: string};
type Node =
	| {readonly kind: 'text'; readonly text: string}
	| {readonly kind: 'value'; readonly words: string}
	| {
			readonly kind: 'if';
			readonly words: string;
			readonly whenTrue: readonly Node[];
			readonly otherwise: readonly Node[];
	  }
	| {readonly kind: 'range'; readonly words: string; readonly body: readonly Node[]};

/** Text and actions in turns; a dash eats the white space on its side. */
const tokensOf = (template: string): readonly Token[] => {
	const tokens: Token[] = [];
	let at = 0;
	let eatsLeft = false;
	const push = (text: string, eatsRight: boolean): void => {
		const left = eatsLeft ? text.trimStart() : text;
		tokens.push({text: eatsRight ? left.trimEnd() : left});
	};
	for (const match of template.matchAll(/\{\{(-)? *(.*?) *(-)?\}\}/g)) {
		push(template.slice(at, match.index), match[1] !== undefined);
		tokens.push({words: match[2] ?? ''});
		eatsLeft = match[3] !== undefined;
		at = match.index + match[0].length;
	}
	push(template.slice(at), false);
	return tokens;
};

const parseBlock = (tokens: readonly Token[], from: number): Block => {
	const nodes: Node[] = [];
	for (let at = from; at < tokens.length; at++) {
		const token = tokens[at] as Token;
		if ('text' in token) {
			nodes.push({kind: 'text', text: token.text});
			continue;
		}
		const {words} = token;
		if (words === 'end' || words === 'else') return {nodes, next: at, end: words};
		if (words.startsWith('if ')) {
			const then = parseBlock(tokens, at + 1);
			const otherwise =
				then.end === 'else' ? parseBlock(tokens, then.next + 1) : {nodes: [], next: then.next};
			nodes.push({kind: 'if', words: words.slice(3), whenTrue: then.nodes, otherwise: otherwise.nodes});
			at = otherwise.next;
		} else if (words.startsWith('range ')) {
			const body = parseBlock(tokens, at + 1);
			nodes.push({kind: 'range', words: words.slice(6), body: body.nodes});
			at = body.next;
		} else nodes.push({kind: 'value', words});
	}
	return {nodes, next: tokens.length, end: ''};
};

const pathIn = (scope: Scope, path: string): unknown => {
	const [root = '', ...names] = path.startsWith('.') ? ['$', ...path.slice(1).split('.')] : path.split('.');
	return names.reduce<unknown>((of, name) => (of as Scope | undefined)?.[name], scope[root]);
};

/** `merge (default dict PATH) PATH` or a path; what stands first wins. */
const termIn = (scope: Scope, words: string): unknown => {
	const merged = /^merge \(default dict (\S+)\) (\S+)$/.exec(words);
	if (merged !== null)
		return {
			...(pathIn(scope, merged[2] ?? '') as object),
			...(pathIn(scope, merged[1] ?? '') as object | undefined),
		};
	if (/^[$.][\w.]*$/.test(words)) return pathIn(scope, words);
	throw new Error(`the chart's template says more than this test reads: ${words}`);
};

const valueIn = (scope: Scope, words: string): string => {
	const indented = /^toYaml (\S+) \| nindent (\d+)$/.exec(words);
	if (indented !== null) {
		const indent = `\n${' '.repeat(Number(indented[2]))}`;
		return (
			indent +
			stringify(termIn(scope, indented[1] ?? ''))
				.trimEnd()
				.split('\n')
				.join(indent)
		);
	}
	const [path = '', filter] = words.split(' | ');
	const value = termIn(scope, path);
	if (value === undefined) throw new Error(`the chart's values have no ${path}`);
	return filter === 'quote' ? JSON.stringify(String(value)) : String(value);
};

const isTrue = (value: unknown): boolean =>
	value !== undefined && value !== null && value !== false && value !== '';

const rangeIn = (scope: Scope, {words, body}: Extract<Node, {kind: 'range'}>): string => {
	const [names = '', term = ''] = words.split(' := ');
	const [first = '', second] = names.split(', ');
	const over = termIn(scope, term) as object;
	return Object.entries(over)
		.sort(([a], [b]) => (Array.isArray(over) ? 0 : a < b ? -1 : 1))
		.map(([key, value]) =>
			renderNodes(body, {
				...scope,
				...(second === undefined ? {[first]: value} : {[first]: key, [second]: value}),
			}),
		)
		.join('');
};

const renderNode = (node: Node, scope: Scope): string => {
	switch (node.kind) {
		case 'text':
			return node.text;
		case 'value':
			return valueIn(scope, node.words);
		case 'if':
			return renderNodes(isTrue(termIn(scope, node.words)) ? node.whenTrue : node.otherwise, scope);
		case 'range':
			return rangeIn(scope, node);
	}
};

const renderNodes = (nodes: readonly Node[], scope: Scope): string =>
	nodes.map(node => renderNode(node, scope)).join('');

/** The text of a template under these values. Throws when it asks for what is not there. */
export const renderChart = (template: string, values: Scope): string =>
	renderNodes(parseBlock(tokensOf(template), 0).nodes, {$: {Values: values}});
