import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const echo = {
  name: 'echo',
  when: () => true,
  answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}`, usage: { inputTokens: 1000, outputTokens: 100 } }),
};
const refused = {
  ...{ name: 'refused', when: (c: ScriptedConversation) => c.prompt.includes('Fail') },
  answer: () => ({ fault: { kind: 'http' as const, status: 400 } }),
};
const definition = (name: string, approval?: object) => ({
  ...{ name, default_profile: 'coder', tasks: [{ id: 'write', prompt: 'Write.', ...(approval && { approval }) }] },
});

interface Listed extends JsonObject {
  runs: { runId: string; labels?: Record<string, string> }[];
  next: string | null;
}

describe('lists of runs', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [refused, echo] } });
    writeProject(env.workspace);
  });
  afterAll(() => env.close());

  async function ask<Answer = JsonObject>(method: string, path: string, body?: unknown, key?: string) {
    const response = await env.ask(path, {
      method,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Answer };
  }
  const start = (id: string, name: string, more: object = {}, approval?: object) =>
    ask('POST', '/api/runs', { definition: definition(name, approval), id, ...more });
  const ended = async (id: string): Promise<void> => {
    for (;;) if ((await ask('GET', `/api/runs/${id}/result?timeoutMs=20000`)).status === 200) return;
  };
  const waits = async (id: string): Promise<void> => {
    for (;;) {
      const { json } = await ask<{ waiting: unknown[] }>('GET', `/api/waiting?run=${id}`);
      if (json.waiting?.length > 0) return;
    }
  };
  const idsOf = async (query: string) => {
    const { json } = await ask<Listed>('GET', `/api/runs?${query}`);
    return json.runs.map(({ runId }) => runId);
  };

  it('finds runs by labels, words, times and several statuses, with what a fork inherits', async () => {
    const labels = { team: 'search', 'ticket/id': 'OPS-12' };
    expect((await start('lists-a', 'lists-alpha', { labels })).status).toBe(201);
    await start('lists-b', 'lists-beta', { labels: { team: 'mail' } });
    await Promise.all(['lists-a', 'lists-b'].map(ended));
    const forked = { id: 'lists-c', set: { 'prompt.write': 'Write more.' }, labels: { kind: 'fork' } };
    await ask('POST', '/api/runs/lists-a/fork', forked);
    await ended('lists-c');
    expect((await ask('GET', '/api/runs/lists-c')).json).toMatchObject({ labels: { ...labels, kind: 'fork' } });
    expect(await idsOf('label=team%3Dsearch')).toEqual(['lists-c', 'lists-a']);
    expect(await idsOf('label=team%3Dsearch&label=kind%3Dfork')).toEqual(['lists-c']);
    expect(await idsOf('search=ops-12%20ALPHA')).toEqual(['lists-c', 'lists-a']);
    expect(await idsOf('search=team%3DSEARCH')).toEqual(['lists-c', 'lists-a']);
    expect(await idsOf('search=100%25')).toEqual([]);
    expect(await idsOf('status=succeeded&status=open&label=team%3Dmail')).toEqual(['lists-b']);
    expect(await idsOf('status=open&label=team%3Dmail')).toEqual([]);
    expect(await idsOf('until=2020-01-01T00%3A00%3A00Z')).toEqual([]);
    const page = await ask<Listed>('GET', '/api/runs?label=team%3Dsearch&limit=1');
    expect(page.json.runs[0]).toMatchObject({ runId: 'lists-c', labels: { kind: 'fork' } });
    expect(await idsOf(`label=team%3Dsearch&limit=1&cursor=${page.json.next}`)).toEqual(['lists-a']);
    const { json } = await ask('GET', '/api/run-counts?label=team%3Dsearch');
    expect(json).toEqual({ counts: { succeeded: 2 } });
  });

  it.each([
    [{ labels: { 'no space': 'x' } }, /"no space"/],
    [{ labels: { team: 'two\nlines' } }, /one line/],
    [{ labels: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) }, /at most 16/],
  ])('refuses labels that cannot be meant: %j', async (body, words) => {
    const { status, json } = await start('lists-refused', 'lists-refused', body);
    expect([status, json['detail']]).toEqual([422, expect.stringMatching(words)]);
  });

  it.each([
    'runs?since=0000-01-01T00:00:00Z',
    'runs?until=0001-01-01T00:00:00%2B09:00',
    'overview?today=0000-01-01T00:00:00Z',
  ])('says what is wrong with %s', async (path) => expect((await ask('GET', `/api/${path}`)).status).toBe(422));

  it('counts what was spent for two days at most', async () => {
    const at = new Date(Date.now() - 49 * 60 * 60_000).toISOString();
    expect(await ask('GET', `/api/overview?today=${at}`)).toMatchObject({ status: 422, json: { code: 'usage' } });
  });

  it('tells in one glance what waits, what failed and what it cost, as the lists and the runs say it', async () => {
    await start('lists-wait', 'lists-wait', {}, { at: 'before' });
    await waits('lists-wait');
    const failing = { name: 'lists-fail', default_profile: 'coder', tasks: [{ id: 'tell', prompt: 'Fail.' }] };
    await ask('POST', '/api/runs', { definition: failing, id: 'lists-fail' });
    await ended('lists-fail');
    const today = new Date(Date.now() - 60 * 60_000).toISOString();
    const { json } = await ask('GET', `/api/overview?today=${encodeURIComponent(today)}`);
    expect(json).toMatchObject({
      isEmpty: false,
      waiting: { entries: expect.arrayContaining([expect.objectContaining({ runId: 'lists-wait' })]) },
      failed: {
        runs: [{ runId: 'lists-fail', tasks: [{ id: 'tell', error: expect.any(String) as string }] }],
        count: 1,
      },
      temporal: 'answers',
      spend: { since: today },
    });
    const { queues, stuck, running } = json as unknown as {
      queues: { workers: number }[];
      stuck: { runs: { runId: string }[] };
      running: { runs: { runId: string }[] };
    };
    expect(queues[0]!.workers).toBeGreaterThan(0);
    expect([...stuck.runs, ...running.runs].map(({ runId }) => runId)).not.toContain('lists-wait');
    expect(await idsOf('status=attention')).toContain('lists-wait');
    const runs = await ask<{ runs: { costUsd: number }[] }>('GET', '/api/runs?limit=200');
    const cost = runs.json.runs.reduce((sum, { costUsd }) => sum + costUsd, 0);
    expect((json['spend'] as JsonObject)['spentUsd']).toBeCloseTo(cost, 9);
  });

  it('does the same to many runs once, and says of each what became of it', async () => {
    await start('lists-x', 'lists-bulk', {}, { at: 'before' });
    await start('lists-y', 'lists-bulk', {}, { at: 'before' });
    await Promise.all(['lists-x', 'lists-y'].map(waits));
    const body = { action: 'cancel', runs: ['lists-x', 'lists-nobody', 'lists-y'] };
    const first = await ask('POST', '/api/runs/bulk', body, 'bulk-1');
    expect(first.json).toMatchObject({
      done: 2,
      results: [
        { runId: 'lists-x', run: 'lists-x', problem: null },
        { runId: 'lists-nobody', run: null, problem: { status: 404, code: 'run-not-found' } },
        { runId: 'lists-y', run: 'lists-y', problem: null },
      ],
    });
    expect((await ask('POST', '/api/runs/bulk', body, 'bulk-1')).json).toEqual(first.json);
    await Promise.all(['lists-x', 'lists-y'].map(ended));
    expect(await idsOf('status=cancelled&workflow=lists-bulk')).toEqual(['lists-y', 'lists-x']);
    const again = { action: 'retry', runs: ['lists-x', 'lists-y'] };
    const retried = await ask<{ results: { run: string }[] }>('POST', '/api/runs/bulk', again, 'bulk-2');
    expect((await ask('POST', '/api/runs/bulk', again, 'bulk-2')).json).toEqual(retried.json);
    await Promise.all(retried.json.results.map(({ run }) => waits(run)));
    expect((await idsOf('workflow=lists-bulk')).toSorted()).toEqual(
      ['lists-x', 'lists-y', ...retried.json.results.map(({ run }) => run)].toSorted(),
    );
    const auditOf = async (run: string) =>
      (await ask<{ rows: JsonObject[] }>('GET', `/api/audit?run=${run}`)).json.rows.filter(
        ({ action }) => action === 'POST /api/runs/bulk',
      );
    expect(await auditOf('lists-y')).toMatchObject([{ result: 'ok', detail: { about: { action: 'cancel' } } }]);
    expect(await auditOf('lists-nobody')).toMatchObject([{ result: '404 run-not-found' }]);
    expect(await auditOf(retried.json.results[0]!.run)).toMatchObject([
      { result: 'ok', detail: { about: { action: 'retry', id: 'lists-x' }, started: true } },
    ]);
  });
});
