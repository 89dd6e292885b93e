import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  changeIssue,
  commentOn,
  importIssues,
  listBoards,
  listIssues,
  newIssue,
  runsOfClaims,
  settleIssue,
  showIssue,
  type IssueEnd,
} from '../../client/issues.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import type { ServerEnv } from '../env.ts';
import { idempotencyKey } from '../once/idempotency-key.ts';
import { ProblemError } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { actorOf, given, name, notModified, numeral, prose, words } from './parts.ts';

const tags = ['issues'];
const issue = outputShapes['issues show'];
const claimedIn = z.union([z.string(), z.null()]).openapi({ description: 'Id of the run whose agent claimed it' });
const count = z.int().min(0);
const board = z
  .object({
    ...{ board: z.string(), open: count, claimed: count, blocked: count, closed: count },
    updatedAt: z.string().openapi({ description: 'When one of them last changed' }),
  })
  .openapi('Board');
const number = z.int().positive().max(2_147_483_647);
const params = z.object({
  board: name.openapi({ param: { name: 'board', in: 'path' }, example: 'crew-x7k2' }),
  number: numeral(1, 2_147_483_647).openapi({ param: { name: 'number', in: 'path' } }),
});
const label = words(100);
const fields = {
  ...{ description: words(200_000, 0).optional(), priority: z.int().min(0).max(4).optional() },
  ...{ labels: z.array(label).max(50).optional(), dependsOn: z.array(number).max(200).optional() },
};
const title = words(500);

const list = route({
  ...{ method: 'get', path: '/api/issues', scope: 'read', tags, summary: 'Issues of all boards, or of one' },
  request: {
    query: z.strictObject({
      ...{ board: name.optional(), status: issue.shape.status.optional(), assignee: name.optional() },
      ...{ priority: numeral(0, 4).optional(), limit: numeral(1, 1000).optional() },
    }),
  },
  responses: {
    200: json(
      z.object({ issues: z.array(outputShapes['issues list'].element.extend({ claimedIn })) }),
      'By board, the most urgent first',
    ),
  },
});
const boards = route({
  ...{ method: 'get', path: '/api/boards', scope: 'read', tags, summary: 'Boards of issues, the last changed first' },
  responses: { 200: json(z.object({ boards: z.array(board) }), 'At most 200') },
});
const add = route({
  ...{ method: 'post', path: '/api/issues', scope: 'run', tags, summary: 'Adds an issue to a board' },
  request: {
    body: body(
      z
        .strictObject({ board: name, title, ...fields, parent: number.optional() })
        .openapi('NewIssue', { example: { board: 'crew-x7k2', title: 'The port is taken', priority: 1 } }),
    ),
  },
  responses: { 201: json(issue, 'The issue, with its number') },
});
const show = route({
  ...{
    method: 'get',
    path: '/api/issues/{board}/{number}',
    scope: 'read',
    tags,
    summary: 'One issue, with what was said about it',
  },
  request: { params },
  responses: {
    200: json(issue.extend({ claimedIn }), 'The issue; its ETag is what a change names in If-Match'),
    ...notModified,
  },
});
const change = route({
  ...{
    method: 'patch',
    path: '/api/issues/{board}/{number}',
    scope: 'run',
    tags,
    summary: 'Changes an issue that is as its ETag says',
  },
  description: 'What is left out stays. Needs If-Match (else 428); 412 where the issue was changed meanwhile.',
  request: {
    params,
    headers: z.object({ 'if-match': z.string().optional() }),
    body: body(z.strictObject({ title: title.optional(), ...fields })),
  },
  responses: { 200: json(issue, 'The issue as it is now') },
});
const comment = route({
  ...{
    method: 'post',
    path: '/api/issues/{board}/{number}/comments',
    scope: 'run',
    tags,
    summary: 'Says something about an issue',
  },
  request: { params, body: body(z.strictObject({ body: prose })) },
  responses: { 201: json(issue, 'The issue as it is now') },
});
const seen = z.object({
  'if-match': z.string().optional(),
  'idempotency-key': z.string().regex(idempotencyKey).optional(),
});
const close = route({
  ...{ method: 'post', path: '/api/issues/{board}/{number}/close', scope: 'run', tags },
  summary: 'Closes an issue that is as its ETag says, with what came of it',
  request: { params, headers: seen, body: body(z.strictObject({ result: prose })) },
  responses: { 200: json(issue, 'The issue as it is now') },
});
const unblock = route({
  ...{ method: 'post', path: '/api/issues/{board}/{number}/unblock', scope: 'run', tags },
  summary: 'Answers what blocks an issue that is as its ETag says',
  request: { params, headers: seen, body: body(z.strictObject({ answer: prose })) },
  responses: { 200: json(issue, 'The issue as it is now: with who claimed it, or in the queue') },
});
const imported = route({
  ...{
    method: 'post',
    path: '/api/boards/{board}/import',
    scope: 'run',
    tags,
    summary: 'Adds the issues of a JSONL text, all or none',
  },
  request: { params: params.pick({ board: true }), body: body(z.strictObject({ text: words(1_000_000) })) },
  responses: { 200: json(outputShapes['issues import'], 'How many are new; a second time adds nothing') },
});

type Shown = Awaited<ReturnType<typeof showIssue>>;

/** Boards of issues. */
export function addIssues(routes: Routes): void {
  routes.openapi(list, async (c) => {
    const wanted = c.req.valid('query');
    const issues = await listIssues(c.get('session'), wanted);
    const runs = await runsOfClaims(c.get('session'), issues);
    const told = issues.map((each) => ({ ...each, claimedIn: runs.get(`${each.board} ${each.number}`) ?? null }));
    return c.json({ issues: told }, 200);
  });
  routes.openapi(boards, async (c) => c.json({ boards: await listBoards(c.get('session')) }, 200));
  routes.openapi(show, async (c) => {
    const { board, number: no } = c.req.valid('param');
    const found = await showIssue(c.get('session'), board, no);
    const runs = await runsOfClaims(c.get('session'), [found]);
    return c.json({ ...found, claimedIn: runs.get(`${found.board} ${no}`) ?? null }, 200, { ETag: tagOf(found) });
  });
  routes.openapi(add, async (c) => {
    const { board, ...wanted } = c.req.valid('json');
    const made = await newIssue(c.get('session'), { board, by: actorOf(c) }, wanted);
    c.set('about', { board: made.board, number: made.number });
    const self = `/api/issues/${encodeURIComponent(made.board)}/${made.number}`;
    return c.json(made, 201, { ETag: tagOf(made), Location: self });
  });
  routes.openapi(change, async (c) => {
    const { board, number: no } = c.req.valid('param');
    const step = { board, by: actorOf(c), number: no };
    c.set('about', { changes: Object.keys(c.req.valid('json')) });
    const known = c.req.valid('header')['if-match'];
    const changed = await changeIssue(c.get('session'), step, {
      change: given(c.req.valid('json')),
      check: (now) => checkSeen(known, now),
    });
    return c.json(changed, 200, { ETag: tagOf(changed) });
  });
  addSteps(routes);
}

/** What people do besides adding and changing one. */
function addSteps(routes: Routes): void {
  routes.openapi(comment, async (c) => {
    const { board, number: no } = c.req.valid('param');
    const said = await commentOn(c.get('session'), { board, by: actorOf(c), number: no }, c.req.valid('json').body);
    return c.json(said, 201, { ETag: tagOf(said) });
  });
  routes.openapi(close, async (c) => {
    const { result: text } = c.req.valid('json');
    const settled = await settle(c, { ...c.req.valid('param'), end: { kind: 'close', text } });
    return c.json(settled, 200, { ETag: tagOf(settled) });
  });
  routes.openapi(unblock, async (c) => {
    const { answer: text } = c.req.valid('json');
    const settled = await settle(c, { ...c.req.valid('param'), end: { kind: 'unblock', text } });
    return c.json(settled, 200, { ETag: tagOf(settled) });
  });
  routes.openapi(imported, async (c) => {
    const { board } = c.req.valid('param');
    const { text } = c.req.valid('json');
    return c.json({ board, ...(await importIssues(c.get('session'), board, { text, name: 'text' })) }, 200);
  });
}

function settle(
  c: Context<ServerEnv>,
  { end, ...which }: { board: string; number: number; end: IssueEnd },
): Promise<Shown> {
  const known = c.req.header('If-Match');
  c.set('about', which);
  const step = { ...which, by: actorOf(c) };
  return settleIssue(c.get('session'), step, { end, check: (now) => checkSeen(known, now) });
}

function tagOf(shown: Shown): string {
  return `"${createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22)}"`;
}

/** @throws ProblemError 428 without a condition; 412 when the issue is another than the caller has seen */
function checkSeen(seen: string | undefined, now: Shown): void {
  if (seen === undefined) {
    const detail = 'say which issue you have seen: its ETag, in If-Match.';
    throw new ProblemError(428, { code: 'needs-if-match', detail });
  }
  const tags = seen.split(',').map((each) => each.trim());
  if (tags.includes('*') || tags.includes(tagOf(now))) return;
  const detail = `issue #${now.number} was changed meanwhile: look at it again.`;
  throw new ProblemError(412, { code: 'changed-meanwhile', detail, headers: { ETag: tagOf(now) } });
}
