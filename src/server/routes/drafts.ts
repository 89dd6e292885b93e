import { z } from '@hono/zod-openapi';
import { editDraft } from '../../client/drafts/edit-draft.ts';
import {
  FileChangedError,
  readWorkflowText,
  writeWorkflowText,
  type WorkflowText,
} from '../../client/drafts/workflow-text.ts';
import type { Session } from '../../client/connection/session.ts';
import type { DraftProblem } from '../../client/drafts/draft-answer.ts';
import type { Edit } from '../../definition/edit/edit.ts';
import { placeOf } from '../../definition/edit/outline.ts';
import { convertDefinition } from '../../definition/convert.ts';
import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import { ProblemError, toProblem, withoutPlaces } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { anyJson, name, plain, words } from './parts.ts';

const tags = ['workflows'];
const text = words(300_000, 0).openapi({ description: 'A workflow file, as it is written' });
const file = words(1000)
  .optional()
  .openapi({ description: 'The file that it is of or will be: agents and workflows beside it are found' });
const step = z.union([z.enum(['phases', 'tasks']), z.int().min(0).max(100_000)]);
const at = z.array(step).max(4).openapi({ description: 'A path in the text: `["phases", 0, "tasks", 1]`; `[]`: all' });
const object = z.record(z.string(), anyJson);
const index = z.int().min(0).max(100_000);
const phase = z.union([index, z.null()]).openapi({ description: 'Index of a phase; null: none' });
const edit = z
  .discriminatedUnion('do', [
    z.strictObject({ do: z.literal('set'), at, key: name, value: anyJson }),
    z.strictObject({ do: z.literal('unset'), at, key: name }),
    z.strictObject({ do: z.literal('add-task'), phase, index: index.optional(), task: object }),
    z.strictObject({ do: z.literal('remove-task'), at }),
    z.strictObject({ do: z.literal('move-task'), at, phase, index }),
    z.strictObject({ do: z.literal('rename-task'), at, id: name }),
    z.strictObject({ do: z.literal('connect'), at, task: name }),
    z.strictObject({ do: z.literal('disconnect'), at, task: name }),
    z.strictObject({ do: z.literal('add-phase'), index: index.optional(), phase: object }),
    z.strictObject({ do: z.literal('remove-phase'), at }),
    z.strictObject({ do: z.literal('move-phase'), at, index }),
  ])
  .meta({ id: 'DraftEdit' });

const line = z.int().min(1);
const place = z.union([z.array(z.union([z.string(), z.int()])), z.null()]);
const wrong = z
  .looseObject({
    ...{ detail: z.string(), code: z.string().optional(), hint: z.string().optional() },
    ...{ severity: z.literal('warning').optional(), path: z.string().optional() },
    ...{ file: z.string().optional(), line: line.optional(), column: line.optional() },
    at: place.openapi({ description: 'The task or phase that it is about; null: the workflow, or another file' }),
  })
  .meta({ id: 'DraftProblem' });
const lines = { at: z.array(z.union([z.string(), z.int()])), line, endLine: line, values: object };
const outline = z
  .object({
    whyNot: z.union([z.string(), z.null()]).openapi({ description: 'Why edits are refused; null: they are not' }),
    values: object,
    phases: z.array(z.object({ ...lines, name: z.union([z.string(), z.null()]) })),
    tasks: z.array(
      z.object({
        ...{ ...lines, id: z.string(), isNamed: z.boolean(), phase, context: z.string() },
        waitsFor: z.array(
          z.object({
            task: z.string(),
            on: z.enum(['all_success', 'any_end']),
            from: z.enum(['explicit', 'sequence', 'context']),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'DraftOutline' });

const edited = route({
  ...{ method: 'post', path: '/api/drafts/edit', scope: 'read', writes: false, tags },
  summary: 'Makes edits in the text of a workflow file, and checks what came of it; keeps nothing',
  description:
    'All that was not edited stays as it is: comments, order, quotes, empty lines. What names a task that is renamed follows it. Inputs that have to be given are stood in for.',
  request: {
    body: body(z.strictObject({ text, file, edits: z.array(edit).max(50).optional() })),
  },
  responses: {
    200: json(
      z
        .object({ text: z.string(), outline: z.union([outline, z.null()]), problems: z.array(wrong) })
        .extend({ analysis: z.union([z.looseObject({}), z.null()]) })
        .meta({ id: 'EditedDraft' }),
      'The text, what it holds with where it stands, what is wrong with it, and what it would do',
    ),
  },
});
const converted = route({
  ...{ method: 'post', path: '/api/drafts/convert', scope: 'read', writes: false, tags },
  summary: 'A definition of another format, or in JSON, as the text of a workflow file; keeps nothing',
  request: { body: body(z.strictObject({ text, file })) },
  responses: { 200: json(z.object({ text: z.string() }), 'The text; comments are not in it') },
});

const params = z.object({
  path: words(1000).openapi({ param: { name: 'path', in: 'path' }, example: 'workflows/review.yaml' }),
});
const kept = z.object({ path: z.string(), text: z.string() }).meta({ id: 'WorkflowText' });
const read = route({
  ...{ method: 'get', path: '/api/workflow-files/{path}', scope: 'run', tags },
  summary: 'The text of a workflow file in a folder of the service',
  request: { params },
  responses: { 200: json(kept, 'The text; its ETag is what a change names in If-Match') },
});
const write = route({
  ...{ method: 'put', path: '/api/workflow-files/{path}', scope: 'admin', tags },
  summary: 'Writes a workflow file in a folder of the service',
  description:
    'Needs If-Match with the ETag of what is there, or `If-None-Match: *` where nothing is (else 428); 412 where something else is by now. Makes no folders, follows no links, and writes nothing but workflow files, over nothing else. For keys of the tenant `default`. What is saved is trusted no more than before.',
  request: {
    params,
    headers: z.object({ 'if-match': z.string().max(200).optional(), 'if-none-match': z.literal('*').optional() }),
    body: body(z.strictObject({ text })),
  },
  responses: { 200: json(kept, 'As it is there now') },
});

/** Texts that become workflow files, and those that are. */
export function addDrafts(routes: Routes): void {
  routes.openapi(edited, async (c) => {
    const { edits = [], ...draft } = c.req.valid('json');
    const session = c.get('session');
    const { problems, ...rest } = await editDraft(session, { ...draft, edits: edits as Edit[] });
    return c.json(plain({ ...rest, problems: told(problems, draft, session) }), 200);
  });
  routes.openapi(converted, async (c) => {
    const { text: before, file: named = 'workflow.yaml' } = c.req.valid('json');
    return c.json({ text: convertDefinition({ kind: 'text', text: before, file: named }, {}).text }, 200);
  });
  routes.openapi(read, async (c) => {
    const found = await readWorkflowText(c.get('session'), c.req.valid('param').path);
    return c.json(shown(found), 200, { ETag: tagOf(found.hash) });
  });
  routes.openapi(write, async (c) => {
    const { path } = c.req.valid('param');
    const { text: wanted } = c.req.valid('json');
    const seen = seenIn(c.req.valid('header'));
    const written = await writeWorkflowText(c.get('session'), path, { text: wanted, seen }).catch(toChanged);
    c.set('about', { sha256: written.hash, isNew: seen === null });
    return c.json(shown(written), 200, { ETag: tagOf(written.hash) });
  });
}

/** Problems as callers are told, each with the task that it is about. */
function told(
  problems: readonly Diagnostic[],
  { file: own = 'text' }: { file?: string | undefined },
  { bounds }: Session,
): DraftProblem[] {
  if (problems.length === 0) return [];
  const places = bounds ? [...bounds.folders, bounds.home] : [];
  const { errors = [] } = withoutPlaces(
    toProblem(new DefinitionError(problems.map((each) => ({ ...each, frame: null }))))!,
    places,
  );
  return errors.map((each, index) => {
    const { file: of, path } = problems[index]!;
    return { ...each, at: of === null || of === own ? placeOf(path) : null };
  });
}

function shown({ path, text: written }: WorkflowText): z.infer<typeof kept> {
  return { path, text: written };
}

function tagOf(hash: string): string {
  return `"${hash}"`;
}

/** The hash of what was seen; null: nothing is to be there. @throws ProblemError 428 */
function seenIn(headers: { 'if-match'?: string | undefined; 'if-none-match'?: '*' | undefined }): string | null {
  const { 'if-match': match, 'if-none-match': none } = headers;
  if (none !== undefined) return null;
  const hash = /^"([0-9a-f]{64})"$/.exec(match?.trim() ?? '')?.[1];
  if (hash !== undefined) return hash;
  const detail = 'say which text you have seen: its ETag, in If-Match; for a new file `If-None-Match: *`.';
  throw new ProblemError(428, { code: 'needs-if-match', detail });
}

function toChanged(error: unknown): never {
  if (!(error instanceof FileChangedError)) throw error;
  const { message: detail, now } = error;
  throw new ProblemError(412, { code: 'changed-meanwhile', detail, headers: now ? { ETag: tagOf(now) } : {} });
}
