import pc from 'picocolors';
import type { CommandContext } from '../../../src/cli/base/context.ts';
import { loadConfig } from '../../../src/config/config.ts';

/** A context that stands in a folder and keeps what a command writes. */
export function testContext(
  cwd: string,
  environment: Record<string, string> = {},
): { context: CommandContext; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const colors = pc.createColors(false);
  const context: CommandContext = {
    cwd,
    isVerbose: false,
    config: loadConfig({ cwd, environment }),
    terminal: {
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
      outColumns: () => Infinity,
      outColors: colors,
      isLive: false,
      columns: () => 80,
      rows: () => 24,
      colors,
      canAsk: false,
    },
  };
  return { context, out: () => written.out, err: () => written.err };
}
