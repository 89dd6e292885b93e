import { z } from 'zod';
import { complexities } from '../../domain/complexity.ts';
import { passes, strategies } from '../../domain/context/briefing.ts';
import { checkKeys, phasePlaceSchema, taskPlaceSchema } from './schema-coding.ts';
import {
  conditionSchema,
  decisionKeys,
  durationSchema,
  idSchema,
  lineSchema,
  nameSchema,
  spendSchema,
  textSchema,
} from './schema-parts.ts';

const passSchema = z.enum(passes).optional();
const strategySchema = z.enum(strategies).optional();

const whenText = 'Starts only if this is true: ${{ tasks.plan.output.ok }}.';

export const retrySchema = z
  .strictObject({
    max_attempts: z.int().min(1).max(20).optional().describe('Attempts in all. Default: 1, no retry.'),
    backoff: durationSchema.optional().describe('Wait before the second attempt; doubled from then on. Default: 2s.'),
  })
  .describe('What happens when the task fails.');

export const dependencySchema = z
  .strictObject({
    task: idSchema,
    on: z
      .enum(['all_success', 'any_end'])
      .optional()
      .describe('Whether that task must succeed, or only end. Default: all_success.'),
    continue_on_error: z.boolean().optional().describe('Its failure counts as success here.'),
    pass: passSchema.describe('What of its result is passed on. Default: as the task says.'),
  })
  .describe('A task to wait for.');

const dependenciesSchema = z.array(z.union([idSchema, dependencySchema])).max(1000);

export const joinSchema = z.strictObject({ quorum: z.int().min(1).max(1000) });

export const repeatSchema = z
  .strictObject({
    until: conditionSchema.describe('Ends when this is true after an iteration.'),
    max: z.int().min(1).max(100).optional().describe('Iterations at most. Default: 3.'),
  })
  .describe('Runs again.');

const itemsSchema = z.union([textSchema, z.array(z.unknown()).max(200)]);

export const forEachSchema = z.strictObject({
  items: itemsSchema.describe('The list: ${{ tasks.plan.output.parts }}.'),
  size: z.int().min(1).max(1000).optional().describe('How many items at once. Default: only limits.max_parallel.'),
});

const jsonObjectSchema = z.record(z.string(), z.unknown());

const bashSchema = z.strictObject({
  bash: textSchema.describe('A command; expressions in it arrive as environment variables.'),
});
const toolSchema = z.strictObject({ tool: nameSchema, input: jsonObjectSchema });
const promptSchema = z.strictObject({ prompt: textSchema, profile: nameSchema.optional() });
const compensateSchema = z.union([bashSchema, toolSchema, promptSchema]).describe('What undoes the task.');
/** All keys that any kind of `compensate` has. */
export const compensateKeys = ['bash', 'tool', 'input', 'prompt', 'profile'];

export const approvalSchema = z.strictObject({
  at: z.enum(['before', 'after']).optional().describe('Default: before.'),
  when: conditionSchema.optional().describe('Asked only if this is true.'),
  ...decisionKeys,
});

export const prioritySchema = z.union([
  z.int().min(1).max(10),
  z.enum(['low', 'normal', 'high', 'urgent', 'critical']),
]);

export const taskSchema = z
  .strictObject({
    id: idSchema.optional().describe('Default: slug of the phase, a dot, slug of the context.'),
    context_name: nameSchema.optional().describe('The conversation that the task continues. Default: one of its own.'),
    profile: nameSchema.optional().describe('The agent that does it. Default: default_profile.'),
    prompt: textSchema
      .optional()
      .describe('What to do. Expressions such as ${{ inputs.NAME }} or ${{ tasks.ID.output }} are replaced.'),
    workflow: lineSchema
      .max(1000)
      .optional()
      .describe('Instead of a prompt: a workflow that is done as this task, a file beside this one.'),
    inputs: jsonObjectSchema.optional().describe('Inputs of that workflow; expressions in them are replaced.'),
    tool: nameSchema.optional().describe('Instead of a prompt: a tool that is called once, without a model.'),
    input: jsonObjectSchema.optional().describe('Input of that tool; expressions in it are replaced.'),
    description: z.string().max(2000).optional().describe('For people.'),
    context: jsonObjectSchema
      .optional()
      .describe('Data that its agent gets to know besides the prompt; nothing in it is an expression.'),
    model: lineSchema
      .max(200)
      .optional()
      .describe("The model for this task; auto: one of `tiers`, by how hard it is. Default: the agent's own."),
    complexity: z
      .enum(complexities)
      .optional()
      .describe('How hard it is, for the model auto. Default: estimated by its prompt, its tools and its place.'),
    max_tokens: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe("Tokens of one answer in this task. Default: the agent's own."),
    depends_on: dependenciesSchema.optional().describe('Ids of tasks that must have succeeded before.'),
    dependencies: dependenciesSchema.optional().describe('The same as depends_on.'),
    join: z
      .union([z.enum(['all', 'any', 'all_success', 'any_end']), joinSchema])
      .optional()
      .describe('How many of depends_on are needed. Default: all.'),
    continue_on_error: z
      .boolean()
      .optional()
      .describe('Those that wait for it start even if it fails. Default: false.'),
    priority: prioritySchema
      .optional()
      .describe('1 (last) to 10 (first), or low, normal, high, urgent. Default: 5, normal.'),
    when: conditionSchema.optional().describe(whenText),
    for_each: z
      .union([itemsSchema, forEachSchema])
      .optional()
      .describe('Runs once for each item of a list, as ${{ item }}.'),
    repeat: repeatSchema.optional(),
    output: jsonObjectSchema.optional().describe('JSON Schema that the answer must meet.'),
    retry: retrySchema.optional(),
    timeout: durationSchema.optional().describe('Limit of one attempt, such as 10m.'),
    limits: spendSchema.optional(),
    compensate: compensateSchema.optional(),
    approval: z
      .union([z.enum(['before', 'after']), approvalSchema])
      .optional()
      .describe('A person looks at it.'),
    files_scope: z
      .array(textSchema.max(300))
      .max(100)
      .optional()
      .describe('Globs of the files that it writes, below the workspace: tasks whose files overlap never run at once.'),
    workspace: z
      .union([lineSchema.max(1000), taskPlaceSchema])
      .optional()
      .describe("Folder that its tools work in, from the run's workspace on. Default: the run's workspace."),
    ...checkKeys,
    pass: passSchema.describe(
      'What of the tasks that it waits for it begins with. Default: as its phase or context says.',
    ),
    context_strategy: strategySchema.describe(
      'What its context knows of others. Default: as its phase or context says.',
    ),
    reuse: z
      .enum(['never', 'always', 'same-files'])
      .optional()
      .describe(
        "When an earlier run's result is taken over. Default: always; with --reuse, of what looks at files or is approved: same-files.",
      ),
    decompose: z.boolean().optional().describe('Its agent splits the work into tasks that run as part of it.'),
  })
  .describe('A piece of work: for one agent, for a whole workflow, or one call of a tool.');

export const phaseSchema = z
  .strictObject({
    name: nameSchema,
    execution_mode: z.enum(['sequential', 'parallel']).optional().describe('Default: sequential.'),
    when: conditionSchema.optional().describe(whenText),
    repeat: repeatSchema.optional(),
    limits: spendSchema.optional(),
    pass: passSchema.describe('What its tasks begin with of those that they wait for.'),
    context_strategy: strategySchema.describe('What contexts of its tasks know of others.'),
    workspace: phasePlaceSchema.optional(),
    tasks: z.array(taskSchema).min(1),
  })
  .describe('Tasks that belong together; the next phase begins when all of them have ended, failed or not.');

/** A checked task of a workflow file, before defaults. */
export type TaskFile = z.output<typeof taskSchema>;
/** A checked phase of a workflow file, before defaults. */
export type PhaseFile = z.output<typeof phaseSchema>;
