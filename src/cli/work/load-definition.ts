import { resolve } from 'node:path';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { CommandContext } from '../base/context.ts';
import { checkFolder, parseUsd, readInputs, type DefinitionOptions } from '../options/run-options.ts';
import { safeText } from '../../domain/safe-text.ts';

/** A plan with what was doubtful about its definition, and where its agents were looked for. */
export interface LoadedDefinition {
  plan: Plan;
  warnings: Diagnostic[];
  agentsDirs: string[];
}

/**
 * Loads a workflow file as the command line asks for it; prints its warnings.
 *
 * @throws DefinitionError, UsageError
 */
export async function loadDefinition(
  { cwd, terminal }: CommandContext,
  file: string,
  options: DefinitionOptions,
): Promise<LoadedDefinition> {
  const [{ agentDirsFor, loadPlan }, { loadAgents }, { formatDiagnostic }, { outputSchemaProblem }] = await Promise.all(
    [
      import('../../definition/load-plan.ts'),
      import('../../agents/registry.ts'),
      import('../../definition/source/diagnostic.ts'),
      import('../../models/check-output.ts'),
    ],
  );
  const limits: JsonObject = options.maxUsd === undefined ? {} : { usd: parseUsd(options.maxUsd) };
  const inputs = await readInputs(cwd, options);
  const given = (options.agents ?? []).map((folder) => checkFolder('--agents', resolve(cwd, folder)));
  const agentsDirs = [...given, ...agentDirsFor(file, cwd)];
  const { plan, warnings } = loadPlan(
    { kind: 'file', file: resolve(cwd, file) },
    {
      agents: loadAgents(agentsDirs),
      inputs,
      limits,
      cwd,
      checkSchema: outputSchemaProblem,
      looksForFolders: !options.isElsewhere,
      ...(options.workspace === undefined ? {} : { workspace: resolve(cwd, options.workspace) }),
    },
  );
  for (const warning of warnings) terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(warning)))}\n`);
  return { plan, warnings, agentsDirs };
}
