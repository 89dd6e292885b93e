import type { Command } from 'commander';
import { Option } from 'commander';
import { isBlank } from '../../domain/blank-text.ts';
import { UsageError } from '../../domain/errors.ts';
import { possibleName } from '../../domain/ids/possible-name.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { CommandContext } from '../base/context.ts';

/** What a module in `commands/` exports: does the command and says its exit code. */
export interface CommandModule {
  /** Works without what `.env` says: before anybody trusts it. */
  ignoresDotEnv?: boolean;
  /** It stops or examines something: a `.env` that nobody trusts is left out then, and that is said. */
  goesWithoutDotEnv?: boolean;
  /** It asks models, or says what that will cost: needs what the project file says. All others do without one that is broken or that nobody trusts. */
  asksModels?: boolean;
  /** Works without what the project file says. */
  ignoresProjectFile?: boolean;
  execute(context: CommandContext, args: string[], options: Record<string, unknown>): Promise<number>;
}

/** Loads a command when it is run, not before. */
export type Loader = () => Promise<CommandModule>;

/** Adds a command to the command line, or to the command `parent`. */
export type Add = (usage: string, description: string, load: Loader, parent?: Command) => Command;

export const json = (): Option => new Option('--json', 'print JSON to standard output');
export const yes = (): Option => new Option('--yes', 'download what is missing without asking');
export const wait = (): Option =>
  new Option('--wait', 'stay while a person is needed, also where none can answer here; for pipes and nohup');
export const noGateway = (): Option =>
  new Option('--no-gateway', 'ask models without the gateway that keeps their answers');
export const verbose = (): Option => new Option('--verbose', 'say how what it needs is found and started');
export const agentDirs = (): Option =>
  new Option('--agents <dir>', 'folder with agents; repeatable').argParser(collect);

export const toolModules = (): Option =>
  new Option('--tools <module>', 'module with tools of your own, outside of where agents work; repeatable').argParser(
    collect,
  );

export const priority = (): Option =>
  new Option('--priority <level>', 'before whom it gets a place at a worker: low, normal, high or urgent');

export const label = (about = 'what to find the run by: team=search; repeatable'): Option =>
  new Option('--label <key=value>', about).argParser(collect);

/** Parser of an option that can be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/**
 * Refuses options among the words of a command's last argument: each would take words out of a text that cannot be taken back.
 *
 * @param before how many arguments stand before the words
 */
export function withWholeText(command: Command, before: number): Command {
  return command.hook('preAction', (_, asked) => {
    const words = asked.args.slice(before);
    const { rawArgs } = asked.parent as Command & { rawArgs: readonly string[] };
    // What stands behind `--` are words, wherever it stands.
    const typed = rawArgs.filter((word, at) => word !== '--' || rawArgs.indexOf('--') !== at);
    const isWhole = typed.some((_, at) => words.every((word, index) => typed[at + index] === word));
    if (isWhole) return;
    asked.error(
      `error: an option stands among the words "${safeLine(words.join(' '))}". Options go before or behind them; put a text with such a word in quotes, or behind \`--\`.`,
    );
  });
}

/** What arguments and options are called in the usage that take the name of something, and whose it is. */
const named: Readonly<Record<string, string>> = {
  ...{ run: 'a run', task: 'a task', context: 'a context', to: 'a task or a context', point: 'a checkpoint or a task' },
  ...{ id: 'anything', name: 'anything', role: 'a role' },
};

/** Refuses names that nothing can have, and words that say nothing. @throws UsageError */
export function refuseImpossibleNames(command: Command): void {
  command.registeredArguments.forEach((argument, at) => {
    const what = named[argument.name()];
    const [value] = command.args.slice(at);
    if (argument.variadic && isBlank(command.args.slice(at).join(' '))) throw new UsageError('the text is empty.');
    if (!argument.variadic && what !== undefined && value !== undefined) possibleName(value, what);
  });
  for (const option of command.options) {
    const what = named[/[<[]([a-z]+)/.exec(option.flags)?.[1] ?? ''];
    const value: unknown = command.getOptionValue(option.attributeName());
    if (what !== undefined && typeof value === 'string') possibleName(value, what);
  }
}
