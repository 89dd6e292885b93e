import { resolve } from 'node:path';
import type { PlanSource } from '../../definition/load-plan.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { checkFolder } from './check-folder.ts';

/** A plan with what was doubtful about its definition, and where its agents were looked for. */
export interface LoadedDefinition {
  plan: Plan;
  warnings: Diagnostic[];
  agentsDirs: string[];
}

/** What a definition is completed with. Paths may be relative to `cwd`. */
export interface DefinitionSettings {
  cwd: string;
  inputs?: JsonObject;
  /** Wins over the definition's, in the same format. */
  limits?: JsonObject;
  workspace?: string | undefined;
  /** Whether the folders that it names are to be there: not where the work is done elsewhere. */
  looksForFolders: boolean;
  /** Folders with agents, looked into before those beside the file. */
  agents?: readonly string[] | undefined;
}

/**
 * Checks a definition and everything that it names.
 *
 * @throws DefinitionError with everything that is wrong; UsageError when a folder is not there
 */
export async function loadDefinition(source: PlanSource, settings: DefinitionSettings): Promise<LoadedDefinition> {
  const [{ agentDirsFor, loadPlan }, { loadAgents }, { outputSchemaProblem }] = await Promise.all([
    import('../../definition/load-plan.ts'),
    import('../../agents/registry.ts'),
    import('../../models/check-output.ts'),
  ]);
  const { cwd, inputs = {}, limits = {}, workspace, looksForFolders } = settings;
  const given = (settings.agents ?? []).map((folder) => checkFolder('--agents', resolve(cwd, folder)));
  const agentsDirs = [...given, ...agentDirsFor(source.kind === 'object' ? 'workflow.yaml' : source.file, cwd)];
  const { plan, warnings } = loadPlan(
    source.kind === 'file' ? { kind: 'file', file: resolve(cwd, source.file) } : source,
    {
      ...{ agents: loadAgents(agentsDirs), inputs, limits, cwd, checkSchema: outputSchemaProblem, looksForFolders },
      ...(workspace === undefined ? {} : { workspace: resolve(cwd, workspace) }),
    },
  );
  return { plan, warnings, agentsDirs };
}
