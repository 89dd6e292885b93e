import { basename, dirname, extname, join, resolve } from 'node:path';
import type { AgentRegistry } from '../agents/registry.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { Plan } from '../domain/plan.ts';
import { planDefaults } from '../domain/plan.ts';
import type { Diagnostic } from './diagnostic.ts';
import { DefinitionError } from './diagnostic.ts';
import { toDraft } from './draft.ts';
import { inlineDocument } from './inline-document.ts';
import { resolveInputs } from './inputs.ts';
import { isPlannedValue, keysAt } from './known-keys.ts';
import { chooseAgents } from './plan-agents.ts';
import { checkLimits, toPlanLimits } from './plan-limits.ts';
import { fillPrompts } from './plan-prompts.ts';
import { toPlanTasks } from './plan-tasks.ts';
import { readYaml } from './read-yaml.ts';
import { workflowSchema } from './schema.ts';
import { schemaDiagnostics } from './schema-errors.ts';
import type { SourceDocument } from './source-document.ts';
import { isJsonObject } from './source-document.ts';
import { readSourceFile, SourceText } from './source-text.ts';
import { nameTasks, sharedContextWarnings } from './task-names.ts';

/** Where a definition comes from. `file` of a text is what messages call it; `.json` is read as JSON, all else as YAML. */
export type PlanSource =
  | { kind: 'file'; file: string }
  | { kind: 'text'; text: string; file: string }
  | { kind: 'object'; value: JsonObject; name: string };

/** What a definition is completed with. */
export interface PlanContext {
  agents: AgentRegistry;
  /** Values of inputs; text is converted by the declared type. */
  inputs?: Readonly<Record<string, JsonValue>>;
  /** Wins over the file's `limits`, in the same format: `{ usd: 1, timeout: '10m' }`. */
  limits?: JsonObject;
  /** Wins over the file's `workspace`. */
  workspace?: string;
  /** Absolute folder that a relative workspace is taken from. */
  cwd: string;
}

/**
 * Turns a definition into a Plan, or says everything that is wrong with it at once.
 *
 * Starts nothing and reads only the file itself. Safe on hostile input.
 *
 * @throws DefinitionError with every error, in order of their places
 */
export function loadPlan(source: PlanSource, context: PlanContext): { plan: Plan; warnings: Diagnostic[] } {
  const document = openSource(source);
  const parsed = workflowSchema.safeParse(document.value);
  const found = parsed.success ? [] : schemaDiagnostics(document, parsed.error, { keysAt, isPlannedValue });
  if (!isJsonObject(document.value)) throw new DefinitionError(found);

  const draft = toDraft(document.value);
  const limits = checkLimits(context.limits ?? {});
  const inputs = resolveInputs(document, context.inputs ?? {});
  const prompts = fillPrompts(document, draft, inputs);
  const tasks = nameTasks(document, draft);
  const crew = chooseAgents(document, draft, context.agents);
  found.push(
    ...limits.diagnostics,
    ...inputs.diagnostics,
    ...prompts.diagnostics,
    ...tasks.diagnostics,
    ...crew.diagnostics,
  );
  found.push(...sharedContextWarnings(document, draft));

  const errors = found.filter(({ severity }) => severity === 'error');
  if (!parsed.success || errors.length > 0) throw new DefinitionError(inOrder(errors, document.name));
  const file = parsed.data;
  const plan: Plan = {
    version: 1,
    name: file.name ?? defaultName(source),
    description: file.description ?? '',
    manager: file.manager ?? null,
    workspace: resolve(context.cwd, context.workspace ?? file.workspace ?? '.'),
    inputs: inputs.values,
    limits: toPlanLimits(file.limits ?? {}, limits.limits),
    context: { maxMessages: file.context?.max_messages ?? planDefaults.context.maxMessages },
    phases: file.phases.map(({ name, execution_mode }) => ({ name, executionMode: execution_mode ?? 'sequential' })),
    tasks: toPlanTasks(file, tasks.names, prompts.prompts),
    agents: crew.agents,
  };
  return { plan, warnings: inOrder(found, document.name) };
}

/**
 * Folders that agents of a workflow file are looked for in, best first; some may not exist.
 *
 * `agents/` beside the file; beside its folder when that is called `workflows`; in `cwd`; and `.claude/agents` in `cwd`.
 */
export function agentDirsFor(file: string, cwd: string): string[] {
  const folder = dirname(resolve(cwd, file));
  const dirs = [join(folder, 'agents'), join(cwd, 'agents'), join(cwd, '.claude', 'agents')];
  if (basename(folder) === 'workflows') dirs.splice(1, 0, join(dirname(folder), 'agents'));
  return [...new Set(dirs)];
}

function openSource(source: PlanSource): SourceDocument {
  if (source.kind === 'object') return inlineDocument(source.value, source.name);
  const text = source.kind === 'file' ? readSourceFile(source.file) : new SourceText(source.text, source.file);
  const document = readYaml(text, extname(source.file).toLowerCase() === '.json' ? 'json' : 'yaml');
  if (document.value !== null) return document;
  const hint = 'the smallest workflow has "phases" with a name and one task';
  throw new DefinitionError([
    document.diagnostic([], { code: 'empty-file', message: `${source.file} is empty`, hint }),
  ]);
}

function defaultName(source: PlanSource): string {
  return source.kind === 'object' ? source.name : basename(source.file).replace(/\.(?:ya?ml|json)$/i, '');
}

/** The definition's own first, from top to bottom. */
function inOrder(diagnostics: Diagnostic[], name: string): Diagnostic[] {
  const rank = ({ file }: Diagnostic): number => (file === name ? 0 : 1);
  return diagnostics.toSorted(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
