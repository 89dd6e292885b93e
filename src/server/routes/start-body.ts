import { z } from '@hono/zod-openapi';
import { labelBounds } from '../../domain/run-labels.ts';
import { runPriorities } from '../../domain/run-priority.ts';
import type { WrongField } from '../../contracts/problem.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { OutOfBoundsError } from '../../client/access/caller-bounds.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { anyJson, by, name, prose, words } from './parts.ts';

const object = z.record(z.string(), anyJson);
const file = words(1000);

/** What a run is made from: exactly one of them. */
export const sources = {
  file: file
    .optional()
    .openapi({ description: 'Name of a template, or of a file in a folder of the service', example: 'code-review' }),
  text: words(1_000_000).optional().openapi({ description: 'A workflow file, as it is written' }),
  definition: object.optional().openapi({ description: 'What a workflow file says, as an object' }),
  task: prose
    .optional()
    .openapi({ description: 'What is to be done, in words: a manager splits it', example: 'Write a haiku.' }),
};

/** What a run, or a schedule of runs, is to do, and where. Tools, scripted models and shells without a sandbox are the service's to give. */
export const settings = {
  requirements: z.union([prose, object]).optional(),
  ...{ inputs: object.optional(), limits: object.optional(), mostUsd: z.number().positive().optional() },
  workspace: file.optional(),
  agents: z.array(name).max(200).optional(),
  approvePlan: z.boolean().optional(),
  ...{ communicationFile: file.optional(), board: name.optional() },
  format: z.enum(['native', 'task-list', 'workstreams', 'team', 'description', 'script']).optional(),
  ...{ pool: file.optional(), tracks: file.optional(), patterns: file.optional() },
};

/** What people find a run by; what may be in it is checked with the start. */
export const labels = z
  .record(words(labelBounds.key), words(labelBounds.value, 0))
  .optional()
  .openapi({ description: 'What people find the run by, at most 16', example: { team: 'search' } });

export const priority = z.enum(runPriorities);

const runIdGiven = words(100)
  .optional()
  .openapi({ description: "Default: the workflow's name with four random characters" });

/** What starts a run. */
export const startBody = z
  .strictObject({
    ...sources,
    ...settings,
    id: runIdGiven,
    reuse: name.optional().openapi({ description: 'Earlier run whose results are used again where nothing changed' }),
    ...{ priority: priority.optional(), labels },
    callback: z
      .strictObject({ url: words(2000), secret: words(256, 16).optional() })
      .optional()
      .openapi({
        description: "Where the run's end is posted to, as webhooks are; without a secret the answer has a new one",
      }),
    at: z.iso.datetime({ offset: true }).optional().openapi({ description: 'When it starts; default: now' }),
  })
  .openapi('Start', {
    example: {
      definition: {
        name: 'haiku',
        default_profile: 'code-reviewer',
        tasks: [{ id: 'write', prompt: 'Write a haiku about bees.' }],
      },
    },
  });

/** What a retry takes. */
export const retryBody = z.strictObject({ task: name.optional(), from: name.optional(), id: runIdGiven, by });

/** What a fork takes. */
export const forkBody = z
  .strictObject({
    ...{ from: name.optional(), set: z.record(words(300), words(200_000, 0)).optional() },
    ...{ workspace: words(1000).optional(), worktree: z.union([words(1000), z.literal(true)]).optional() },
    ...{ id: runIdGiven, by, labels },
  })
  .openapi('Fork', { example: { from: 'review', set: { 'prompt.review': 'Be brief.' } } });

/** What is checked, and not started. */
export const checkBody = z.strictObject({ ...sources, ...settings }).openapi('Check');

type Sent = Readonly<Record<string, unknown>>;

/** Does something with what a body defines; what is wrong with it is said with where it stands in the body. */
export async function inBody<Result>(body: Sent, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isPlaced = error instanceof DefinitionError || error instanceof OutOfBoundsError;
    const problem = isPlaced ? toProblem(error, typeof body['text'] === 'string' ? body['text'] : null) : undefined;
    if (!problem) throw error;
    const isBeside = error instanceof OutOfBoundsError && !error.isInDefinition;
    const { status, type: _, title: __, errors = [], ...said } = problem;
    const placed = errors.map((each): WrongField => ({
      ...each,
      pointer: isBeside ? each.pointer! : placeIn(body, each),
    }));
    throw new ProblemError(status, { ...said, errors: placed });
  }
}

/** What a body has a definition in, as an object. */
const objects = ['definition', 'trigger'];
const ofInputs = ['missing-input', 'bad-input', 'unknown-input'];

/** A pointer into the body: into a definition, to a text or the name of a file, or to what is given beside them. */
function placeIn(body: Sent, { pointer = '', line, code = '' }: WrongField): string {
  const [, first = ''] = pointer.split('/');
  const has = (name: string): boolean => Object.hasOwn(body, name);
  const key = objects.find(has);
  const isWritten = line !== undefined || (key !== undefined && isIn(body[key], first));
  // Values of inputs come beside what is to run, wherever it declares them; one that nothing declares has no place of its own.
  if (ofInputs.includes(code) && !has('trigger') && (pointer === '' || first === 'inputs')) return pointer || '/inputs';
  if (has(first) && !isWritten) return pointer;
  if (key !== undefined) return `/${key}${pointer}`;
  return `/${['text', 'file', 'task'].find(has) ?? ''}`;
}

function isIn(definition: unknown, first: string): boolean {
  return typeof definition === 'object' && definition !== null && Object.hasOwn(definition, first);
}
