import { z } from '@hono/zod-openapi';
import { mergeRun } from '../../../client/merge/merge-run.ts';
import { runBranches, runDiff } from '../../../client/merge/run-branches.ts';
import { branchesShape, mergeShapes } from '../../../definition/schema/output-merges.ts';
import { orClosing } from '../../closing.ts';
import { json, optionalBody, route, type Routes } from '../../route.ts';
import { actorOf, by, given, name, ofRun, ofRunAnd } from '../parts.ts';

const tags = ['runs'];

const branches = route({
  ...{ method: 'get', path: '/api/runs/{id}/branches', scope: 'read', tags },
  summary: 'Branches of tasks that have ended, and how far they have come',
  request: { params: ofRun },
  responses: { 200: json(branchesShape, 'In the order in which their tasks ended') },
});
const diff = route({
  ...{ method: 'get', path: '/api/runs/{id}/tasks/{task}/diff', scope: 'read', tags },
  summary: 'What a task changed on a branch of its own',
  request: { params: ofRunAnd('task') },
  responses: {
    200: json(mergeShapes.diff, 'From where it began to where it ended; `whyNone` says why there is nothing'),
  },
});
const merge = route({
  ...{ method: 'post', path: '/api/runs/{id}/merge', scope: 'run', tags: ['control'] },
  summary: 'Brings branches of tasks into the branch that they are meant for, through the gates',
  request: {
    params: ofRun,
    body: optionalBody(z.strictObject({ task: name.optional(), into: name.optional(), by })),
  },
  responses: { 200: json(mergeShapes.merge, 'What became of each') },
});

/** Branches of a run's tasks. */
export function addBranches(routes: Routes): void {
  routes.openapi(branches, async (c) => {
    return c.json(await runBranches(c.get('session'), c.req.valid('param').id), 200);
  });
  routes.openapi(diff, async (c) => {
    const { id, task } = c.req.valid('param');
    return c.json(await runDiff(c.get('session'), id, task), 200);
  });
  routes.openapi(merge, async (c) => {
    const { by: said, ...what } = c.req.valid('json');
    c.set('about', given(what));
    actorOf(c, said);
    return c.json(await orClosing(c, mergeRun(c.get('session'), c.req.valid('param').id, given(what))), 200);
  });
}
