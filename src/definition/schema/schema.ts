import { z } from 'zod';
import { passes, strategies } from '../../domain/context/briefing.ts';
import { limitBounds } from '../../domain/plan/limit-bounds.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import {
  decisionKeys,
  durationSchema,
  idSchema,
  lineSchema,
  nameSchema,
  spendSchema,
  textSchema,
  tiersSchema,
  usdSchema,
} from './schema-parts.ts';
import { runnerKeys, mergeSchema, runPlaceSchema } from './schema-coding.ts';
import { evaluateSchema } from './schema-evaluation.ts';
import { inputSchema, templateSchema } from './schema-inputs.ts';
import { phaseSchema, prioritySchema, taskSchema } from './schema-tasks.ts';

// The only source of what a workflow file may hold: types and schema/workflow.schema.json come from here.

/** How an input or an output may be called: also in `${{ inputs.NAME }}`. */
const valueNamePattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** How many outputs a file may name. */
const mostOutputs = 100;

export const limitsSchema = z
  .strictObject({
    max_parallel: z
      .int()
      .min(1)
      .max(limitBounds.maxParallel.most)
      .optional()
      .describe('Tasks that run at once. Default: 10.'),
    timeout: durationSchema.optional().describe('Limit of the whole run. Default: 2h.'),
    tokens: z.int().min(1).optional().describe('Tokens of the whole run, cached ones included. Default: no limit.'),
    usd: usdSchema.optional().describe(`US dollars of the whole run. Default: ${planDefaults.limits.usd}.`),
    on_exceeded: z
      .enum(['pause', 'fail'])
      .optional()
      .describe('Whether the run waits for a higher limit or ends as stopped. Default: fail.'),
    usd_per_minute: usdSchema.optional().describe('Spending faster than this counts as exceeded. Default: no limit.'),
    tasks: z
      .enum(['auto', 'child', 'inline'])
      .optional()
      .describe(
        "Where agents run: a child workflow per task, inside of the run's own, or many tasks in one step until one needs more (auto). Default: child.",
      ),
    per_task: spendSchema.optional().describe('Limit of each task that has none of its own.'),
    per_agent: z.record(nameSchema, spendSchema).optional().describe('Limits of agents over the whole run.'),
    max_depth: z.int().min(0).max(3).optional().describe('How deep tasks may add tasks. Default: 3.'),
    max_fan_out: z.int().min(1).max(1000).optional().describe('How many tasks one task may add. Default: 32.'),
    max_added_tasks: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('How many tasks may be added in all. Default: 200.'),
  })
  .describe('What the run may use at most.');

export const contextSchema = z
  .strictObject({
    max_messages: z
      .int()
      .min(4)
      .max(10_000)
      .optional()
      .describe('A longer conversation is trimmed to half of it; a summary stands for the middle. Default: 50.'),
    strategy: z
      .enum(strategies)
      .optional()
      .describe(
        'What contexts know of each other: what is passed on (isolated), notes that all share (shared), or what led to a task being added (hierarchical). Default: nothing but what prompts name.',
      ),
    pass: z
      .enum(passes)
      .optional()
      .describe('What of the tasks that a task waits for it begins with. Default: summary with a strategy, else none.'),
    pass_tokens: z
      .int()
      .min(20)
      .max(50_000)
      .optional()
      .describe('Tokens of a summary that is passed on. Default: 400.'),
    note_tokens: z
      .int()
      .min(50)
      .max(50_000)
      .optional()
      .describe('Tokens of the notes that a task of a shared context begins with. Default: 2000.'),
    prune_at_tokens: z
      .int()
      .min(1000)
      .max(100_000_000)
      .optional()
      .describe(
        `A conversation of more estimated tokens is sent without its oldest results of tools. Default: ${planDefaults.context.pruneAtTokens}, and never more than the model takes.`,
      ),
    summary_tokens: z
      .int()
      .min(100)
      .max(20_000)
      .optional()
      .describe(
        `Tokens of the summary that stands for messages which are no longer sent. Default: ${planDefaults.context.gist.tokens}.`,
      ),
    summary_model: lineSchema
      .max(200)
      .optional()
      .describe('The model that writes it, a cheap one. Default: none; it is put together of how each message begins.'),
  })
  .describe('How conversations are kept.');

const rate = z.number().min(0).max(100_000);

const priceSchema = z
  .strictObject({
    input: rate.describe('What is sent.'),
    output: rate.describe('What is answered.'),
    cache_read: rate.optional().describe('What is read from the cache. Default: as input.'),
    cache_write: rate.optional().describe('What is written to the cache. Default: as input.'),
  })
  .describe('US dollars per million tokens; 0: it costs nothing.');

export const modelSchema = z
  .strictObject({
    price: priceSchema.optional(),
    window: z.int().min(1000).max(100_000_000).optional().describe('Tokens of question and answer together.'),
    max_output: z.int().min(1).max(10_000_000).optional().describe('Tokens of the longest answer.'),
  })
  .describe('What is known of a model; what is left out stays as the table of models has it.');

/** Models by the names that agents give them. */
export const modelsSchema = z.record(lineSchema.max(200), modelSchema);

/** What a file, or the environment, says of models. */
export type ModelsFile = z.output<typeof modelsSchema>;

export const toolRuleSchema = z
  .strictObject({
    tool: nameSchema.describe('Name of a tool, with * for any part of it: "mcp.*", or * for all.'),
    match: lineSchema.max(500).optional().describe('Glob over the call in one line: "bash git push *". Default: any.'),
    agents: z.array(nameSchema).max(100).optional().describe('Agents that it holds for. Default: all.'),
    action: z.enum(['allow', 'ask', 'deny']),
    ...decisionKeys,
  })
  .describe('What happens to tool calls of a kind; the first rule that fits counts.');

/** What the workflow says of an agent besides the agent's own file. */
export const agentUseSchema = z
  .strictObject({
    max_concurrent_tasks: z
      .int()
      .min(1)
      .max(limitBounds.maxParallel.most)
      .optional()
      .describe("Tasks of it that run at once. Default: only the run's limit."),
    ...runnerKeys,
  })
  .describe('An agent in this workflow.');

export const poolMemberSchema = z
  .strictObject({
    id: nameSchema,
    track: nameSchema.optional().describe('The track that it works on, besides tasks of none.'),
    priority: prioritySchema.optional().describe('Priority of the tasks of its track that have none of their own.'),
  })
  .describe('Somebody who does tasks, one at a time.');

/** A whole workflow file. */
export const workflowSchema = z
  .strictObject({
    name: nameSchema.optional().describe("Default: the file's name."),
    description: z.string().optional(),
    template: templateSchema.optional(),
    default_profile: nameSchema.optional().describe('Agent of the tasks that name none.'),
    manager: nameSchema.optional().describe('Agent that resolves blockers and splits work.'),
    delegates: z
      .array(nameSchema)
      .max(100)
      .optional()
      .describe('Agents that tasks which an agent adds may be done by. Default: those that the file names.'),
    workspace: z
      .union([lineSchema.max(1000), runPlaceSchema])
      .optional()
      .describe('Folder that tools work in. Default: where the command stands.'),
    merge: mergeSchema.optional(),
    inputs: z
      .record(z.string().regex(valueNamePattern, 'an input name has letters, digits, "_" and "-" only'), inputSchema)
      .optional(),
    outputs: z
      .record(z.string().regex(valueNamePattern, 'an output name has letters, digits, "_" and "-" only'), textSchema)
      .refine((outputs) => Object.keys(outputs).length <= mostOutputs, { error: `at most ${mostOutputs} outputs` })
      .optional()
      .describe('What the run is for, by name: expressions, evaluated when it ends: ${{ tasks.write.output }}.'),
    limits: limitsSchema.optional(),
    evaluate: evaluateSchema.optional(),
    models: modelsSchema
      .optional()
      .describe('Models that the table does not know, or knows otherwise, by the names that agents give them.'),
    tiers: tiersSchema.optional(),
    context: contextSchema.optional(),
    communication: z
      .union([z.boolean(), z.strictObject({ runs: z.array(lineSchema.max(200)).min(1).max(20) })], {
        error: 'expected true, false, or { runs: [ID, …] }',
      })
      .optional()
      .describe(
        'Whether agents may write to each other, with the tools send_message, ask and inbox. Default: true where there is more than one conversation.',
      ),
    communication_file: lineSchema
      .max(1000)
      .optional()
      .describe(
        'JSON file in the workspace in which a person can follow the run; what somebody writes into it reaches the manager as a message.',
      ),
    agents: z.record(nameSchema, agentUseSchema).optional().describe('Agents by name.'),
    pool: z
      .array(poolMemberSchema)
      .min(1)
      .max(100)
      .optional()
      .describe('Who does the tasks: no more of them run at once than have somebody.'),
    tracks: z
      .record(nameSchema, z.array(idSchema).min(1).max(1000))
      .optional()
      .describe('Tasks that belong together, by the name of their track: members of the pool of that track do them.'),
    on_failure: z
      .enum(['continue', 'stop', 'compensate'])
      .optional()
      .describe(
        'When a task failed for good: its dependents are skipped, the run stops, or all is undone. Default: continue.',
      ),
    checkpoint_every: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('A checkpoint after so many ended tasks, besides one after every phase.'),
    policy: z.array(toolRuleSchema).max(200).optional(),
    phases: z.array(phaseSchema).min(1).optional().describe('Tasks in groups, one group after the other.'),
    tasks: z.array(taskSchema).min(1).optional().describe('Tasks as a graph: depends_on says what waits for what.'),
  })
  .describe('A workflow of gaffer: tasks for a crew of agents, in phases or as a graph.');

/** Tasks that are added to a run: what `tasks` of a file holds, and nothing else. */
export const addedTasksSchema = z.strictObject({ tasks: z.array(taskSchema).min(1) });

/** A checked workflow file, before defaults. */
export type WorkflowFile = z.output<typeof workflowSchema>;
/** The `limits` of a workflow file, before defaults. */
export type LimitsFile = z.output<typeof limitsSchema>;
/** One rule of `policy`, before defaults. */
export type ToolRuleFile = z.output<typeof toolRuleSchema>;
