import { z } from '@hono/zod-openapi';
import { taskDetail } from '../../client/inspect/task-detail.ts';
import { taskEvents } from '../../client/inspect/task-events.ts';
import { taskFiles } from '../../client/inspect/task-files.ts';
import { taskTranscript, wholePart } from '../../client/inspect/task-transcript.ts';
import { taskStatuses } from '../../domain/run/run-result.ts';
import { ProblemError } from '../problem.ts';
import { json, route, type Routes } from '../route.ts';
import { anyJson, flag, name, numeral, ofRunAnd, plain } from './parts.ts';

const tags = ['runs'];
const ofTask = ofRunAnd('task');
const time = z.union([z.string(), z.null()]);
const text = z.object({ text: z.string(), length: z.int() }).openapi({
  description: 'A text, or how it begins: `length` is that of the whole one, in characters',
});
const usage = z.object({
  ...{ inputTokens: z.int(), outputTokens: z.int(), cacheReadTokens: z.int(), cacheWriteTokens: z.int() },
});
const paid = z.object({
  ...{ usage, tokens: z.int(), costUsd: z.number(), calls: z.int() },
  ...{ estimatedCalls: z.int(), uncountedCalls: z.int() },
});
const why = z.object({
  ...{ status: z.enum(taskStatuses), cause: z.string(), detail: time, since: time },
  ways: z.array(z.object({ text: z.string(), command: z.string().optional(), about: z.string().optional() })),
});
const attempt = z.looseObject({
  ...{ number: z.int(), attempt: z.int(), epoch: z.int(), status: z.enum(taskStatuses) },
  ...{ begunAt: time, endedAt: time, agent: z.string(), models: z.array(z.string()), turns: z.int(), paid },
  error: z.union([z.string(), z.null()]),
});
const detail = z
  .looseObject({
    ...{ runId: z.string(), id: z.string(), task: z.string(), status: z.enum(taskStatuses), why },
    ...{ attempts: z.array(attempt), paid, prompt: z.union([text, z.null()]), output: z.union([text, z.null()]) },
    ...{ value: anyJson.optional(), item: anyJson.optional() },
  })
  .openapi('TaskDetail');
const message = z.looseObject({
  ...{ id: z.string(), role: z.enum(['user', 'assistant']), turn: z.int(), at: z.string() },
  said: z.array(z.looseObject({ type: z.enum(['text', 'thinking', 'note', 'tool']) })),
  ...{ usage: z.union([usage, z.null()]), costUsd: z.union([z.number(), z.null()]) },
});
const told = z
  .looseObject({
    ...{ attempt: z.int(), attempts: z.int(), messages: z.array(message), total: z.int() },
    next: z.union([z.int(), z.null()]),
  })
  .openapi('TaskTranscript');
const files = z
  .looseObject({
    ...{ workspace: z.string(), commands: z.int(), whyNone: z.union([z.string(), z.null()]) },
    writes: z.array(z.looseObject({ path: z.string(), action: z.string(), patch: z.string() })),
    diff: z.union([z.looseObject({ patch: z.string(), isShortened: z.boolean() }), z.null()]),
  })
  .openapi('TaskFiles');

const show = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}', scope: 'read', tags },
  summary: 'A task with all attempts at it, and why it stands as it does',
  request: { params: ofTask },
  responses: { 200: json(detail, 'Attempts oldest first, each with what it cost and what it waited for') },
});
const transcript = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}/transcript', scope: 'read', tags },
  summary: 'What an attempt said, with its calls of tools, their results and verdicts',
  description: 'Long texts are shortened; `parts` has each of them whole. `next`, given as `after`, leads on.',
  request: {
    params: ofTask,
    query: z.strictObject({
      attempt: numeral(1, 100_000).optional().openapi({ description: 'Left out: the last one' }),
      after: numeral(0, 100_000).default(0),
      limit: numeral(1, 200).default(100),
    }),
  },
  responses: { 200: json(told, 'Messages, oldest first') },
});
const whole = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}/parts/{message}', scope: 'read', tags },
  summary: 'A part of a message, whole, as a file',
  request: {
    params: ofTask.extend({ message: name.openapi({ param: { name: 'message', in: 'path' } }) }),
    query: z.strictObject({
      part: numeral(0, 10_000).default(0),
      result: flag.optional().openapi({ description: 'true: what came of the call that it is' }),
    }),
  },
  responses: { 200: { description: 'Its text', content: { 'text/plain': { schema: z.string() } } } },
});
const changed = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}/files', scope: 'read', tags },
  summary: 'Which files a task wrote, and what changed between the checkpoints around it',
  request: { params: ofTask },
  responses: { 200: json(files, 'As far as anybody can know; `whyNone` says why there is no `diff`') },
});

const events = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}/events', scope: 'read', tags },
  summary: "What the run's story tells of a task",
  request: { params: ofTask, query: z.strictObject({ limit: numeral(1, 1000).default(500) }) },
  responses: {
    200: json(
      z.object({ events: z.array(z.looseObject({ type: z.string(), seq: z.int() })), total: z.int() }),
      'The newest of `total`, oldest first',
    ),
  },
});

/** What can be read of one task of a run. */
export function addTask(routes: Routes): void {
  routes.openapi(show, async (c) => {
    const { id, task } = c.req.valid('param');
    return c.json(plain(found(await taskDetail(c.get('session'), id, task), id, task)), 200);
  });
  routes.openapi(transcript, async (c) => {
    const { id, task } = c.req.valid('param');
    const asked = { runId: id, id: task, ...c.req.valid('query') };
    return c.json(plain(found(await taskTranscript(c.get('session'), plain(asked)), id, task)), 200);
  });
  routes.openapi(events, async (c) => {
    const { id, task } = c.req.valid('param');
    const { limit } = c.req.valid('query');
    return c.json(plain(found(await taskEvents(c.get('session'), { runId: id, id: task, limit }), id, task)), 200);
  });
  routes.openapi(whole, async (c) => {
    const { id, task, message: of } = c.req.valid('param');
    const { part, result } = c.req.valid('query');
    const asked = { runId: id, id: task, message: of, part, isResult: result === 'true' };
    // Somebody's own text: a file to keep, never a page of ours.
    return c.text(found(await wholePart(c.get('session'), asked), id, task), 200, {
      'Content-Disposition': 'attachment; filename="part.txt"',
      'X-Content-Type-Options': 'nosniff',
    });
  });
  routes.openapi(changed, async (c) => {
    const { id, task } = c.req.valid('param');
    return c.json(plain(found(await taskFiles(c.get('session'), id, task), id, task)), 200);
  });
}

/** @throws ProblemError when there is nothing */
function found<Value>(value: Value | null, run: string, task: string): Value {
  if (value !== null) return value;
  throw new ProblemError(404, {
    code: 'task-not-found',
    detail: `run ${run} has no such task, attempt or message: ${task}.`,
  });
}
