import type { LoadedDefinition } from '../../client/start/load-definition.ts';
import { loadDefinition } from '../../client/start/load-definition.ts';
import type { PlanSource } from '../../definition/formats/open-definition.ts';
import type { JsonObject } from '../../domain/json.ts';
import { safeText } from '../../domain/safe-text.ts';
import type { CommandContext } from '../base/context.ts';
import { parseUsd, readInputs, type DefinitionOptions } from '../options/run-options.ts';
import { withFlags } from '../base/as-flags.ts';

/** Loads a definition as the command line asks for it; prints its warnings. @throws DefinitionError, UsageError */
export async function readDefinition(
  context: CommandContext,
  source: PlanSource,
  options: DefinitionOptions,
): Promise<LoadedDefinition> {
  const { cwd, terminal } = context;
  const { models, tiers, providers, definitions } = context.config;
  const limits: JsonObject = options.maxUsd === undefined ? {} : { usd: parseUsd(options.maxUsd) };
  const inputs = { ...options.inputDefaults, ...(await readInputs(cwd, options)) };
  const { agents, tools, workspace = options.projectDir, format, pool, tracks, patterns } = options;
  const { approvePlan, communicationFile } = options;
  const loaded = await loadDefinition(source, {
    ...{ cwd, inputs, limits, models, tiers, providers, workspace, agents, tools, bounds: definitions.own },
    ...{ format, pool, tracks, patterns, approvePlan, communicationFile },
    looksForFolders: !options.isElsewhere,
  });
  const { formatDiagnostic } = await import('../../definition/source/diagnostic.ts');
  for (const warning of loaded.warnings) {
    terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(withFlags(warning))))}\n`);
  }
  return loaded;
}
