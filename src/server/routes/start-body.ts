import { z } from '@hono/zod-openapi';
import { runPriorities } from '../../domain/run-priority.ts';
import type { WrongField } from '../../contracts/problem.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { anyJson, name, prose, words } from './parts.ts';

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

export const priority = z.enum(runPriorities);

export const runIdGiven = words(100)
  .optional()
  .openapi({ description: "Default: the workflow's name with four random characters" });

/** What starts a run. */
export const startBody = z
  .strictObject({
    ...sources,
    ...settings,
    id: runIdGiven,
    reuse: name.optional().openapi({ description: 'Earlier run whose results are used again where nothing changed' }),
    priority: priority.optional(),
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

/** What is checked, and not started. */
export const checkBody = z.strictObject({ ...sources, ...settings }).openapi('Check');

/** Does something with what a body defines; what is wrong with it is said with where it stands in the body. */
export async function inBody<Result>(
  { definition, text }: { definition?: unknown; text?: unknown },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = error instanceof DefinitionError ? toProblem(error) : undefined;
    if (!problem) throw error;
    const { status, code, detail, errors = [] } = problem;
    const inDefinition = ({ pointer = '' }: WrongField): string =>
      isIn(definition, pointer) ? `/definition${pointer}` : pointer;
    const placed = errors.map((each): WrongField => {
      return { ...each, pointer: text === undefined ? inDefinition(each) : '/text' };
    });
    throw new ProblemError(status, { code, detail, errors: placed });
  }
}

function isIn(definition: unknown, pointer: string): boolean {
  const [, first = ''] = pointer.split('/');
  return typeof definition === 'object' && definition !== null && (first === '' || Object.hasOwn(definition, first));
}
