import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patient } from '../support/base/patience.ts';
import { xssStrings } from '../fixtures/xss/strings.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';
import { startXssRun, xssRules, xssRun } from '../support/web/xss-run.ts';

const run = `/runs/${xssRun.id}`;
const look = (task: string, what: string): string => `${run}?task=${task}&look=${what}`;
const unfold = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    for (const each of document.querySelectorAll<HTMLDetailsElement>('main details')) each.open = true;
  });
};

/** Where texts of others are shown. A page that shows them gets a row here. `does`: what brings them into sight. */
const sinks: readonly { name: string; path: string; does?: (page: Page) => Promise<void>; shows?: string }[] = [
  { name: 'home', path: '/' },
  { name: 'the tasks of a run', path: run },
  ...['fails', 'asks', 'gated'].map((task) => ({
    name: `why: ${task}`,
    path: look(task, 'why'),
    shows: xssRun.word,
  })),
  ...['gives', 'gated'].map((task) => ({
    name: `input and output: ${task}`,
    path: look(task, 'io'),
    does: unfold,
    shows: xssRun.word,
  })),
  ...['events', 'messages', 'checkpoints', 'saga', 'result'].map((tab) => ({
    name: `a run's ${tab}`,
    path: `${run}?tab=${tab}`,
  })),
  ...['issues', 'state', 'report'].map((tab) => ({
    name: `a run's ${tab}`,
    path: `${run}?tab=${tab}`,
    does: unfold,
    shows: xssRun.word,
  })),
  { name: 'approvals, the literal call', path: '/approvals', does: unfold, shows: xssRun.word },
  { name: 'two runs beside each other', path: `/compare?run=${xssRun.id}&run=${xssRun.id}`, does: unfold },
  { name: 'the board', path: '/issues' },
  { name: 'an issue', path: `/issues/${xssRun.id}/1`, shows: xssRun.word },
  { name: 'agents', path: '/agents' },
  { name: 'an agent', path: '/agents/liar', does: unfold, shows: xssRun.word },
  { name: 'workflows', path: '/workflows' },
  { name: 'usage', path: '/usage' },
  { name: 'the audit', path: '/access' },
  {
    name: 'a transcript: said, thought, arguments, results',
    path: look('says', 'transcript'),
    does: unfold,
    shows: xssRun.word,
  },
  { name: 'a transcript: files and commands', path: look('writes', 'transcript'), does: unfold, shows: xssRun.word },
  { name: 'a transcript: an object', path: look('gives', 'transcript'), does: unfold, shows: xssRun.word },
  { name: 'files', path: look('writes', 'files'), does: unfold, shows: xssRun.word },
  { name: 'retries', path: look('says', 'retries') },
  { name: 'raw events', path: look('says', 'events'), does: unfold, shows: xssRun.word },
];

describe.skipIf(!hasChromium)('texts that mean harm', () => {
  let env: ServiceEnv;
  let seen: Dashboard;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: xssRules } });
    await startXssRun(env);
    seen = await openDashboard(env);
    await seen.context.addInitScript(() => {
      const hits: string[] = [];
      Object.assign(globalThis, { hits, xss: (which: number) => hits.push(`ran ${which}`) });
      addEventListener('securitypolicyviolation', (event) =>
        hits.push(`forbidden: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
  });
  afterAll(async () => {
    await seen?.close();
    await closeBrowser();
    await env?.close();
  });

  it('are sixty of our own', () => {
    expect(xssStrings).toHaveLength(60);
    expect(new Set(xssStrings).size).toBe(60);
  });

  it.each(sinks)('are shown and not obeyed: $name', async ({ path, does, shows }) => {
    const { page, wrongs } = seen;
    const before = wrongs.length;
    await seen.goto(path);
    await page.locator('main').waitFor();
    const shown = page.locator(path.includes('look=') ? '#task-look' : 'main');
    if (shows !== undefined) {
      const isShown = async (): Promise<number> => {
        await does?.(page);
        return shown.getByText(shows).filter({ visible: true }).count();
      };
      await expect.poll(isShown, { timeout: patient(20_000) }).toBeGreaterThan(0);
    }
    const loading = page.locator('main [role=status]', { hasText: /^[\w ]+ …$/ });
    await expect.poll(() => loading.count(), { timeout: patient(20_000) }).toBe(0);
    await does?.(page);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    const found = await page.evaluate(() => ({
      hits: (globalThis as unknown as { hits: string[] }).hits,
      foreign: [
        ...document.querySelectorAll(
          'main :is(script, iframe, object, embed, form[action], base, meta, link, style, img:not([src="/icon.svg"]), video, audio, math, foreignObject, use, animate)',
        ),
      ].map(({ outerHTML }) => outerHTML.slice(0, 200)),
      handlers: [...document.querySelectorAll('main *')].flatMap((each) =>
        each.getAttributeNames().filter((name) => name.startsWith('on') || name === 'srcdoc'),
      ),
      links: [...document.querySelectorAll<HTMLAnchorElement>('main a[href]')].map(({ href, rel, target, origin }) => ({
        href,
        isOurs: origin === location.origin && href.startsWith('http'),
        isMarked: target === '_blank' && rel.includes('noreferrer'),
        isPlain: /^https?:\/\/(?:evil\.example\/\d|www\.w3\.org\/)/.test(href),
      })),
      isAdmin: ({} as { isAdmin?: boolean }).isAdmin,
    }));
    expect(found).toMatchObject({ hits: [], foreign: [], handlers: [] });
    expect(found.isAdmin).toBeUndefined();
    expect(found.links.filter(({ isOurs, isMarked, isPlain }) => !isOurs && !(isMarked && isPlain))).toEqual([]);
    expect(wrongs.slice(before)).toEqual([]);
    const { pathname, search } = new URL(page.url());
    expect(pathname + search).toBe(path);
  });
});
