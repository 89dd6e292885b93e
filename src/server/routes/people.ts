import { z } from '@hono/zod-openapi';
import type { JsonValue } from '../../domain/json.ts';
import type { Decision } from '../../client/run.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { body, json, route, type Routes } from '../route.ts';
import { actorOf, anyJson, by, done, given, name, ofRun, ofRunAnd, plain, prose, roleOf } from './parts.ts';

const tags = ['people'];
const waits = z.object({ waiting: outputShapes.approvals });
const whole = z.object({ runId: z.string(), waiting: z.array(z.looseObject({ id: z.string() })) });
const decided = z
  .object({ runId: z.string(), decision: z.string(), decided: z.boolean(), missing: z.int() })
  .openapi('Decided');

const waiting = route({
  ...{
    method: 'get',
    path: '/api/waiting',
    scope: 'read',
    tags,
    summary: 'What waits for a person, in all runs or one',
  },
  request: { query: z.strictObject({ run: name.optional() }) },
  responses: { 200: json(waits, 'What waits, run by run, with the command that answers it on a terminal') },
});
const waitingOf = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/waiting',
    scope: 'read',
    tags,
    summary: 'What waits for somebody, as the run itself says',
  },
  request: { params: ofRun },
  responses: { 200: json(whole, 'What waits, oldest first') },
});
const decide = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/approvals/{approval}',
    scope: 'approve',
    tags,
    summary: 'Says yes or no to what waits for an approval',
  },
  description:
    'The id of the approval or of its task; `-`: the only one that waits. The same decision again changes nothing.',
  request: {
    params: ofRunAnd('approval'),
    body: body(
      z
        .strictObject({
          ...{ decision: z.enum(['approve', 'reject']), comment: prose.optional(), role: name.optional() },
          ...{ edit: anyJson.optional(), seen: z.int().nonnegative().optional(), by },
        })
        .openapi('Decide', { example: { decision: 'approve', comment: 'Only to staging.' } }),
    ),
  },
  responses: { 200: json(decided, 'Whether it is decided now, and how many more people have to approve') },
});
const answer = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/answers/{blocker}',
    scope: 'approve',
    tags,
    summary: 'Answers an agent that is blocked',
  },
  description: 'The id of the blocker or of its task; `-`: the only one that waits.',
  request: { params: ofRunAnd('blocker'), body: body(z.strictObject({ text: prose, by })) },
  responses: { 200: json(done, 'The agent is told with its next turn') },
});

/** What waits for people, and their answers. */
export function addPeople(routes: Routes): void {
  routes.openapi(waiting, async (c) => {
    return c.json({ waiting: (await c.get('runs').waiting(c.req.valid('query').run)).map(unfrozen) }, 200);
  });
  routes.openapi(waitingOf, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain({ runId: run.id, waiting: await run.waiting() }), 200);
  });
  routes.openapi(decide, async (c) => {
    const { by: said, role: as, edit, decision, ...rest } = c.req.valid('json');
    const { id, approval } = c.req.valid('param');
    const role = roleOf(c, as);
    c.set('about', { decision, ...(role !== undefined && { role }) });
    const input: Decision = {
      ...{ ...given({ ...rest, role }), by: actorOf(c, said) },
      ...(edit !== undefined && { edit: edit as JsonValue }),
      ...onlyOne(approval),
    };
    const run = await c.get('runs').find(id);
    // Which one it was, where the only one was meant.
    const [only] = approval === '-' ? (await run.waiting()).filter((each) => each.approval !== null) : [];
    if (only) c.set('about', { ...c.get('about'), approval: only.id });
    const told = await (decision === 'approve' ? run.approve(input) : run.reject(input));
    return c.json({ runId: run.id, decision, ...told }, 200);
  });
  routes.openapi(answer, async (c) => {
    const { by: said, text } = c.req.valid('json');
    const { id, blocker } = c.req.valid('param');
    const run = await c.get('runs').find(id);
    await run.answer({ text, by: actorOf(c, said), ...onlyOne(blocker) });
    return c.json({ runId: run.id }, 200);
  });
}

function onlyOne(named: string): { id?: string } {
  return named === '-' ? {} : { id: named };
}

function unfrozen<Value extends { asks: readonly string[]; approvedBy: readonly string[] }>(value: Value) {
  return { ...value, asks: [...value.asks], approvedBy: [...value.approvedBy] };
}
