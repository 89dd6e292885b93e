import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { plan, task } from '../support/plan/builders.ts';
import { closeBrowser, hasChromium, openDashboard } from '../support/web/open-dashboard.ts';

/** Every page that a test of its own does not look at in both widths. */
const paths = [
  ...['/', '/runs', '/runs?status=ended', '/approvals', '/compare?run=pages-one&run=pages-two', '/workflows'],
  ...['/workflows/code-review', '/agents', '/agents/code-reviewer', '/issues', '/schedules', '/workers', '/usage'],
  ...['/access', '/access?tab=audit', '/access?tab=webhooks', '/nowhere'],
];

describe.skipIf(!hasChromium)('every page of the dashboard', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({
      script: { rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] },
    });
    for (const runId of ['pages-one', 'pages-two']) await env.run(plan({ tasks: [task({ id: 'only' })] }), { runId });
  });
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });

  it.each([
    { width: 1440, isDark: false },
    { width: 390, isDark: true },
  ])('has no barrier, no error and nothing beside it at $width px', async (look) => {
    const { page, goto, wrongs, findBarriers, close } = await openDashboard(env, look);
    const found: string[] = [];
    for (const path of paths) {
      await goto(path);
      await page.locator('#main :is(h1, h2, p)').first().waitFor();
      await page.waitForFunction(() => !/Loading|Reading|Drawing/.test(document.getElementById('main')!.innerText));
      found.push(...(await findBarriers()).map((barrier) => `${path}: ${barrier}`));
      const beside = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beside > 0) found.push(`${path}: ${beside} px wider than the window`);
    }
    expect(found).toEqual([]);
    expect(wrongs).toEqual([]);
    await close();
  });
});
