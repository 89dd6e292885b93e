import { z } from 'zod';
import { autoModel, defaultTiers } from '../../domain/money/model-tiers.ts';
import { taskIdPattern } from '../../domain/ids/execution-id.ts';
import { limitBounds } from '../../domain/plan/limit-bounds.ts';
import { durationPattern, toMilliseconds } from '../../domain/duration.ts';

// No defaults and no transforms in the schemas, so that input and output are the same and a missing key stays visible; defaults are planDefaults.

const noExpression = (value: string): boolean => !value.includes('${{');
const expressionMessage = 'not supported: an expression here; expressions work in prompts and conditions';

export const lineSchema = z
  .string()
  .refine((value) => value.trim() !== '', { error: 'must not be empty' })
  .refine((value) => !/[\p{Cc}\u2028\u2029]/u.test(value), { error: 'must stand on one line' })
  .refine(noExpression, { error: expressionMessage, params: { code: 'not-supported-yet' } });

/** A word that names something: at most 100 characters on one line. */
export const nameSchema = lineSchema.max(100);

/** The ids of tasks become part of others: see domain/ids/execution-id.ts. */
export const idSchema = z
  .string()
  .max(100)
  .regex(taskIdPattern, 'an id has letters, digits, "_", "-" and "." only, and begins with none of the last two');

export const durationSchema = z
  .string()
  .regex(durationPattern, 'a duration is a number and a unit: 500ms, 30s, 10m, 2h or 1d')
  .refine((value) => !durationPattern.test(value) || toMilliseconds(value) !== null, {
    error: 'a duration is longer than zero and at most 30d',
  });

export const textSchema = z.string().refine((value) => value.trim() !== '', { error: 'must not be empty' });

/** A condition; a text is an expression, with or without `${{ }}` around it. */
export const conditionSchema = z.union([textSchema, z.boolean()]);

export const usdSchema = z.number().positive().max(limitBounds.usd.most);

export const spendSchema = z
  .strictObject({
    usd: usdSchema.optional().describe('US dollars.'),
    tokens: z.int().min(1).optional().describe('Tokens, cached ones included.'),
  })
  .describe("What this part of the run may spend, retries included. Default: only the run's limit.");

export const escalateSchema = z
  .strictObject({
    after: durationSchema.describe('How long after the question.'),
    to: z.array(nameSchema).min(1).max(20).describe('Roles that may decide from then on.'),
  })
  .describe('Who may decide when nobody has.');

/** Keys of everything that a person decides. */
export const decisionKeys = {
  by: z
    .union([nameSchema, z.array(nameSchema).min(1).max(20)])
    .optional()
    .describe('Roles that may decide. Default: anybody.'),
  needed: z.int().min(1).max(20).optional().describe('How many different people must approve. Default: 1.'),
  deadline: durationSchema.optional().describe('Default: no deadline.'),
  remind: durationSchema.optional().describe('How often those who may decide are reminded. Default: never.'),
  escalate: escalateSchema.optional(),
  on_timeout: z
    .enum(['halt', 'deny', 'approve'])
    .optional()
    .describe('What happens when nobody decided in time. Default: halt.'),
};

const tierSchema = (work: string, usual: string) =>
  lineSchema
    .max(200)
    .refine((name) => name !== autoModel, { error: 'a tier names a model, and auto is none' })
    .optional()
    .describe(`Model of ${work} work. Default: ${usual}.`);

/** Which model does work of which complexity. */
export const tiersSchema = z
  .strictObject({
    simple: tierSchema('simple', defaultTiers.simple),
    moderate: tierSchema('moderate', defaultTiers.moderate),
    complex: tierSchema('complex', defaultTiers.complex),
  })
  .describe('Models that one is chosen from where an agent or a task has the model auto.');
