import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Plan, PlanTask } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { stopGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { until } from '../support/base/until.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { gitAt, newProject } from '../support/worktrees/project.ts';
import { sandbox } from '../support/tools/sandbox.ts';

/**
 * Notes each start in its files and in its home, keeps what it was told, asks the model `calls` times with its first argument, fails where the
 * answer says so, and stands still while a file says so.
 */
const program = (calls: number): string => `#!/usr/bin/env node
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const here = new URL('.', import.meta.url).pathname;
const starts = (file) => { appendFileSync(file, 'x\\n'); return readFileSync(file, 'utf8').length / 2; };
const remembered = starts(process.env.HOME + '/memory');
const made = starts('log.txt');
const [says, told] = process.argv.slice(2);
writeFileSync('told-' + made + '.txt', told);
const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key, GAFFER_MODEL: model } = process.env;
for (let call = 1; call <= ${calls}; call++) {
  const answer = await fetch(url + '/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key },
    body: JSON.stringify({ model, max_tokens: 1000, messages: [{ role: 'user', content: 'call ' + call + ': ' + says }] }),
  });
  const text = await answer.text();
  if (says === 'careless') process.exit(0);
  if (says === 'leaky') console.error('my key: ' + key);
  if (!answer.ok || text.includes('FAIL')) {
    if (says !== 'leaky') console.error(answer.status + ': ' + text);
    process.exit(3);
  }
}
const hold = here + 'hold-' + made;
if (existsSync(hold)) {
  writeFileSync('held.txt', 'it stands still');
  while (existsSync(hold)) await new Promise((resolve) => setTimeout(resolve, 50));
  rmSync('held.txt');
}
console.log(says === 'leaky' ? 'my key: ' + key : 'made ' + made + ', remembered ' + remembered);
`;

describe.skipIf(sandbox.sandbox !== 'bubblewrap')('a task of a program of others', () => {
  let env: RunEnv;
  let worker: WorkerProcess | null = null;
  const before = { state: process.env['XDG_STATE_HOME'], home: process.env['GAFFER_TEST_GATEWAY_HOME'], asked: 0 };
  const own = (name: 'XDG_STATE_HOME' | 'GAFFER_TEST_GATEWAY_HOME', value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
    const top = join(env.workspace, '.own');
    mkdirSync(top);
    own('XDG_STATE_HOME', join(top, 'state'));
    own('GAFFER_TEST_GATEWAY_HOME', join(top, 'home'));
    mkdirSync(join(top, 'home', 'logs'), { recursive: true });
    worker = await spawnWorker(env.settings);
  });
  beforeEach(() => void (before.asked = answered()));
  afterAll(async () => {
    await worker?.stop();
    await stopGateways({ path: process.env['GAFFER_TEST_GATEWAY_HOME']! });
    await env.close();
    own('XDG_STATE_HOME', before.state);
    own('GAFFER_TEST_GATEWAY_HOME', before.home);
  });

  /** The model's answers, one after the other; the last one again and again. Each uses 1,000 tokens: $0.005. */
  const answers = (...texts: string[]): void => {
    let asked = 0;
    const answer = () => ({ text: texts[Math.min(asked++, texts.length - 1)]!, usage: { outputTokens: 1000 } });
    env.model.setScript({ rules: [{ name: 'answers', when: () => true, answer }] });
  };
  const answered = (): number => env.model.requests.filter(({ outcome }) => outcome === 'answered').length;
  /** How often the model was asked since the test began. */
  const asks = (): number => answered() - before.asked;
  /** A program in a folder of its own, and a plan in which it works on a project. */
  const stage = (
    calls: number,
    says: string,
    { of = {}, ...more }: Partial<Plan> & { of?: Partial<PlanTask> } = {},
  ) => {
    // What is installed as a package finds what lies beside it; any other program itself alone.
    const folder = join(tempFolder(), 'node_modules');
    mkdirSync(folder);
    const file = join(folder, 'agent.mjs');
    writeFileSync(file, program(calls));
    chmodSync(file, 0o755);
    const project = newProject();
    const whole = plan({
      workspace: project,
      agents: { worker: agent({ runner: { kind: 'command', command: [file, says, '{prompt}'] } }) },
      tasks: [task(of)],
      ...more,
    });
    const hold = (start: number): string => {
      const held = join(folder, `hold-${start}`);
      writeFileSync(held, '');
      return held;
    };
    return { hold, project, plan: whole };
  };
  const stands = (runId: string) =>
    until('it stands still', async () => existsSync(join(await worktree(runId), 'held.txt')));
  const worktree = async (runId: string): Promise<string> => {
    const { rows } = await env.store.sql.query<{ workspace: string }>(
      'select w.workspace from worktrees w join runs r on r.no = w.run_no where r.run_id = $1',
      [runId],
    );
    return rows[0]?.workspace ?? '/nowhere';
  };

  // As children in CI, inline too in trials.
  const ways = seedsOf(1).map((seed) => ({ tasks: seed % 2 === 1 ? ('child' as const) : ('inline' as const), seed }));
  describe.each(ways)('in a run whose tasks are $tasks ($seed)', ({ tasks, seed }) => {
    const limits = { ...planDefaults.limits, tasks };

    it('waits for a higher limit that the gateway held it to, goes on, and nothing is paid twice', async () => {
      answers('yes');
      const limited = { ...limits, usd: 0.008, onExceeded: 'pause' as const };
      const run = await env.start(stage(2, 'the same', { limits: limited }).plan, { runId: `foreign-limit-${seed}` });
      const waits = async () => (await env.story(run.id)).some(({ type }) => type === 'task:waiting');
      await until('it waits', waits);
      expect(asks()).toBe(1);
      await run.setLimits({ usd: 1, by: 'ann' });
      const result = await run.result();
      expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'made 2, remembered 2' });
      expect(asks()).toBe(2);
      expect(result.summary.costUsd).toBeCloseTo(0.01, 3);
    });

    it('ends where it stands when its run is paused, does all of it again for nothing, and hears then what was sent to it', async () => {
      answers('yes');
      const { hold, project, plan: of } = stage(1, 'the same', { limits });
      const held = hold(1);
      const run = await env.start(of, { runId: `foreign-pause-${seed}` });
      await stands(run.id);
      await run.send({ to: 'one', text: 'Mind the gap.', from: 'ann' });
      await run.pause({ by: 'ann' });
      await until('it is paused', async () =>
        (await env.story(run.id)).some((event) => event.type === 'run:paused' && event.state === 'paused'),
      );
      rmSync(held);
      await run.resume({ by: 'ann' });
      expect((await run.result()).tasks['one']).toMatchObject({
        status: 'succeeded',
        output: 'made 2, remembered 2',
      });
      expect(asks()).toBe(1);
      expect(gitAt(project, 'show', `gaffer/${run.id}/one:told-2.txt`)).toContain('Mind the gap.');
      expect((await env.story(run.id)).filter(({ type }) => type === 'message:delivered')).toHaveLength(1);
    });

    it('is put off where its provider asks to be left alone for long, and goes on as soon as somebody says so', async () => {
      const closed = { fault: { kind: 'http', status: 429, retryAfter: 3600 } } as const;
      let asked = 0;
      const answer = () => (++asked === 2 ? closed : { text: 'yes', usage: { outputTokens: 1000 } });
      env.model.setScript({ rules: [{ name: 'answers', when: () => true, answer }] });
      const run = await env.start(stage(2, 'later', { limits }).plan, { runId: `foreign-later-${seed}` });
      const waiting = async () => (await env.story(run.id)).find(({ type }) => type === 'task:waiting');
      await until('it waits', async () => (await waiting()) !== undefined);
      expect(await waiting()).toMatchObject({ cause: 'provider' });
      await run.resume({ by: 'ann' });
      const result = await run.result();
      expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'made 2, remembered 2' });
      expect(asks()).toBe(2);
      expect(result.summary.costUsd).toBeCloseTo(0.01, 3);
    });

    it('is not believed where it ends well although its limit kept a call from it', async () => {
      answers('yes');
      const limited = { ...limits, usd: 0.0001 };
      const { plan: of } = stage(1, 'careless', { limits: limited });
      const result = await env.run(of, { runId: `foreign-careless-${seed}` });
      expect(result.tasks['one']).toMatchObject({ status: 'failed' });
      expect(result.tasks['one']!.error).toMatch(/limit|budget/);
      expect(asks()).toBe(0);
    });

    it('has its token nowhere in what is kept of it', async () => {
      answers('yes', 'FAIL');
      const result = await env.run(stage(1, 'leaky', { limits }).plan, { runId: `foreign-leaky-${seed}` });
      expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'my key: [token]' });
      const failed = await env.run(stage(1, 'leaky', { limits }).plan, { runId: `foreign-leaky-failed-${seed}` });
      expect(failed.tasks['one']!.error).toMatch(/exit code 3: my key: \[token\]/);
      const ends = (await env.story(failed.runId)).filter(({ type }) => type === 'task:complete');
      expect(ends).toMatchObject([{ taskId: 'one', success: false }]);
      for (const { id } of [result, failed].map(({ runId }) => ({ id: runId }))) {
        const told = await env.store.sql.query<{ text: string }>(
          `select m.content::text as text from messages m join runs r on r.no = m.run_no where r.run_id = $1`,
          [id],
        );
        const kept = JSON.stringify([told.rows, await env.story(id)]);
        expect(kept).toContain('[token]');
        expect(kept).not.toMatch(/gaffer-[\w-]{43}/);
      }
    });

    it('begins a retry with the files and the home of a first attempt', async () => {
      answers('FAIL', 'yes');
      const retry = { ...planDefaults.retry, maxAttempts: 2, backoffMs: 1 };
      const { plan: of } = stage(1, 'the same', { limits, of: { retry } });
      const result = await env.run(of, { runId: `foreign-retry-${seed}` });
      expect(result.tasks['one']).toMatchObject({ status: 'succeeded', attempts: 2, output: 'made 1, remembered 1' });
      expect(asks()).toBe(2);
    });
  });
});
