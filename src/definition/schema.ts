import { z } from 'zod';
import { planDefaults } from '../domain/plan.ts';
import { durationPattern, toMilliseconds } from './duration.ts';

// The only source of what a workflow file may hold: types and schema/workflow.schema.json come from here.
// No defaults and no transforms in here, so that input and output are the same and a missing key stays visible; defaults are planDefaults.

const noExpression = (value: string): boolean => !value.includes('${{');
const expressionMessage = 'not supported yet: an expression here; expressions work in prompts';

const lineSchema = z
  .string()
  .refine((value) => value.trim() !== '', { error: 'must not be empty' })
  .refine((value) => !/[\p{Cc}\u2028\u2029]/u.test(value), { error: 'must stand on one line' })
  .refine(noExpression, { error: expressionMessage, params: { code: 'not-supported-yet' } });

/** A word that names something: at most 100 characters on one line. */
const nameSchema = lineSchema.max(100);

/** Ids become part of Temporal's workflow ids, which use `/`, `[`, `#` and `~` for other things. */
const idSchema = z
  .string()
  .max(100)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
    'an id has letters, digits, "_", "-" and "." only, and begins with none of the last two',
  );

const durationSchema = z
  .string()
  .regex(durationPattern, 'a duration is a number and a unit: 500ms, 30s, 10m, 2h or 1d')
  .refine((value) => !durationPattern.test(value) || toMilliseconds(value) !== null, {
    error: 'a duration is longer than zero and at most 30d',
  });

const inputValueSchema = z.union([z.string(), z.number(), z.boolean()]);

/** Types that an input can have. */
export const inputTypes = ['string', 'number', 'integer', 'boolean'] as const;

/** How an input may be called: also in `${{ inputs.NAME }}`. */
export const inputNamePattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export const inputSchema = z
  .strictObject({
    type: z.enum(inputTypes).optional().describe('Default: string.'),
    description: z.string().optional().describe('For people: what to give.'),
    default: inputValueSchema.optional().describe('Taken when the input is not given.'),
    required: z.boolean().optional().describe('Default: true, unless there is a default.'),
  })
  .describe('A value that is given with --input NAME=VALUE and used as ${{ inputs.NAME }}.');

export const retrySchema = z
  .strictObject({
    max_attempts: z.int().min(1).max(20).optional().describe('Attempts in all. Default: 1, no retry.'),
    backoff: durationSchema.optional().describe('Wait before the second attempt; doubled from then on. Default: 2s.'),
  })
  .describe('What happens when the task fails.');

export const taskSchema = z
  .strictObject({
    id: idSchema.optional().describe('Default: slug of the phase, a dot, slug of the context.'),
    context_name: nameSchema.optional().describe('The conversation that the task continues. Default: one of its own.'),
    profile: nameSchema.optional().describe('The agent that does it. Default: default_profile.'),
    prompt: z
      .string()
      .refine((value) => value.trim() !== '', { error: 'must not be empty' })
      .describe('What to do. ${{ inputs.NAME }} is replaced.'),
    retry: retrySchema.optional(),
    timeout: durationSchema.optional().describe('Limit of one attempt, such as 10m.'),
  })
  .describe('A piece of work for one agent.');

export const phaseSchema = z
  .strictObject({
    name: nameSchema,
    execution_mode: z.enum(['sequential', 'parallel']).optional().describe('Default: sequential.'),
    tasks: z.array(taskSchema).min(1),
  })
  .describe('Tasks that belong together; the next phase begins when all of them have ended, failed or not.');

export const limitsSchema = z
  .strictObject({
    max_parallel: z.int().min(1).max(1000).optional().describe('Tasks that run at once. Default: 10.'),
    timeout: durationSchema.optional().describe('Limit of the whole run. Default: 2h.'),
    tokens: z.int().min(1).optional().describe('Tokens of the whole run, cached ones included. Default: no limit.'),
    usd: z
      .number()
      .positive()
      .max(100_000)
      .optional()
      .describe(`US dollars of the whole run. Default: ${planDefaults.limits.usd}.`),
    on_exceeded: z.enum(['fail']).optional().describe('Default: fail.'),
  })
  .describe('What the run may use at most.');

export const contextSchema = z
  .strictObject({
    max_messages: z
      .int()
      .min(4)
      .max(10_000)
      .optional()
      .describe('A longer conversation is trimmed to half of it. Default: 50.'),
  })
  .describe('How conversations are kept.');

/** A whole workflow file. */
export const workflowSchema = z
  .strictObject({
    name: nameSchema.optional().describe("Default: the file's name."),
    description: z.string().optional(),
    default_profile: nameSchema.optional().describe('Agent of the tasks that name none.'),
    manager: nameSchema.optional().describe('Agent that resolves blockers.'),
    workspace: lineSchema
      .max(1000)
      .optional()
      .describe('Folder that tools work in. Default: where the command stands.'),
    inputs: z
      .record(z.string().regex(inputNamePattern, 'an input name has letters, digits, "_" and "-" only'), inputSchema)
      .optional(),
    limits: limitsSchema.optional(),
    context: contextSchema.optional(),
    phases: z.array(phaseSchema).min(1),
  })
  .describe('A workflow of gaffer: phases of tasks for a crew of agents.');

/** A checked workflow file, before defaults. */
export type WorkflowFile = z.output<typeof workflowSchema>;
/** The `limits` of a workflow file, before defaults. */
export type LimitsFile = z.output<typeof limitsSchema>;
/** The declaration of one input. */
export type InputFile = z.output<typeof inputSchema>;
