import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { agent } from '../support/plan/builders.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { hasWaiting, holdLock, waitsFor } from '../support/store/table-locks.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const undo = (id: string) => `compensate: { bash: "echo ${id} $GAFFER_TASK_ENDED >> undone" }`;
const done = `{ id: done, prompt: Done., ${undo('done')} }`;

/** A state of a run in which somebody cancels it: what the plan is, how it gets there, and what is undone. */
interface State {
  state: string;
  text: string;
  there: (run: Scene) => Promise<unknown>;
  undone: string[];
  /** Its opening is held up in the database until the cancel is known. */
  isHeld?: boolean;
}

interface Scene {
  env: RunEnv;
  handle: Run;
  workspace: string;
}

const statusIs = (status: string) => (scene: Scene) =>
  until(`it is ${status}`, async () => (await scene.env.store.runs.find(scene.handle.id))?.status === status);
const asked = (prompt: string) => (scene: Scene) =>
  until(`${prompt} is asked`, () => callsOf(scene).some((call) => JSON.stringify(call.body).includes(prompt)));
const openedTwice = `${waitsFor('runs')} and (select count(*) from pg_locks l where not l.granted and l.relation = 'runs'::regclass) > 1`;
const hasFile = (name: string) => (scene: Scene) =>
  until(`${name} is there`, () => existsSync(join(scene.workspace, name)));

const states: State[] = [
  { state: 'queued', text: `tasks: [${done}]`, there: async () => undefined, undone: [], isHeld: true },
  {
    state: 'in a model call',
    text: `tasks: [${done}, { id: slow, prompt: Slow., depends_on: [done], ${undo('slow')} }]`,
    there: asked('Slow.'),
    undone: ['slow false', 'done true'],
  },
  {
    state: 'in a tool',
    text: `tasks: [${done}, { id: tool, prompt: Tool., depends_on: [done], ${undo('tool')} }]`,
    there: hasFile('started'),
    undone: ['tool false', 'done true'],
  },
  {
    state: 'between attempts',
    text: `tasks: [${done}, { id: bad, prompt: Bad., depends_on: [done], retry: { max_attempts: 2, backoff: 30s }, ${undo('bad')} }]`,
    there: ({ env, handle }) =>
      until('an attempt failed', async () =>
        (await env.story(handle.id)).some((event) => event.type === 'task:error' && event.willRetry),
      ),
    undone: ['bad false', 'done true'],
  },
  {
    state: 'paused',
    text: `tasks: [${done}, { id: brief, prompt: Brief., depends_on: [done] }, { id: next, prompt: Next., depends_on: [brief] }]`,
    async there(scene) {
      await asked('Brief.')(scene);
      await scene.handle.pause({ by: 'ann', reason: 'lunch' });
      await statusIs('paused')(scene);
    },
    undone: ['done true'],
  },
  {
    state: 'waiting for an approval',
    text: `tasks: [${done}, { id: gate, prompt: Gate., depends_on: [done], approval: before, ${undo('gate')} }]`,
    there: statusIs('waiting'),
    undone: ['done true'],
  },
  {
    state: 'waiting for an approved tool call',
    text: `policy: [{ tool: bash, action: ask }]\ntasks: [${done}, { id: tool, prompt: Tool., depends_on: [done], ${undo('tool')} }]`,
    there: statusIs('waiting'),
    undone: ['tool false', 'done true'],
  },
  {
    state: 'waiting for an answer',
    text: `tasks: [${done}, { id: blocked, prompt: Blocked., depends_on: [done], ${undo('blocked')} }]`,
    there: statusIs('waiting'),
    undone: ['blocked false', 'done true'],
  },
  {
    state: 'waiting for a budget',
    text: `limits: { usd: 0.0105, on_exceeded: pause }\ntasks: [${done}, { id: dear, prompt: Dear., depends_on: [done], ${undo('dear')} }]`,
    there: statusIs('waiting'),
    undone: ['dear false', 'done true'],
  },
  {
    state: 'waiting for a provider',
    text: `tasks: [${done}, { id: refused, prompt: Refused., depends_on: [done], ${undo('refused')} }]`,
    there: statusIs('waiting'),
    undone: ['refused false', 'done true'],
  },
  {
    state: 'compensating',
    text: `on_failure: compensate\ntasks: [${done}, { id: bad, prompt: Bad., depends_on: [done], compensate: { bash: "touch undoing; sleep 1; echo bad $GAFFER_TASK_ENDED >> undone" } }]`,
    there: hasFile('undoing'),
    undone: ['bad true', 'done true'],
  },
];

describe.each([{ mode: 'child' }, { mode: 'inline' }])(
  'a cancel ends a run in every state, tasks $mode',
  ({ mode }) => {
    let env: RunEnv;
    beforeAll(async () => {
      env = await openRunEnv({ settings: { unsandboxedShell: true } });
      env.model.setScript({
        rules: [
          { name: 'slow', when: (c) => c.prompt === 'Slow.', answer: () => ({ text: 'late', latencyMs: 60_000 }) },
          { name: 'brief', when: (c) => c.prompt === 'Brief.', answer: () => ({ text: 'soon', latencyMs: 500 }) },
          {
            name: 'tool',
            when: (c) => c.prompt === 'Tool.' && c.turn === 0,
            answer: () => ({ tools: [{ name: 'bash', input: { command: 'touch started; sleep 604' } }] }),
          },
          { name: 'bad', when: (c) => c.prompt === 'Bad.', answer: () => ({ fault: { kind: 'refusal' } }) },
          {
            name: 'refused',
            when: (c) => c.prompt === 'Refused.',
            answer: () => ({ fault: { kind: 'http', status: 401 } }),
          },
          {
            name: 'dear',
            when: (c) => c.prompt === 'Done.',
            answer: () => ({ text: 'done', usage: { outputTokens: 1000 } }),
          },
          {
            name: 'blocked',
            when: (c) => c.prompt === 'Blocked.',
            answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] }),
          },
          { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
        ],
      });
    });
    afterAll(() => env.close());

    it.each(states)('$state', async ({ state, text, there, undone, isHeld }) => {
      const runId = `${mode}-${state.replaceAll(' ', '-')}`;
      const workspace = join(env.workspace, runId);
      mkdirSync(workspace);
      const withMode = text.includes('limits: {')
        ? text.replace('limits: {', `limits: { tasks: ${mode},`)
        : `limits: { tasks: ${mode} }\n${text}`;
      const plan = yamlPlan(withMode, { workspace, agents: [agent({ tools: ['bash'] })] });
      const lock = isHeld ? holdLock(env.store, 'lock table runs in exclusive mode') : null;
      const handle = await env.start(plan, { runId });
      await there({ env, handle, workspace });
      const cancelledAt = Date.now();
      await handle.cancel();
      // Twice: the second one changes nothing.
      await handle.cancel().catch(() => undefined);
      // The first try to open it lies inside the workflow task, which the cancel cannot reach; the second one begins after it.
      if (lock) await until('it is tried again', () => hasWaiting(env.store, openedTwice));
      await lock?.release();
      const result = await handle.result();
      expect(result.status).toBe('cancelled');
      expect(lines(join(workspace, 'undone'))).toEqual(undone);
      expect(result.compensations.map(({ taskId, taskEnded }) => `${taskId} ${taskEnded}`)).toEqual(undone);
      expect(await violations(env, handle.runKey, [], { plan, cancelledAt })).toEqual([]);
      await until('the workflow is closed', async () => (await handle.describe()).status !== 'running');
    });
  },
);

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function callsOf({ env, handle }: Scene) {
  return env.model.requests.filter((request) => request.callKey?.startsWith(`${handle.runKey}/`));
}
