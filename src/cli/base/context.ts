import { safeJson } from '../../domain/safe-text.ts';
import type { Config } from '../../config/config.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: where it stands, what the environment says, and where it writes. */
export interface CommandContext {
  cwd: string;
  config: Config;
  terminal: Terminal;
}

/** The context of this process. Loads the configuration, so only commands that run call it, not `--help`. */
export async function processContext({ ignoresDotEnv = false } = {}): Promise<CommandContext> {
  const [{ loadConfig }, { processTerminal }] = await Promise.all([
    import('../../config/config.ts'),
    import('./terminal.ts'),
  ]);
  const cwd = process.cwd();
  return { cwd, config: loadConfig({ cwd, environment: process.env, ignoresDotEnv }), terminal: processTerminal() };
}

/** A function that writes one line of progress of our own to standard error. */
export function sayTo(terminal: Terminal): (line: string) => void {
  return (line) => terminal.err(`${line}\n`);
}

/** A value as the JSON that `--json` prints: two spaces, one line break at the end, nothing that a terminal obeys. */
export function toJson(value: unknown): string {
  return `${safeJson(value, 2)}\n`;
}
