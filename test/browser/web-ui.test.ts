import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findStack } from '../../src/dev/stack.ts';
import { runPage, runsPage } from '../../src/client/connection/web-pages.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { phase, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { findChromium } from '../support/base/chromium.ts';
import { until } from '../support/base/until.ts';
import { patient } from '../support/base/patience.ts';

const executablePath = findChromium();
const note = executablePath ? '' : ' (not looked at: there is no Chromium here, `apt install chromium` brings it)';

describe.skipIf(!executablePath)(`the page of a run in Temporal’s Web UI${note}`, () => {
  let env: RunEnv;
  let browser: Browser;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] },
    });
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--host-resolver-rules=MAP evil.example 127.0.0.1'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await env?.close();
  });

  it('shows a table of its tasks, with what each has done', async () => {
    const tasks = [task({ id: 'dig', phase: 0 }), task({ id: 'plant', phase: 1 })];
    const run = await env.start(plan({ phases: [phase('Ground'), phase('Growth')], tasks }));
    await run.result();
    const page = await browser.newPage();
    page.setDefaultTimeout(patient(20_000));
    const stored = await env.store.runs.find(run.id);
    const path = `namespaces/default/workflows/${run.id}/${stored!.temporalRunId}`;
    const stack = await findStack({ path: inject('serversHome') }, {});
    await page.goto(stack!.temporal.webUi!(path));
    await page.getByText('User Metadata').first().click();
    // The Web UI shows Markdown in frames.
    const row = (id: string) => page.frameLocator('iframe').last().getByRole('row').filter({ hasText: id });
    await expect(row('dig').innerText()).resolves.toMatch(/Ground\s+dig\s+worker\s+succeeded\s+1/);
    // What it cost, how it ended: the page says so in its title, after its end, too.
    await expect(page.frameLocator('iframe').last().getByRole('heading').innerText()).resolves.toMatch(
      /^succeeded: 2 of 2 tasks succeeded · .* tokens · \$0\.\d{4}$/,
    );
    await expect(row('plant').innerText()).resolves.toMatch(/Growth\s+plant\s+worker\s+succeeded\s+1/);
    // Without a worker, too.
    await page.getByText('Memo', { exact: true }).first().click();
    await page.getByText('Ground · worker · succeeded · 1 turn').first().waitFor();
    // Its own page begins with what happened to its tasks, and a task's page says what it is about.
    const { temporalRunId } = stored!;
    await page.goto(stack!.temporal.webUi!(runPage({ namespace: 'default', runId: run.id, temporalRunId })));
    await page.getByText('dig · worker · Ground').first().waitFor();
    expect(await page.getByText('recordProgress').count()).toBe(0);
    await page.goto(stack!.temporal.webUi!(`namespaces/default/workflows/${encodeURIComponent(`${run.id}/dig`)}`));
    await page.getByText('User Metadata').first().click();
    await page.frameLocator('iframe').nth(1).getByText('Do dig.').waitFor();
  });

  it('says of a run that waits what for, with the command that answers it, and lists runs without their tasks', async () => {
    const approval = { ...planDefaults.approval, at: 'before' as const, when: null, by: [] };
    const run = await env.start(plan({ tasks: [task({ id: 'ship', approval })] }));
    await until('it waits', async () => (await run.waiting()).length > 0);
    const page = await browser.newPage();
    page.setDefaultTimeout(patient(20_000));
    const stack = await findStack({ path: inject('serversHome') }, {});
    await page.goto(stack!.temporal.webUi!(runsPage('default')));
    await page.getByText(run.id, { exact: true }).first().click();
    await page.getByText('User Metadata').first().click();
    const details = page.frameLocator('iframe').last();
    await expect(details.getByRole('listitem').innerText()).resolves.toMatch(
      new RegExp(`ship waits: start of task ship → gaffer approve ${run.id}`),
    );
    await run.approve({ by: 'ann' });
    await run.result();
  });

  it('opens by its link for one browser, and for no page of others', async () => {
    const stack = await findStack({ path: inject('serversHome') }, {});
    const link = stack!.temporal.webUi!('namespaces/default/workflows');
    const [ours, theirs] = await Promise.all([browser.newContext(), browser.newContext()]);
    const page = await ours.newPage();
    page.setDefaultTimeout(patient(20_000));
    await page.goto(link);
    const isThere = () => document.title.startsWith('Workflows');
    await page.waitForFunction(isThere);
    expect(page.url()).not.toContain('gaffer=');
    await page.reload();
    await page.waitForFunction(isThere);
    const stranger = await theirs.newPage();
    expect((await stranger.goto(link))!.status()).toBe(401);

    // The same browser on a page of somebody else's: by another port, and by a name that is made to lead here.
    const host = createServer((_request, response) => response.end('<p>hello</p>'));
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const foreign = await ours.newPage();
    const statuses: number[] = [];
    foreign.on('response', (response) => {
      if (response.url().includes('/api/v1/')) statuses.push(response.status());
    });
    const { origin } = new URL(link);
    await foreign.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}`);
    await foreign.evaluate(async (address) => {
      const options = { mode: 'no-cors', credentials: 'include' } as const;
      await fetch(`${address}/api/v1/namespaces`, options).catch(() => undefined);
      await fetch(`${address}/api/v1/namespaces`, { ...options, method: 'POST', body: '{}' }).catch(() => undefined);
    }, origin);
    host.close();
    await foreign.goto(`${origin.replace('127.0.0.1', 'evil.example')}/api/v1/namespaces`);
    expect(statuses).toEqual([403, 403, 403]);
  });
});
