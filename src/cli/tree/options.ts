import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandContext } from '../base/context.ts';

/** What a module in `commands/` exports: does the command and says its exit code. */
export interface CommandModule {
  /** Works without what `.env` says: before anybody trusts it. */
  ignoresDotEnv?: boolean;
  execute(context: CommandContext, args: string[], options: Record<string, unknown>): Promise<number>;
}

/** Loads a command when it is run, not before. */
export type Loader = () => Promise<CommandModule>;

/** Adds a command to the command line, or to the command `parent`. */
export type Add = (usage: string, description: string, load: Loader, parent?: Command) => Command;

export const json = (): Option => new Option('--json', 'print JSON to standard output');
export const yes = (): Option => new Option('--yes', 'download what is missing without asking');
export const agentDirs = (): Option =>
  new Option('--agents <dir>', 'folder with agents; repeatable').argParser(collect);

/** Parser of an option that can be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
