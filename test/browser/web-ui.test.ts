import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { phase, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { findChromium } from '../support/base/chromium.ts';
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
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
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
    await page.goto(`${inject('temporalWebUi')}/${path}`);
    await page.getByText('User Metadata').first().click();
    // The Web UI shows Markdown in frames.
    const row = (id: string) => page.frameLocator('iframe').last().getByRole('row').filter({ hasText: id });
    await expect(row('dig').innerText()).resolves.toMatch(/Ground\s+dig\s+worker\s+succeeded\s+1/);
    await expect(row('plant').innerText()).resolves.toMatch(/Growth\s+plant\s+worker\s+succeeded\s+1/);
  });
});
