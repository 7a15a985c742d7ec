import { Argument, type Command } from 'commander';
import type { Io } from '../io.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** The shells ask the program itself, so the scripts never grow old. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_modelwright() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$(modelwright __complete -- "\${words[@]}" 2>/dev/null)" -- "$current"))
}
complete -o default -F _modelwright modelwright
`,
  zsh: `#compdef modelwright
_modelwright() {
  local -a found
  found=(\${(f)"$(modelwright __complete -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _modelwright modelwright
`,
  fish: `function __modelwright_complete
  set -l words (commandline -opc)
  modelwright __complete -- $words[2..-1] 2>/dev/null
end
complete -c modelwright -a '(__modelwright_complete)'
`,
};

export function registerCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('Print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(modelwright completion bash)
  $ source <(modelwright completion zsh)
  $ modelwright completion fish > ~/.config/fish/completions/modelwright.fish`,
    )
    .action((shell: Shell) => {
      io.stdout.write(SCRIPTS[shell]);
    });

  program.command('__complete [words...]', { hidden: true }).action((words: string[]) => {
    io.stdout.write(`${completionsFor(program, words).join('\n')}\n`);
  });
}

/**
 * What may come after these words: commands, options, or the values of an option.
 * @param words complete words after the name of the program
 */
export function completionsFor(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((child) => child.name() === word);
    if (next) command = next;
  }
  const last = words.at(-1);
  const option = command.options.find(
    ({ long, short }) => last !== undefined && (long === last || short === last),
  );
  if (option?.argChoices) return [...option.argChoices];
  if (option && (option.required || option.optional)) return [];
  const values = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const names = command.commands.map((child) => child.name()).filter((name) => !name.startsWith('__'));
  const flags = command.options.flatMap(({ long }) => long ?? []);
  return [...names, ...values, ...flags, '--help'];
}
