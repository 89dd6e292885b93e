import { safeJson } from '../../domain/safe-text.ts';
import type { Config } from '../../config/config.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: where it stands, what the environment says, and where it writes. */
export interface CommandContext {
  cwd: string;
  config: Config;
  terminal: Terminal;
  /** Whether it also says how what it needs is started. */
  isVerbose: boolean;
}

/** The context of this process. Loads the configuration, so only commands that run call it, not `--help`. */
export async function processContext({
  ignoresDotEnv = false,
  ignoresProjectFile = false,
  isVerbose = false,
} = {}): Promise<CommandContext> {
  const [{ loadSettings }, { processTerminal }] = await Promise.all([
    import('../../client/connection/load-settings.ts'),
    import('./terminal.ts'),
  ]);
  const cwd = process.cwd();
  const config = await loadSettings({ cwd, environment: process.env, ignoresDotEnv, ignoresProjectFile });
  return { cwd, config, terminal: processTerminal(), isVerbose };
}

/** A function that writes one line of progress of our own to standard error; details only where somebody wants them. */
export function sayTo({ terminal, isVerbose }: CommandContext): (line: string, isDetail?: boolean) => void {
  return (line, isDetail = false) => (isDetail && !isVerbose ? undefined : terminal.err(`${line}\n`));
}

/** A value as the JSON that `--json` prints: two spaces, one line break at the end, nothing that a terminal obeys. */
export function toJson(value: unknown): string {
  return `${safeJson(value, 2)}\n`;
}
