import { isAbsolute, join, relative, resolve } from 'node:path';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { z } from 'zod';
import { loadAgents } from '../agents/registry.ts';
import type { Lineage, OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { agentDirsFor, loadPlan } from '../definition/load-plan.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { LaunchInfo } from '../domain/run/launch.ts';
import { resolveModel } from '../domain/money/model-table.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { outputSchemaProblem } from '../models/check-output.ts';
import type { WorkerSettings } from './settings.ts';

const jsonObject = z.record(z.string(), z.json());

const ids = z.array(z.string().min(1).max(300)).max(20_000);

const lineageSchema = z.strictObject({
  kind: z.enum(['retry', 'fork', 'reuse']),
  run: z.string().min(1).max(1000),
  runKey: z.string().min(1).max(2000),
  from: z.string().max(1000).nullable(),
  redo: ids,
  only: ids.nullable(),
});

const launchSchema = z.strictObject({
  taskQueue: z.string().min(1).max(200),
  script: z.string().nullable(),
  model: z.enum(['anthropic', 'scripted']),
  scriptPort: z.int().min(1).max(65_535).nullable(),
  unsandboxedShell: z.boolean(),
  webAllow: z.array(z.string().max(300)).max(1000),
});

const inputSchema = z
  .strictObject({
    workflow: z.string().min(1).optional(),
    definition: jsonObject.optional(),
    plan: z.string().optional(),
    crew: z
      .strictObject({
        name: z.string().min(1),
        description: z.string().default(''),
        agents: z.array(z.string()).min(1),
      })
      .optional(),
    inputs: jsonObject.optional(),
    limits: jsonObject.optional(),
    config: z.strictObject({}).optional(),
    workspace: z.string().min(1).optional(),
    launch: launchSchema.nullish(),
    board: z.string().min(1).max(200).optional(),
    lineage: lineageSchema.nullish(),
  })
  .refine(
    (input) =>
      [input.workflow, input.definition, input.plan, input.crew].filter((one) => one !== undefined).length === 1,
    {
      error: 'name exactly one of "workflow" (a file below the worker\'s workflows folder) and "definition" (inline)',
    },
  );

/**
 * Checks a run's input as a whole; `temporal workflow start` lets everything through.
 *
 * @returns what it says besides the plan
 * @throws Error whose message lists everything that is wrong
 */
export function checkInput(raw: OrchestrateInput): { lineage: Lineage | null; launch: LaunchInfo | null } {
  const { lineage, launch } = parseInput(raw);
  return { lineage: lineage ?? null, launch: launch ?? null };
}

function parseInput(raw: OrchestrateInput): z.output<typeof inputSchema> {
  const parsed = inputSchema.safeParse(raw);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

/**
 * The plan behind a run's input: checked here, as `temporal workflow start` lets everything through.
 *
 * @throws Error whose message lists everything that is wrong
 */
export async function toPlan(settings: WorkerSettings, raw: OrchestrateInput): Promise<Plan> {
  const input = parseInput(raw);
  const workspace = toWorkspace(settings, input.workspace);
  if (input.crew) return toCrewPlan(settings, input.crew, (input.limits ?? {}) as JsonObject, workspace);
  const file = input.workflow === undefined ? null : findWorkflow(settings, input.workflow);
  const dirs = [...settings.agentsDirs, ...(file ? agentDirsFor(file, settings.workspace) : [])];
  const source = file
    ? ({ kind: 'file', file } as const)
    : ({ kind: 'object', value: input.definition as JsonObject, name: 'definition' } as const);
  const { plan } = loadPlan(source, {
    agents: loadAgents(dirs),
    inputs: (input.inputs ?? {}) as Record<string, JsonValue>,
    ...(input.limits ? { limits: input.limits as JsonObject } : {}),
    ...(input.workspace === undefined && file ? {} : { workspace }),
    cwd: settings.workspace,
    checkSchema: outputSchemaProblem,
  });
  return plan;
}

function toWorkspace(settings: WorkerSettings, asked: string | undefined): string {
  const workspace = resolve(settings.workspace, asked ?? '.');
  if (!existsSync(workspace) || !statSync(workspace).isDirectory()) {
    throw new Error(`workspace: there is no folder ${workspace} on this worker's host`);
  }
  return realpathSync(workspace);
}

function findWorkflow({ workflowsDir }: WorkerSettings, name: string): string {
  if (workflowsDir === null)
    throw new Error('workflow: this worker has no workflows folder; start it with one, or give "definition"');
  const candidates = [name, `${name}.yaml`, `${name}.yml`, join(name, 'workflow.yaml')];
  for (const candidate of candidates) {
    const file = resolve(workflowsDir, candidate);
    const inside = relative(workflowsDir, file);
    if (isAbsolute(candidate) || inside.startsWith('..') || isAbsolute(inside)) break;
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  throw new Error(`workflow: there is no ${name} below the worker's workflows folder ${workflowsDir}`);
}

// A crew of a hand-written workflow: the loader checks its agents and limits on a plan of one task, which is then left out.
function toCrewPlan(
  settings: WorkerSettings,
  crew: { name: string; description: string; agents: string[] },
  limits: JsonObject,
  workspace: string,
): Plan {
  const registry = loadAgents(settings.agentsDirs);
  const value: JsonObject = {
    name: crew.name,
    description: crew.description,
    phases: [{ name: 'crew', tasks: crew.agents.map((profile) => ({ profile, prompt: profile })) }],
  };
  const source = { kind: 'object', value, name: 'crew' } as const;
  const { plan } = loadPlan(source, { agents: registry, limits, workspace, cwd: settings.workspace });
  for (const agent of Object.values(plan.agents)) {
    if (!resolveModel(agent.model)) throw new Error(`agent ${agent.name}: unknown model ${agent.model}`);
  }
  return { ...plan, phases: [], tasks: [] };
}
