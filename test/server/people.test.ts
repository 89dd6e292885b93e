import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { steps } from '../../src/testing/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { WaitingDetail } from '../../src/client/control/waiting-detail.ts';
import type { ComparedMany, ComparedTexts } from '../../src/client/evaluation/compare-many.ts';
import type { EditableRun } from '../../src/client/preview/editable.ts';
import type { RunPreview } from '../../src/client/preview/preview.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const write = { action: 'write', path: 'src/port.txt', content: 'one\nTWO\nthree\n' };
const rules = [
  steps('writer', ({ prompt }) => prompt.startsWith('Set the port'), [
    { text: 'I set it to TWO.', tools: [{ name: 'filesystem', input: write }] },
    { text: 'done' },
  ]),
  { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) },
];
const coder = '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [filesystem]\n---\nYou code.\n';
const asking = {
  name: 'asking',
  default_profile: 'coder',
  policy: [{ tool: 'filesystem', match: 'write *', action: 'ask', by: ['owner'], deadline: '1h', on_timeout: 'deny' }],
  tasks: [
    { id: 'set', prompt: 'Set the port.' },
    { id: 'tell', prompt: 'Tell them.', depends_on: ['set'] },
    { id: 'sum', prompt: 'Sum ${{ tasks.tell.output }}.', depends_on: ['tell'] },
  ],
};

interface Wait {
  id: string | null;
}

describe('what people decide over HTTP', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    writeProject(env.workspace, { 'agents/coder.md': coder });
    mkdirSync(join(env.workspace, 'src'), { recursive: true });
    writeFileSync(join(env.workspace, 'src/port.txt'), 'one\ntwo\nthree\n');
  });
  afterAll(() => env.close());

  async function ask<Answer = JsonObject>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: Answer }> {
    const response = await env.ask(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: response.status, json: (await response.json()) as Answer };
  }
  const get = async <Answer = JsonObject>(path: string): Promise<Answer> => (await ask<Answer>('GET', path)).json;
  const ended = async (id: string): Promise<void> => {
    for (;;) if ((await ask('GET', `/api/runs/${id}/result?timeoutMs=20000`)).status === 200) return;
  };
  const waits = async (id: string): Promise<{ id: string }> => {
    for (;;) {
      const { waiting = [] } = await get<{ waiting?: Wait[] }>(`/api/waiting?run=${id}`);
      // A run says that it stands still a moment before its task says what it asks.
      const asked = waiting.find((one) => one.id !== null);
      if (asked) return { id: asked.id! };
    }
  };
  const start = (id: string, definition: object = asking) => ask('POST', '/api/runs', { definition, id });

  it('shows the literal call with what it would change, takes it edited, and says afterwards who decided', async () => {
    expect(await start('people-call')).toMatchObject({ status: 201 });
    const { id } = await waits('people-call');
    const path = `/api/runs/people-call/waiting/${encodeURIComponent(id)}`;
    const detail = await get<WaitingDetail>(path);
    expect(detail).toMatchObject({
      ...{ workflow: 'asking', decision: null, said: 'I set it to TWO.', text: null, earlier: [] },
      entry: { id, cause: 'approval', taskId: 'set', asks: ['owner'], needed: 1 },
      asker: { task: 'set', agent: 'coder', attempt: 1 },
      call: { tool: 'filesystem', input: write, line: 'filesystem write src/port.txt', risks: ['writes'], sources: [] },
      approval: { by: ['owner'], needed: 1, deadlineMs: 3_600_000, onTimeout: 'deny' },
    });
    expect(detail.call!.schema).toMatchObject({ type: 'object', required: ['action'] });
    const edit = { ...write, content: 'one\n2\nthree\n' };
    const at = `/api/runs/people-call/approvals/${encodeURIComponent(id)}`;
    const wrong = await ask('POST', at, { decision: 'approve', edit: { action: 'paint' } });
    expect(wrong).toMatchObject({ status: 422, json: { code: 'usage' } });
    const yes = await ask('POST', at, { decision: 'approve', edit, comment: 'a number' });
    expect(yes).toMatchObject({ status: 200, json: { decided: true } });
    await ended('people-call');
    expect(readFileSync(join(env.workspace, 'src/port.txt'), 'utf8')).toBe(edit.content);
    const decided = { id, taskId: 'set', outcome: 'approved', by: 'tester', text: 'a number', edited: true };
    expect(await get(path)).toMatchObject({ entry: null, decision: decided, call: null });
    expect(await get('/api/decisions?run=people-call')).toMatchObject({ decisions: [decided] });
    expect(await get('/api/decisions')).toMatchObject({ decisions: [{ ...decided, runId: 'people-call' }] });
    for (const never of ['nothing', encodeURIComponent(id.replace('set', 'tell'))])
      expect((await ask('GET', `/api/runs/people-call/waiting/${never}`)).status).toBe(404);
  });

  it('says before a fork what is used again and what is not, and does just that; a wrong edit is told at its place', async () => {
    const { tasks, agents } = await get<EditableRun>('/api/runs/people-call/edits');
    expect(tasks.map(({ id, agent }) => [id, agent])).toEqual([
      ['set', 'coder'],
      ['tell', 'coder'],
      ['sum', 'coder'],
    ]);
    expect(agents).toMatchObject([{ name: 'coder', tasks: 3 }]);
    const set = { 'prompt.tell': 'Tell nobody.' };
    const preview = (body: object) => ask<RunPreview>('POST', '/api/runs/people-call/fork/preview', body);
    const { json: planned } = await preview({ set });
    expect(planned).toMatchObject({ kind: 'fork', isInPlace: false, counts: { reused: 1, anew: 2 } });
    expect(planned.tasks.map(({ id, fate, why }) => [id, fate, why])).toEqual([
      ['tell', 'anew', 'changed: prompt'],
      ['sum', 'anew', 'it reads what tell brings, unless that comes out the same'],
      ['set', 'reused', 'nothing that it reads has changed'],
    ]);
    expect(planned.savedUsd).toBeGreaterThan(0);
    expect(planned.expected!.highUsd).toBeGreaterThan(0);
    const wrong = await preview({ set: { 'prompt.nobody': 'x', 'model.coder': 'no-such', 'limits.usd': '2' } });
    expect(wrong).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: '/set/prompt.nobody' }, { pointer: '/set/model.coder' }] },
    });
    expect((await get<{ runs: unknown[] }>('/api/runs?workflow=asking')).runs).toHaveLength(1);
    await ask('POST', '/api/runs/people-call/fork', { id: 'people-fork', set });
    await ended('people-fork');
    const { tasks: done } = await get<{ tasks: Record<string, { status: string }> }>('/api/runs/people-fork');
    expect(Object.entries(done).map(([id, { status }]) => [id, status])).toEqual([
      ['set', 'reused'],
      ['tell', 'succeeded'],
      ['sum', 'succeeded'],
    ]);
    const again = await ask<RunPreview>('POST', '/api/runs/people-call/retry/preview', { from: 'tell' });
    expect(again.json.tasks.map(({ id, fate, why }) => [id, fate, why])).toEqual([
      ['tell', 'anew', 'you named it'],
      ['sum', 'anew', 'it depends on tell'],
      ['set', 'reused', 'nothing that it reads has changed'],
    ]);
  });

  it('lays two to four runs side by side, those that differ first, and gives the texts of one task', async () => {
    const both = 'run=people-call&run=people-fork';
    const compared = await get<ComparedMany>(`/api/compare?${both}`);
    expect(compared.runs.map(({ runId, from }) => [runId, from?.run ?? null])).toEqual([
      ['people-call', null],
      ['people-fork', 'people-call'],
    ]);
    expect(compared.tasks.map(({ task, differs }) => [task, differs])).toEqual([
      ['tell', ['prompt', 'output']],
      ['sum', ['output']],
      ['set', []],
    ]);
    expect([compared.total, compared.differing]).toEqual([3, 2]);
    expect(compared.runs[0]!.criticalPath.tasks).toEqual(['set', 'tell', 'sum']);
    expect((await get<ComparedMany>(`/api/compare?${both}&offset=2&limit=1`)).tasks.map(({ task }) => task)).toEqual([
      'set',
    ]);
    const { texts } = await get<ComparedTexts>(`/api/compare/task?${both}&task=tell`);
    expect(texts.map((each) => [each!.prompt, each!.output])).toEqual([
      ['Tell them.', 'did: Tell them.'],
      ['Tell nobody.', 'did: Tell nobody.'],
    ]);
    expect((await ask('GET', '/api/compare?run=people-call')).status).toBe(422);
    expect(await get('/api/compare?one=people-call&other=people-fork')).toMatchObject({ runs: { one: 'people-call' } });
  });

  it('shows nobody what waits in the run of another tenant, or what would come of it', async () => {
    const Authorization = `Bearer ${await env.newKey({ tenant: 'other' })}`;
    for (const path of ['/waiting/-', '/edits'])
      expect((await env.ask(`/api/runs/people-call${path}`, { headers: { Authorization } })).status).toBe(404);
    const theirs = await env.ask('/api/decisions', { headers: { Authorization } });
    expect(await theirs.json()).toEqual({ decisions: [] });
  });
});
