import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { readDefinition } from '../work/read-definition.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { NotTrustedError } from '../../config/trust-store.ts';
import { checkScripts } from '../../config/trusted-scripts.ts';
import { checkServers } from '../../config/trusted-servers.ts';
import { checkChosenWorkspaces } from '../../client/start/chosen-workspace.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { crewWarnings } from '../../client/crew/crew-warnings.ts';
import { repositoryWarnings } from '../../client/worktrees/repository-warnings.ts';
import { type Diagnostic, formatDiagnostic } from '../../definition/source/diagnostic.ts';
import { convertFile } from '../work/convert-definition.ts';
import { scriptLines } from '../show/script-lines.ts';
import { namedDefinition } from '../options/named-definition.ts';
import type { DefinitionOptions } from '../options/run-options.ts';
import { asFlags } from '../base/as-flags.ts';

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer plan FILE`: checks a definition and prints what would run; starts nothing. */
export async function execute(
  context: CommandContext,
  [named]: string[],
  options: DefinitionOptions & { json?: boolean; strictFiles?: boolean },
): Promise<number> {
  const source = await namedDefinition(context.cwd, named, options);
  const { plan, text, file, ...loaded } = await readDefinition(context, source, options);
  const warnings = [...loaded.warnings, ...(await tellCrew(context, plan))];
  const script = plan.tasks.find((task) => task.script)?.script;
  const [{ analysePlan }, { wholePlanLines }, { findHistory }] = await Promise.all([
    import('../../domain/analysis/plan-analysis.ts'),
    import('../show/whole-plan-lines.ts'),
    import('../../client/start/task-history.ts'),
  ]);
  const analysis = analysePlan(plan, { weights: await findHistory(context, plan) });
  if (options.strictFiles) checkFiles(analysis);
  const { terminal } = context;
  const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
  if (options.json) terminal.out(toJson({ plan, warnings, analysis }));
  else if (script) terminal.out(`${scriptLines(plan, script, sizes).join('\n')}\n`);
  else terminal.out(`${wholePlanLines(plan, analysis, sizes).join('\n')}\n`);
  const splits = plan.tasks.find(({ decompose }) => decompose);
  if (splits) terminal.err(`${splits.agent} splits the work once it runs: this calls no model.\n`);
  if (file === null) return exitCodes.succeeded;
  const isGiven = (options.workspace ?? options.projectDir) !== undefined;
  const isAsked = async (): Promise<void> => {
    checkScripts(plan);
    checkServers(plan);
    await checkChosenWorkspaces({ plan, text }, { cwd: context.cwd, file, isGiven });
  };
  await isAsked().catch((error: unknown) => {
    if (!(error instanceof NotTrustedError)) throw error;
    terminal.err(`\`gaffer run\` asks about this first: ${safeLine(asFlags(error.message))}\n`);
  });
  return exitCodes.succeeded;
}

// What is missing for programs of others, and for worktrees, is missing on this machine: another one may have it.
async function tellCrew({ config, terminal }: CommandContext, plan: Plan): Promise<Diagnostic[]> {
  const place = { hasGateway: config.gateway !== 'off', isTrusted: config.allowUnsandboxedShell };
  const warnings = [...(await crewWarnings(plan, place)), ...(await repositoryWarnings(plan))];
  for (const warning of warnings) terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(warning)))}\n`);
  return warnings;
}

/** `gaffer convert FILE`. */
export const convert = { execute: convertFile };

function checkFiles({ conflicts }: PlanAnalysis): void {
  if (conflicts.length === 0) return;
  const lines = conflicts.map(({ tasks, globs }) => `  ${tasks.join(' and ')}: ${[...new Set(globs)].join(' and ')}`);
  throw new UsageError(
    `--strict-files: tasks that may run at once may write the same files:\n${lines.join('\n')}\nGive them other files_scope, or let one depend on the other.`,
  );
}
