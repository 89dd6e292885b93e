import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createKey } from '../../src/client/access/keys.ts';
import { until } from '../support/base/until.ts';
import { startGaffer, type CliPlace, type RunningCli } from '../support/command/cli.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const echo = { name: 'echo', when: () => true, answer: () => ({ text: 'done' }) };
/** One seed is five kills: ten of them are the fifty that the issue asks for. */
const killsPerSeed = 5;
const startsPerKill = 4;

describe('a service that is killed by kill -9, and started again', () => {
  let env: RunEnv;
  let place: CliPlace;
  let key: string;
  let port: number;
  let current: RunningCli | undefined;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
    const cwd = env.workspace;
    place = {
      cwd,
      env: {
        DATABASE_URL: env.settings.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        GAFFER_TASK_QUEUE: env.settings.taskQueue,
        GAFFER_HOME: join(cwd, '.gaffer'),
      },
    };
    ({ key } = await createKey(env.store.keys, { name: 'client', scopes: ['run', 'approve'], roles: [] }));
    port = await freePort();
  });
  afterAll(async () => {
    current?.process.kill('SIGKILL');
    await env.close();
  });

  it.each(seedsOf(1))(
    'loses no start that it acknowledged, starts none twice, decides each once and tells each story whole (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      let service = await serve();
      const isOver = new AbortController();
      const works: Promise<Told>[] = [];
      for (let kill = 0; kill < killsPerSeed; kill += 1) {
        for (let start = 0; start < startsPerKill; start += 1) works.push(work(`kill-${seed}-${kill}-${start}`));
        await sleep(random(1500));
        service.process.kill('SIGKILL');
        await service.ended;
        service = await serve();
      }
      const told = await Promise.all(works);
      isOver.abort();
      service.process.kill('SIGTERM');
      expect((await service.ended).code).toBe(0);
      await expectOneOfEach(told, seed);
    },
    600_000,
  );

  /** What a client was told of a run of its own. */
  interface Told {
    name: string;
    runId: string;
    seqs: number[];
  }

  /** Starts a run, approves what it asks for, and follows it to its end, whatever becomes of the service meanwhile. */
  async function work(name: string): Promise<Told> {
    const definition = {
      name,
      default_profile: 'code-reviewer',
      tasks: [{ id: 'a', prompt: 'A', approval: 'before' }],
    };
    const { runId } = (await insist('/api/runs', { name, body: { definition } })) as {
      runId: string;
    };
    const told = follow(runId);
    const path = `/api/runs/${runId}`;
    await until('the approval is asked for', async () => {
      const view = (await insist(path)) as { waiting: unknown[] };
      return view.waiting.length > 0;
    });
    await insist(`${path}/approvals/-`, { name: `${name}-yes`, body: { decision: 'approve' } });
    return { name, runId, seqs: await told };
  }

  /** Asks until there is an answer: a connection that broke may have been heard or not. */
  async function insist(path: string, post?: { name: string; body: unknown }): Promise<unknown> {
    for (;;) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          headers: {
            Authorization: `Bearer ${key}`,
            ...(post && { 'Content-Type': 'application/json', 'Idempotency-Key': post.name }),
          },
          ...(post && { method: 'POST', body: JSON.stringify(post.body) }),
        });
        const answer = (await response.json()) as unknown;
        if (response.ok) return answer;
        // 409: the one before it is still at work; 429 and 503: later.
        if (![409, 429, 503].includes(response.status)) throw new Refused(`${path}: ${JSON.stringify(answer)}`);
      } catch (error) {
        if (error instanceof Refused) throw error;
      }
      await sleep(50);
    }
  }

  /** The numbers of a run's events as a reader gets them that comes again where it was. */
  async function follow(runId: string): Promise<number[]> {
    const seqs: number[] = [];
    for (let isDone = false; !isDone;) {
      try {
        const headers = { Authorization: `Bearer ${key}`, 'Last-Event-ID': String(seqs.at(-1) ?? 0) };
        const response = await fetch(`http://127.0.0.1:${port}/api/runs/${runId}/events`, { headers });
        if (response.status === 204) return seqs;
        let text = '';
        for await (const chunk of response.body!) {
          text += Buffer.from(chunk).toString();
          const blocks = text.split('\n\n');
          text = blocks.pop()!;
          for (const block of blocks) {
            const id = /^id: (\d+)$/m.exec(block);
            if (id) seqs.push(Number(id[1]));
            isDone ||= /"type":"workflow:(results|error)"/.test(block);
          }
        }
      } catch {
        // It was killed: the next one goes on where this one was.
      }
      if (!isDone) await sleep(50);
    }
    return seqs;
  }

  async function expectOneOfEach(told: readonly Told[], seed: number): Promise<void> {
    const { rows } = await env.store.sql.query<{
      runId: string;
      workflow: string;
      status: string;
      decided: number;
      last: number;
    }>(
      `select run_id as "runId", workflow, status, last_seq as last,
         (select count(*)::int from events e where e.run_no = r.no and data ->> 'type' = 'approval:decided') as decided
       from runs r where workflow like $1`,
      [`kill-${seed}-%`],
    );
    expect(rows.map(({ runId, workflow }) => `${workflow} ${runId}`).toSorted()).toEqual(
      told.map(({ name, runId }) => `${name} ${runId}`).toSorted(),
    );
    for (const { runId, status, decided, last } of rows) {
      expect({ runId, status, decided }).toEqual({ runId, status: 'succeeded', decided: 1 });
      const { seqs } = told.find((each) => each.runId === runId)!;
      expect(seqs, runId).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    }
  }

  async function serve(): Promise<RunningCli> {
    const running = startGaffer(['serve', '--port', String(port), '--no-worker'], place);
    current = running;
    await running.says(/Ctrl-C stops it/);
    return running;
  }
});

class Refused extends Error {}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
