import { resolve } from 'node:path';
import type { LoadedDefinition } from '../../client/start/load-definition.ts';
import { loadDefinition } from '../../client/start/load-definition.ts';
import type { JsonObject } from '../../domain/json.ts';
import { safeText } from '../../domain/safe-text.ts';
import type { CommandContext } from '../base/context.ts';
import { parseUsd, readInputs, type DefinitionOptions } from '../options/run-options.ts';
import { withFlags } from '../base/as-flags.ts';

/** Loads a definition as the command line asks for it; prints its warnings. @throws DefinitionError, UsageError */
export async function readDefinition(
  context: CommandContext,
  file: string,
  options: DefinitionOptions,
): Promise<LoadedDefinition & { file: string }> {
  const { cwd, terminal } = context;
  const { models } = context.config;
  const limits: JsonObject = options.maxUsd === undefined ? {} : { usd: parseUsd(options.maxUsd) };
  const inputs = await readInputs(cwd, options);
  const { agents, workspace = options.projectDir, format, pool, tracks } = options;
  const loaded = await loadDefinition(
    { kind: 'file', file },
    {
      ...{ cwd, inputs, limits, models, workspace, agents, format, pool, tracks },
      looksForFolders: !options.isElsewhere,
    },
  );
  const { formatDiagnostic } = await import('../../definition/source/diagnostic.ts');
  for (const warning of loaded.warnings) {
    terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(withFlags(warning))))}\n`);
  }
  // It was a file, or the name of a template, which is one.
  return { ...loaded, file: loaded.file ?? resolve(cwd, file) };
}
