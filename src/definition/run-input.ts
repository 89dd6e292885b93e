import { z } from 'zod';
import type { Lineage, OrchestrateInput, RunAround } from '../contracts/orchestrate-input.ts';
import { checkLabels, labelBounds, type RunLabels } from '../domain/run-labels.ts';
import type { LaunchInfo } from '../domain/run/launch.ts';

/** What a start may say: what a run carries into its next execution is not for anybody to give. */
type StartInput = Required<Omit<OrchestrateInput, 'carried' | 'moveAfterEvents'>>;

const jsonObject = z.record(z.string(), z.json());

const ids = z.array(z.string().min(1).max(300)).max(20_000);

const lineageSchema = z.strictObject({
  kind: z.enum(['retry', 'fork', 'reuse']),
  run: z.string().min(1).max(1000),
  runKey: z.string().min(1).max(2000),
  from: z.string().max(1000).nullable(),
  redo: ids,
  only: ids.nullable(),
  filesChanged: z.string().max(5000).nullable().optional(),
}) satisfies z.ZodType<Lineage>;

const launchSchema = z.strictObject({
  taskQueue: z.string().min(1).max(200),
  script: z.string().nullable(),
  model: z.enum(['anthropic', 'scripted']),
  scriptPort: z.int().min(1).max(65_535).nullable(),
  unsandboxedShell: z.boolean(),
  webAllow: z.array(z.string().max(300)).max(1000),
  tools: z.array(z.string().min(1).max(4096)).max(100).optional(),
  cassette: z
    .strictObject({ file: z.string().min(1).max(4096), run: z.string().max(1000), isLive: z.boolean() })
    .optional(),
}) satisfies z.ZodType<LaunchInfo>;

const withinSchema = z.strictObject({
  runKey: z.string().min(1).max(2000),
  runId: z.string().min(1).max(1000),
  taskId: z.string().min(1).max(300),
  attempt: z.int().min(1),
}) satisfies z.ZodType<RunAround>;

const crewSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(''),
  agents: z.array(z.string()).min(1),
});

const inputSchema = z
  .strictObject({
    workflow: z.string().min(1).optional(),
    definition: jsonObject.optional(),
    format: z.string().min(1).max(100).optional(),
    plan: z.string().optional(),
    crew: crewSchema.optional(),
    inputs: jsonObject.optional(),
    limits: jsonObject.optional(),
    config: z.strictObject({}).optional(),
    workspace: z.string().min(1).optional(),
    launch: launchSchema.nullish(),
    board: z.string().min(1).max(200).optional(),
    lineage: lineageSchema.nullish(),
    within: withinSchema.optional(),
    schedule: z.string().min(1).max(200).optional(),
    labels: z.record(z.string().max(labelBounds.key), z.string().max(labelBounds.value)).optional(),
  } satisfies { [Key in keyof StartInput]: z.ZodType<StartInput[Key] | null | undefined> })
  .refine(
    (input) =>
      [input.workflow, input.definition, input.plan, input.crew, input.within].filter((one) => one !== undefined)
        .length === 1,
    {
      error: 'name exactly one of "workflow" (a file below the worker\'s workflows folder) and "definition" (inline)',
    },
  );

/**
 * Checks a run's input as a whole; `temporal workflow start` lets everything through.
 *
 * @throws Error whose message lists everything that is wrong
 */
export function parseRunInput(raw: OrchestrateInput): z.output<typeof inputSchema> {
  const parsed = inputSchema.safeParse(raw);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

/** What a run's input says besides the plan. */
export interface BesidePlan {
  lineage: Lineage | null;
  launch: LaunchInfo | null;
  labels: RunLabels;
}

/** Checks a run's input like {@link parseRunInput}. @throws UsageError for labels that are none */
export function checkInput(raw: OrchestrateInput): BesidePlan {
  const { lineage, launch, labels = {} } = parseRunInput(raw);
  return { lineage: lineage ?? null, launch: launch ?? null, labels: checkLabels(labels) };
}
