import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { toBigRun } from '../support/web/big-run.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const gated = {
  ...{ name: 'gated', default_profile: 'worker' },
  tasks: [
    { id: 'write', prompt: 'Write.' },
    { id: 'ship', prompt: 'Ship.', depends_on: ['write'], approval: { at: 'before' } },
    { id: 'tell', prompt: 'Tell.', depends_on: ['ship'] },
  ],
};

describe.skipIf(!hasChromium)('the picture of a run', () => {
  let env: ServiceEnv;
  let seen: Dashboard | undefined;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [echo] } });
  });
  afterEach(async () => {
    await seen?.close();
    seen = undefined;
  });
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });

  /** Starts a run that waits. */
  async function waiting(id: string): Promise<{ runKey: string }> {
    const run = await env.client.start({ definition: gated, id });
    for await (const event of run.events()) if (event.type === 'approval:requested') break;
    return run;
  }

  it('is gone through by keys, says what waits, and lives on as somebody decides', async () => {
    await waiting('graph-small');
    seen = await openDashboard(env);
    const { page, goto, wrongs, findBarriers } = seen;
    await goto('/runs/graph-small');
    const graph = page.getByRole('listbox', { name: 'Tasks in the graph' });
    await graph.getByRole('option', { name: /^ship, waiting/ }).waitFor();
    await page.getByRole('button', { name: 'Next of 1 waiting' }).click();
    await page.waitForURL(/task=ship/);
    await graph.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/task=write/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/task=tell/);
    expect(await graph.getByRole('option', { selected: true }).textContent()).toMatch(/^tell, pending, after ship/);
    expect(await findBarriers()).toEqual([]);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText(/^ship waits for an approval/).waitFor();
    const lines = page.getByRole('listbox', { name: 'Tasks by time' });
    await lines.getByRole('option', { name: /^ship, waiting, waited .* for an approval/ }).waitFor();
    expect(await findBarriers()).toEqual([]);
    await (await env.client.find('graph-small')).approve({ by: 'ann' });
    await lines.getByRole('option', { name: /^tell, succeeded, worked/ }).waitFor();
    await page.getByRole('tab', { name: 'Graph' }).click();
    await graph.getByRole('option', { name: /^tell, succeeded/ }).waitFor();
    expect(wrongs).toEqual([]);
  });

  it('of 5,000 tasks leads to each that failed in two clicks, finds any by its name, and folds the hours in which nobody worked', async () => {
    const { runKey } = await waiting('graph-big');
    const big = await toBigRun(env.store, runKey);
    seen = await openDashboard(env);
    const { page, goto, wrongs, findBarriers } = seen;
    await goto('/runs/graph-big');
    const failed = page.getByRole('button', { name: 'Next of 5 failed' });
    await failed.click();
    await page.waitForURL(/task=/);
    const first = new URL(page.url()).searchParams.get('task')!;
    await failed.click();
    await page.waitForURL((url) => url.searchParams.get('task') !== first);
    const graph = page.getByRole('listbox', { name: 'Tasks in the graph' });
    const chosen = graph.getByRole('option', { selected: true });
    expect(await chosen.textContent()).toMatch(/failed: the page could not be read, after/);
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Find a task' }).fill('judge-3500');
    await page.keyboard.press('Enter');
    await page.waitForURL(/task=judge-3500/);
    expect(await findBarriers()).toEqual([]);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText(/^6:\d\d:\d\d nobody worked/).waitFor();
    await page.getByRole('button', { name: 'Failed 5' }).click();
    const lines = page.getByRole('listbox', { name: 'Tasks by time' });
    await lines
      .getByRole('option', { name: /failed, worked/ })
      .first()
      .waitFor();
    expect(await lines.getByRole('option').count()).toBe(5);
    await big.tell(20);
    expect(await findBarriers()).toEqual([]);
    expect(wrongs).toEqual([]);
  });
});
