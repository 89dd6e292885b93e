import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

describe.skipIf(!hasChromium)('the dashboard', () => {
  let env: ServiceEnv;
  let seen: Dashboard | undefined;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [] } });
  });
  afterEach(async () => {
    await seen?.close();
    seen = undefined;
  });
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });

  it('opens by its link for one browser, keeps it signed in, and asks nobody else for anything', async () => {
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    expect(page.url()).not.toContain('code=');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    const stranger = await page.context().browser()!.newPage();
    await stranger.goto(`${env.service.url}/runs`);
    await stranger.getByText('gaffer dashboard', { exact: true }).waitFor();
    await stranger.close();
    expect(wrongs).toEqual([]);
  });

  it('is gone through by keys: what they do, where to go', async () => {
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('To Home').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: 'Page, command or run' });
    await box.fill('home');
    await page.keyboard.press('Enter');
    await box.waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe('/');
    expect(wrongs).toEqual([]);
  });

  it.each([
    { width: 1440, isDark: false },
    { width: 390, isDark: true },
  ])('has no barrier at $width px', async (look) => {
    seen = await openDashboard(env, look);
    await seen.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    expect(await seen.findBarriers()).toEqual([]);
    const isWider = await seen.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(isWider).toBe(false);
  });
});
