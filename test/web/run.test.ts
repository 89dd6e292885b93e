import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { patient } from '../support/base/patience.ts';
import { until } from '../support/base/until.ts';
import { startGaffer, type CliPlace, type RunningCli } from '../support/command/cli.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const answer = (c: ScriptedConversation) => ({
  text: `${c.prompt} is done, and nothing else is. `.repeat(60),
  latencyMs: c.prompt.includes('slow') ? 8000 : c.prompt.includes('long') ? 3000 : 10,
});

describe.skipIf(!hasChromium)('the page of a run', () => {
  let env: ServiceEnv;
  let worker: Awaited<ReturnType<typeof startWorker>>;
  let isWorking = true;
  let seen: Dashboard | undefined;
  let service: RunningCli | undefined;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [{ name: 'any', when: () => true, answer }] }, withWorker: false });
    worker = await startWorker(env.settings);
  });
  afterEach(async () => {
    await seen?.close();
    seen = undefined;
  });
  afterAll(async () => {
    service?.process.kill('SIGKILL');
    await closeBrowser();
    if (isWorking) await worker.stop();
    await env.close();
  });
  // Of those that are kept none is left out, so their number is that of the last one.
  const showsAllOf = async (id: string): Promise<void> => {
    let found = '';
    await until(
      () => `the page shows every event of the run; it says: ${found}`,
      async () => {
        const shown = await seen!.page
          .getByRole('group', { name: 'Filters of events' })
          .getByText(/ events$/)
          .innerText();
        const wanted = `${(await env.store.runs.find(id))!.lastSeq} events`;
        found = `${shown} instead of ${wanted}`;
        return shown === wanted;
      },
    );
  };
  const shows = (text: string | RegExp) => seen!.page.getByText(text).first().waitFor();

  it('is watched live, word for word, and whoever joins late sees everything', async () => {
    const plan = yamlPlan(
      'tasks:\n  - { id: first, prompt: A slow one, approval: { at: before } }\n  - { id: second, prompt: Two, depends_on: [first] }\n',
    );
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    const run = await env.start(plan, { runId: 'web-run-live' });
    await seen.goto('/runs/web-run-live?task=first&look=transcript');
    await page.getByRole('button', { name: 'Start the task' }).click();
    await shows('Turn 1 is being written');
    await shows(/A slow one is done/);
    expect(await page.title()).toContain('running');
    await shows('2 of 2 done');
    await page.locator('header').getByText('succeeded', { exact: true }).waitFor();
    expect(await page.title()).toContain('✓ succeeded');
    expect(await page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
    await run.result();
    await showsAllOf('web-run-live');
    await page.reload();
    await showsAllOf('web-run-live');
    expect(await seen.findBarriers()).toEqual([]);
    for (const tab of ['Messages', 'Issues', 'Shared state', 'Checkpoints', 'Undoing', 'Report', 'Result']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel', { name: tab }).locator(':scope > *').first().waitFor();
      expect([tab, await seen.findBarriers()]).toEqual([tab, []]);
    }
    await run.closed();
    await run.remove();
    await shows('This run was removed');
    expect(wrongs).toEqual([]);
  });

  it('goes on without a gap when its service is killed and started anew', async () => {
    const port = await freePort();
    service = await serve(port);
    const url = `http://127.0.0.1:${port}`;
    seen = await openDashboard({ ...env, service: { ...env.service, url } });
    const plan = yamlPlan(
      'tasks:\n  - { id: first, prompt: One }\n  - { id: second, prompt: Two, approval: { at: before }, depends_on: [first] }\n',
    );
    const run = await env.start(plan, { runId: 'web-run-killed' });
    await seen.goto('/runs/web-run-killed');
    await until('the page knows what waits', async () => (await seen!.page.title()).includes('1 waiting'));
    service.process.kill('SIGKILL');
    await service.ended;
    await shows('The service cannot be reached');
    await run.approve({ by: 'ann', role: 'owner' });
    await run.result();
    service = await serve(port);
    await shows('2 of 2 done');
    await seen.page.getByText('The service cannot be reached').waitFor({ state: 'detached' });
    await showsAllOf('web-run-killed');
    expect(await seen.page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
  });

  it('says within 20 s that nobody works on it, and what helps', async () => {
    seen = await openDashboard(env, { width: 390, isDark: true });
    const many = Array.from({ length: 12 }, (_, n) =>
      n === 0 ? '  - { id: t0, prompt: long }\n' : `  - { id: t${n}, prompt: long, depends_on: [t${n - 1}] }\n`,
    );
    await env.start(yamlPlan(`tasks:\n${many.join('')}`), { runId: 'web-run-stuck' });
    await seen.goto('/runs/web-run-stuck');
    await shows(/of 12 done/);
    isWorking = false;
    await worker.stop();
    const stoppedAt = Date.now();
    await shows('It is stuck');
    expect(Date.now() - stoppedAt).toBeLessThan(patient(20_000));
    await shows(/for a worker|no worker/);
    expect(await seen.page.title()).toContain('! stuck');
    expect(await seen.findBarriers()).toEqual([]);
    expect(await seen.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
  });

  async function serve(port: number): Promise<RunningCli> {
    const place: CliPlace = {
      cwd: env.workspace,
      env: {
        DATABASE_URL: env.settings.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        GAFFER_TASK_QUEUE: env.settings.taskQueue,
        GAFFER_HOME: join(env.workspace, '.gaffer'),
      },
    };
    const running = startGaffer(['serve', '--port', String(port), '--no-worker'], place);
    await running.says(/Ctrl-C stops it/);
    return running;
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
