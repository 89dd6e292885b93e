import type { Command } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';

/** A command as completion needs it. `words`: how it is called, such as `issues list`. */
interface Completed {
  words: string;
  description: string;
  options: { flag: string; description: string; takesValue: boolean }[];
  /** What its first argument is. */
  argument: 'run' | 'file' | 'shell' | 'command' | null;
}

const shells = { bash, zsh, fish };

/** `gaffer completion SHELL`: a script of that shell that completes commands, options, files and ids of runs. @throws UsageError */
export function printCompletion({ terminal }: CommandContext, shell: string, program: Command): Promise<number> {
  if (!Object.hasOwn(shells, shell)) throw new UsageError(`there is no completion for "${shell}": bash, zsh or fish.`);
  terminal.out(completionFor(shell as keyof typeof shells, program));
  return Promise.resolve(exitCodes.succeeded);
}

/**
 * The script itself.
 *
 * @internal
 */
export function completionFor(shell: keyof typeof shells, program: Command): string {
  return shells[shell](commandsOf(program));
}

function commandsOf(program: Command): Completed[] {
  return program.commands.flatMap((command) => {
    if (command.commands.length === 0) return [describe(command, command.name())];
    const own = { ...describe(command, command.name()), argument: 'command' as const };
    return [own, ...command.commands.map((each) => describe(each, `${command.name()} ${each.name()}`))];
  });
}

function describe(command: Command, words: string): Completed {
  const [first] = command.registeredArguments;
  const kinds: Record<string, Completed['argument']> = { run: 'run', file: 'file', shell: 'shell' };
  return {
    words,
    description: command.description(),
    options: command.options
      .filter(({ hidden, long }) => !hidden && long !== undefined)
      .map(({ long, description, required, optional }) => {
        return { flag: long!, description, takesValue: required || optional };
      }),
    argument: first ? (kinds[first.name()] ?? null) : null,
  };
}

/*
 * Ids of runs come from what is stored here; where nothing is, there are none. They and the names of files are other people's: no shell may
 * expand them again, and an id is offered only when it has the form that `run --id` takes.
 */
const ids = 'runs --quiet --limit 50 2>/dev/null';

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function topOf(commands: readonly Completed[]): Completed[] {
  return commands.filter(({ words }) => !words.includes(' '));
}

function below(commands: readonly Completed[], words: string): Completed[] {
  return commands.filter((each) => each.words.startsWith(`${words} `));
}

function nameOf({ words }: Completed): string {
  return words.slice(words.lastIndexOf(' ') + 1);
}

function bashCase(commands: readonly Completed[], each: Completed): string {
  const flags = each.options.map(({ flag }) => flag).join(' ');
  const valued = each.options.flatMap(({ flag, takesValue }) => (takesValue ? [flag] : [])).join('|');
  const inner = below(commands, each.words).map(nameOf).join(' ');
  const words = each.argument === 'command' ? inner : each.argument === 'shell' ? Object.keys(shells).join(' ') : '';
  const values = { flags, valued, kind: each.argument ?? 'none', words };
  const settings = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`);
  return `    ${quoted(each.words)}) ${settings.join('; ')} ;;`;
}

function bash(commands: readonly Completed[]): string {
  const top = topOf(commands).map(nameOf).join(' ');
  const cases = commands.map((each) => bashCase(commands, each));
  return `# bash completion of gaffer: source <(gaffer completion bash)
_gaffer_lines() {
  local each
  COMPREPLY=()
  while IFS= read -r each; do
    if [[ "$each" == "$1"* && "$each" =~ $2 ]]; then COMPREPLY+=("$each"); fi
  done
}
_gaffer() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local flags='' valued='' kind=none words='' first=2
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(top)} -- "$current"))
    return
  fi
  if [ "$command" = issues ] && [ "$COMP_CWORD" -gt 2 ]; then command="issues \${COMP_WORDS[2]}"; first=3; fi
  case "$command" in
${cases.join('\n')}
    *) return ;;
  esac
  case "|$valued|" in
    *"|$previous|"*) _gaffer_lines '' . < <(compgen -f -- "$current"); return ;;
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [ "$COMP_CWORD" -eq "$first" ]; then
    case "$kind" in
      run) _gaffer_lines "$current" '^[A-Za-z0-9][A-Za-z0-9_.-]*$' < <("$1" ${ids}) ;;
      file) _gaffer_lines '' . < <(compgen -f -- "$current") ;;
      shell|command) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    esac
  fi
}
complete -o filenames -F _gaffer gaffer gaffer-crew
`;
}

function zshEntry({ words, description }: Completed): string {
  return quoted(`${words}:${description.replaceAll(':', '\\:')}`);
}

function zshCase(commands: readonly Completed[], each: Completed): string {
  const options = each.options.map(({ flag, description, takesValue }) => {
    const text = description.replace(/[[\]\\]/g, '').replaceAll(':', '\\:');
    return quoted(`*${flag}[${text}]${takesValue ? ':value:_files' : ''}`);
  });
  const first = {
    run: '1:run:_gaffer_runs',
    file: '1:file:_files',
    shell: `1:shell:(${Object.keys(shells).join(' ')})`,
    command: `1:command:(${below(commands, each.words).map(nameOf).join(' ')})`,
    none: '*:word:',
  }[each.argument ?? 'none'];
  return `    ${quoted(each.words)}) _arguments ${[...options, quoted(first)].join(' ')} ;;`;
}

function zsh(commands: readonly Completed[]): string {
  const top = topOf(commands).map((each) => `      ${zshEntry(each)}`);
  const cases = commands.map((each) => zshCase(commands, each));
  return `#compdef gaffer gaffer-crew
# zsh completion of gaffer: source <(gaffer completion zsh)
_gaffer_runs() {
  local -a ids
  ids=(\${(f)"$($_gaffer_program ${ids})"})
  ids=(\${(M)ids:#[A-Za-z0-9]*})
  ids=(\${ids:#*[^A-Za-z0-9_.-]*})
  compadd -a ids
}
_gaffer() {
  local _gaffer_program=\${words[1]} command=\${words[2]}
  local -a commands
  if (( CURRENT == 2 )); then
    commands=(
${top.join('\n')}
    )
    _describe command commands
    return
  fi
  if [[ $command == issues ]] && (( CURRENT > 3 )); then
    command="issues \${words[3]}"
    shift words
    (( CURRENT-- ))
  fi
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _gaffer gaffer gaffer-crew
`;
}

function fish(commands: readonly Completed[]): string {
  const lines = ['gaffer', 'gaffer-crew'].flatMap((program) => {
    const complete = `complete -c ${program}`;
    return [
      `${complete} -f`,
      ...topOf(commands).map(
        (each) => `${complete} -n __fish_use_subcommand -a ${nameOf(each)} -d ${quoted(each.description)}`,
      ),
      ...commands.flatMap((each) => {
        const [command, inner] = each.words.split(' ');
        const seen = `__fish_seen_subcommand_from ${command}${inner === undefined ? '' : `; and __fish_seen_subcommand_from ${inner}`}`;
        const flags = each.options.map(({ flag, description, takesValue }) => {
          return `${complete} -n ${quoted(seen)} -l ${flag.slice(2)} -d ${quoted(description)}${takesValue ? ' -r -F' : ''}`;
        });
        const first = {
          run: `-a ${quoted(`(${program} ${ids} | string match -r "^[A-Za-z0-9][A-Za-z0-9_.-]*\\$")`)}`,
          file: '-F',
          shell: "-a 'bash zsh fish'",
          command: `-a ${quoted(below(commands, each.words).map(nameOf).join(' '))}`,
        };
        return each.argument ? [...flags, `${complete} -n ${quoted(seen)} ${first[each.argument]}`] : flags;
      }),
    ];
  });
  return `# fish completion of gaffer: gaffer completion fish | source\n${lines.join('\n')}\n`;
}
