import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Scope } from '../../../src/domain/access/scope.ts';
import { openingLink } from '../../../src/server/security/opening-link.ts';
import { findChromium } from '../base/chromium.ts';
import { patient } from '../base/patience.ts';
import type { ServiceEnv } from '../server/service-env.ts';

/** Where there is no Chromium, tests of pages are skipped, which shows. */
export const hasChromium = findChromium() !== undefined;

/** How a page is looked at. */
export interface LookOptions {
  /** Pixels; default: 1440. */
  width?: number;
  isDark?: boolean;
  /** Left out: everything. */
  scopes?: readonly Scope[];
  roles?: readonly string[];
}

/** The dashboard in a browser, signed in. */
export interface Dashboard {
  page: Page;
  context: BrowserContext;
  /** Goes to a path of the dashboard, as a link in it does not. */
  goto: (path: string) => Promise<void>;
  /** What went wrong since it was opened and no page may do: errors of its program, what its policy forbade, calls to other origins, dialogs. */
  wrongs: readonly string[];
  /** What axe-core finds that is serious or critical, in words. */
  findBarriers: () => Promise<string[]>;
  close: () => Promise<void>;
}

const require = createRequire(import.meta.url);
let browser: Promise<Browser> | undefined;

/** Opens the dashboard of a service in real Chromium, by a link as `gaffer dashboard` prints it. */
export async function openDashboard(env: ServiceEnv, options: LookOptions = {}): Promise<Dashboard> {
  const { width = 1440, isDark = false, scopes = ['admin'], roles = ['owner'] } = options;
  browser ??= chromium.launch({ executablePath: findChromium()!, args: ['--no-sandbox'] });
  const context = await (
    await browser
  ).newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: isDark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patient(20_000));
  const wrongs = watch(page, new URL(env.service.url).origin);
  await page.goto(await openingLink(env.store.keys, { url: env.service.url, name: 'ann', scopes, roles }));
  await page.locator('#main').waitFor();
  return {
    ...{ page, context, wrongs },
    goto: async (path) => void (await page.goto(`${env.service.url}${path}`)),
    findBarriers: () => findBarriers(page),
    close: () => context.close(),
  };
}

/** Ends the browser of this file's tests. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

function watch(page: Page, origin: string): readonly string[] {
  const wrongs: string[] = [];
  page.on('pageerror', (error) => wrongs.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    const text = message.text();
    // A refused call is shown by the page; the browser's own line about it is none of the page's errors.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) wrongs.push(`console: ${text}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:blob|data):/.test(url)) wrongs.push(`call to another origin: ${url}`);
  });
  return wrongs;
}

async function findBarriers(page: Page): Promise<string[]> {
  // By the protocol: the page's policy forbids scripts that it did not bring.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    interface Violation {
      id: string;
      impact: string;
      help: string;
      nodes: { target: string[]; failureSummary: string }[];
    }
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}
