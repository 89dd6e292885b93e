import { z } from 'zod';
import { evaluationUsd } from '../../domain/plan/plan-checks.ts';
import { durationSchema, idSchema, lineSchema, nameSchema, textSchema, usdSchema } from './schema-parts.ts';

export const judgeSchema = z.strictObject({
  rubric: textSchema.describe('What is good, and what is not; expressions may name inputs.'),
  profile: nameSchema.optional().describe('The agent that judges. Default: judge.'),
  model: lineSchema.max(200).optional().describe("Its model for this. Default: the agent's own."),
});

export const checkSchema = z
  .strictObject({
    name: idSchema.optional().describe('Default: check-1, check-2, … by its place.'),
    task: idSchema.optional().describe('The task whose result it is about. Default: the run as a whole.'),
    weight: z.number().min(0.01).max(1000).optional().describe('How much it counts beside the others. Default: 1.'),
    schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema that the result must meet.'),
    contains: z
      .union([textSchema.max(10_000), z.array(textSchema.max(10_000)).min(1).max(50)])
      .optional()
      .describe('Text, or texts, that the result must contain.'),
    expression: textSchema
      .optional()
      .describe('Over result, usage and inputs: true or false, or a score from 0 to 100: ${{ usage.attempts == 1 }}.'),
    command: textSchema
      .max(10_000)
      .optional()
      .describe('A command that must end with exit code 0, in the workspace and in the sandbox.'),
    judge: z
      .union([textSchema, judgeSchema])
      .optional()
      .describe('A rubric by which an agent gives a score from 0 to 100.'),
    timeout: durationSchema.optional().describe('Limit of the command (at most 10m) or the judge.'),
  })
  .describe('One thing to look at: exactly one of schema, contains, expression, command and judge.');

export const evaluationLimitsSchema = z
  .strictObject({
    usd: usdSchema.optional().describe(`US dollars of the evaluation. Default: ${evaluationUsd}.`),
    tokens: z.int().min(1).optional().describe('Tokens of the evaluation. Default: no limit.'),
    timeout: durationSchema.optional().describe('Limit of the whole evaluation. Default: 2h.'),
  })
  .describe('What the evaluation itself may use; it does not count to the limits of the run.');

export const evaluationSchema = z.strictObject({
  checks: z.array(checkSchema).max(100).optional().describe('What is looked at. Default: only how it went.'),
  limits: evaluationLimitsSchema.optional(),
  learn: z
    .boolean()
    .optional()
    .describe(
      'Whether scores of earlier runs count when a model (model: auto) or an agent (delegates) is chosen for a task. Default: true.',
    ),
});

/** `evaluate` of a workflow file. */
export const evaluateSchema = z
  .union([z.literal(true), evaluationSchema])
  .describe('Every run is evaluated when it ends: scores and a grade, from checks and from how it went.');
