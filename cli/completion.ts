/** Completion of command lines in shells, written from the commands themselves. */
import type {Command} from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** One command: `path` is its words, joined by colons. */
type Entry = {
	readonly path: string;
	readonly commands: readonly string[];
	readonly options: readonly string[];
};

const entriesOf = (command: Command, path: string): readonly Entry[] => {
	const help = command.createHelp();
	const subcommands = help.visibleCommands(command).filter(each => each.name() !== 'help');
	const options = help.visibleOptions(command).flatMap(({long}) => long ?? []);
	return [
		{path, commands: subcommands.map(each => each.name()), options},
		...subcommands.flatMap(each => entriesOf(each, `${path}:${each.name()}`)),
	];
};

const table = (name: string, entries: readonly Entry[], list: (entry: Entry) => readonly string[]): string =>
	[
		`typeset -gA ${name}`,
		`${name}=(`,
		...entries
			.filter(entry => list(entry).length > 0)
			.map(entry => `[${entry.path}]='${list(entry).join(' ')}'`),
		')',
	].join('\n');

const tables = (entries: readonly Entry[]): string =>
	`${table('_dcloud_commands', entries, each => each.commands)}\n${table('_dcloud_options', entries, each => each.options)}`;

const bash = (entries: readonly Entry[]): string => `# source <(dcloud completion bash)
${tables(entries)}
_dcloud() {
	local current=\${COMP_WORDS[COMP_CWORD]} at=dcloud word
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ " \${_dcloud_commands[$at]} " == *" $word "* ]] && at="$at:$word"
	done
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "\${_dcloud_options[$at]}" -- "$current")
	elif [[ -n \${_dcloud_commands[$at]} ]]; then
		mapfile -t COMPREPLY < <(compgen -W "\${_dcloud_commands[$at]}" -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}
complete -o filenames -F _dcloud dcloud
`;

const zsh = (entries: readonly Entry[]): string => `# source <(dcloud completion zsh)
${tables(entries)}
_dcloud() {
	local at=dcloud word
	for word in \${words[2,CURRENT-1]}; do
		[[ " \${_dcloud_commands[$at]} " == *" $word "* ]] && at="$at:$word"
	done
	if [[ $words[CURRENT] == -* ]]; then
		compadd -- \${=_dcloud_options[$at]}
	elif [[ -n \${_dcloud_commands[$at]} ]]; then
		compadd -- \${=_dcloud_commands[$at]}
	else
		_files
	fi
}
compdef _dcloud dcloud
`;

/** Every command beneath must have been said, and none of those that stand beside the next word. */
const fish = (entries: readonly Entry[]): string => {
	const lines = entries.flatMap(({path, commands, options}) => {
		const said = path.split(':').slice(1);
		const seen = said.map(word => `__fish_seen_subcommand_from ${word}`);
		const next = commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.join(' ')}`] : [];
		const condition = [...seen, ...next].join('; and ') || 'true';
		return [
			...(commands.length > 0 ? [`complete -c dcloud -f -n '${condition}' -a '${commands.join(' ')}'`] : []),
			...options.map(option => `complete -c dcloud -n '${condition}' -l ${option.slice(2)}`),
		];
	});
	return `# dcloud completion fish | source\n${lines.join('\n')}\n`;
};

const writers: {readonly [S in Shell]: (entries: readonly Entry[]) => string} = {bash, zsh, fish};

/** A script that the shell reads. Names of commands and options are ours: nothing in them needs to be quoted. */
export const completionScript = (program: Command, shell: Shell): string =>
	writers[shell](entriesOf(program, 'dcloud'));
