import { z } from '@hono/zod-openapi';
import { readWaiting } from '../../client/control/read-waiting.ts';
import { listDecisions } from '../../client/list/list-decisions.ts';
import type { JsonValue } from '../../domain/json.ts';
import { callRisks } from '../../domain/tools/call-risks.ts';
import type { Decision } from '../../client/run.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { ProblemError } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { actorOf, anyJson, by, done, given, name, numeral, ofRun, ofRunAnd, plain, prose, roleOf } from './parts.ts';

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
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);
const told = z
  .object({
    ...{ id: orNull(z.string()), taskId: orNull(z.string()), what: z.string(), by: z.string(), at: z.string() },
    outcome: z.enum(['approved', 'rejected', 'answered', 'expired', 'limits']),
    ...{ text: z.string(), edited: z.boolean() },
  })
  .openapi('ToldDecision');
const entry = outputShapes.approvals.element;
const call = z.object({
  ...{ tool: z.string(), input: z.looseObject({}), line: z.string(), workspace: orNull(z.string()) },
  ...{ schema: orNull(z.looseObject({})), risks: z.array(z.enum(callRisks)) },
  change: orNull(z.object({ path: z.string(), patch: z.string(), isNew: z.boolean() })),
  sources: z.array(z.object({ tool: z.string(), what: z.string(), turn: z.int() })),
});
const detail = z
  .object({
    ...{ runId: z.string(), workflow: z.string(), entry: orNull(entry), decision: orNull(told) },
    asker: orNull(z.object({ task: z.string(), agent: z.string(), context: z.string(), attempt: z.int() })),
    ...{ call: orNull(call), text: orNull(z.string()), said: orNull(z.string()) },
    approval: orNull(
      z.looseObject({
        ...{ by: z.array(z.string()), needed: z.int(), deadlineMs: orNull(z.number()) },
        onTimeout: z.enum(['halt', 'deny', 'approve']),
      }),
    ),
    limit: orNull(
      z.object({
        ...{ scope: z.string(), unit: z.enum(['usd', 'tokens']), limit: z.number(), spent: z.number() },
        needed: orNull(z.number()),
      }),
    ),
    earlier: z.array(told),
  })
  .openapi('WaitingDetail');

const waitingOne = route({
  ...{ method: 'get', path: '/api/runs/{id}/waiting/{wait}', scope: 'read', tags },
  summary: 'Something that waits, with all that a decision needs; or what came of it',
  description: 'By its id, or its task where it has none; `-`: the run as a whole, or the only one.',
  request: { params: ofRunAnd('wait') },
  responses: { 200: json(detail, 'The literal call, what it would change, who decides, and what was decided before') },
});
const decisions = route({
  ...{ method: 'get', path: '/api/decisions', scope: 'read', tags },
  summary: 'What people decided lately, in all runs or one, newest first',
  request: {
    query: z.strictObject({
      run: name.optional(),
      hours: numeral(1, 168).default(24),
      limit: numeral(1, 500).default(100),
    }),
  },
  responses: {
    200: json(
      z.object({ decisions: z.array(told.extend({ runId: z.string(), workflow: z.string() })) }),
      'Of all runs those of the last `hours`; of one run all',
    ),
  },
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
  addWaiting(routes);
  addAnswers(routes);
}

function addWaiting(routes: Routes): void {
  routes.openapi(waiting, async (c) => {
    return c.json({ waiting: (await c.get('runs').waiting(c.req.valid('query').run)).map(unfrozen) }, 200);
  });
  routes.openapi(waitingOf, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain({ runId: run.id, waiting: await run.waiting() }), 200);
  });
  routes.openapi(waitingOne, async (c) => {
    const { id, wait } = c.req.valid('param');
    const found = await readWaiting(c.get('session'), id, wait);
    if (!found) throw nothingWaits(id, wait);
    return c.json(plain(found), 200);
  });
  routes.openapi(decisions, async (c) => {
    return c.json({ decisions: await listDecisions(c.get('session'), given(c.req.valid('query'))) }, 200);
  });
}

function addAnswers(routes: Routes): void {
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

function nothingWaits(run: string, named: string): ProblemError {
  const what = named === '-' ? 'nothing ever waited' : `nothing ever waited as "${named}"`;
  return new ProblemError(404, { code: 'nothing-waits', detail: `${what} in run ${run}.` });
}

function onlyOne(named: string): { id?: string } {
  return named === '-' ? {} : { id: named };
}

function unfrozen<Value extends { asks: readonly string[]; approvedBy: readonly string[] }>(value: Value) {
  return { ...value, asks: [...value.asks], approvedBy: [...value.approvedBy] };
}
