import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkFolder } from '../../client/start/check-folder.ts';
import { templateFolders } from '../../client/start/named-template.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeText } from '../../domain/safe-text.ts';
import { withFlags } from '../base/as-flags.ts';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import type { DefinitionOptions } from '../options/run-options.ts';

/** `gaffer convert FILE`: prints a native workflow file that gives the same plan, or writes it. */
export async function convertFile(
  { cwd, terminal }: CommandContext,
  [file]: string[],
  { out, ...given }: Pick<DefinitionOptions, 'format' | 'pool' | 'tracks' | 'patterns'> & { out?: string },
): Promise<number> {
  const [{ convertDefinition }, { mountPlanStart }, { readMounted }, { formatDiagnostic }] = await Promise.all([
    import('../../definition/convert.ts'),
    import('../../definition/formats/mount-plan.ts'),
    import('../../client/start/mounted-workflow.ts'),
    import('../../definition/source/diagnostic.ts'),
  ]);
  const source = { kind: 'file', file: resolve(cwd, file!) } as const;
  const { format, pool, tracks, patterns } = given;
  const options = { cwd, pool, tracks, patterns, ...(await workflowsIn(cwd)), writtenTo: out ?? 'workflow.yaml' };
  const mounted = mountPlanStart(source.file, { format });
  const { text, warnings } = mounted
    ? await readMounted(mounted, (workflow) => convertDefinition({ kind: 'file', file: workflow }, options))
    : convertDefinition(source, { ...options, format });
  for (const warning of warnings) {
    terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(withFlags(warning))))}\n`);
  }
  if (mounted?.agentsDir) terminal.err(safeText(`Its agents are the mount plans: --agents ${mounted.agentsDir}\n`));
  if (out === undefined) {
    terminal.out(text);
    return exitCodes.succeeded;
  }
  const target = resolve(cwd, out);
  checkFolder('--out', dirname(target));
  if (existsSync(target)) throw new UsageError(`--out: ${target} is there already: name another file.`);
  writeFileSync(target, text, { flag: 'wx' });
  terminal.err(`Wrote ${target}.\n`);
  return exitCodes.succeeded;
}

/** What a definition may name besides agents, which are not looked at. */
async function workflowsIn(cwd: string) {
  const { findWorkflowIn } = await import('../../definition/nested/find-workflow.ts');
  const templates = await templateFolders(cwd);
  const agentsFor = () => ({ agents: new Map(), dirs: [], diagnostics: [] });
  return { templates, findWorkflow: findWorkflowIn({ cwd, templates, agentsFor }) };
}
