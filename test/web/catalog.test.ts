import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const hostile = '<img src=x onerror=alert(1)>';
const greet = `name: Greetings
description: Says hello. ${hostile}
default_profile: coder
inputs:
  who: { type: string, description: Whom to greet, min_length: 3 }
  times: { type: integer, minimum: 2, default: 2 }
  tone: { enum: [warm, cool], default: warm }
  guests: { type: array, items: { type: string }, default: [] }
tasks:
  - { id: hello, prompt: 'Greet \${{ inputs.who }}, \${{ inputs.tone }}.' }
  - { id: again, prompt: 'Once more.', depends_on: [hello] }
`;
const broken = `default_profile: coder
tasks:
  - id: one
    prompt: One.
    depends_on: [nobody]
`;
const said = (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` });

describe.skipIf(!hasChromium)('what the dashboard knows of workflows, agents and issues', () => {
  let env: ServiceEnv;
  let seen: Dashboard;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [{ name: 'echo', when: () => true, answer: said }] } });
    writeProject(env.workspace);
    mkdirSync(join(env.workspace, 'flows'));
    writeFileSync(join(env.workspace, 'flows/greet.yaml'), greet);
    writeFileSync(join(env.workspace, 'flows/broken.yaml'), broken);
  });
  afterEach(() => seen?.close());
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });
  const clean = async (): Promise<void> => {
    expect(await seen.findBarriers()).toEqual([]);
    expect(seen.wrongs).toEqual([]);
    expect(await seen.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  };

  it('starts a workflow from its form: a wrong value is said at its field, and the same inputs start it again', async () => {
    seen = await openDashboard(env);
    const { page } = seen;
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('link', { name: 'Code Review', exact: true }).waitFor();
    await page.getByText(hostile).first().waitFor();
    await clean();
    await page.getByRole('link', { name: 'flows/greet.yaml' }).click();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('This is required.').waitFor();
    const who = page.getByRole('textbox', { name: /^who/ });
    await who.fill('A');
    await page.getByRole('alert').filter({ hasText: 'who' }).waitFor();
    expect(await who.getAttribute('aria-invalid')).toBe('true');
    await who.fill('Ann');
    await page.getByRole('textbox', { name: 'guests' }).fill('Bo\nCy');
    await page.getByRole('combobox', { name: 'tone' }).selectOption('cool');
    await page.getByRole('textbox', { name: 'Budget in USD' }).fill('0.5');
    await page.getByText('$0.5000').first().waitFor();
    await page.getByText('2 tasks').waitFor();
    await clean();
    await page.getByText('More settings').click();
    await page.getByRole('textbox', { name: 'Id of the run' }).fill('catalog-greet');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForURL('**/runs/catalog-greet');
    while ((await env.ask('/api/runs/catalog-greet/result?timeoutMs=20000')).status !== 200);
    const { inputs, limits } = (await (await env.ask('/api/runs/catalog-greet/plan')).json()) as {
      inputs: object;
      limits: object;
    };
    expect(inputs).toEqual({ who: 'Ann', times: 2, tone: 'cool', guests: ['Bo', 'Cy'] });
    expect(limits).toMatchObject({ usd: 0.5 });

    await seen.goto('/workflows/Greetings?tab=runs');
    await page.getByRole('region', { name: 'Its newest runs' }).waitFor();
    await clean();
    await page.getByRole('link', { name: 'Start again …' }).click();
    expect(await page.getByRole('textbox', { name: /^who/ }).inputValue()).toBe('Ann');
    expect(await page.getByRole('textbox', { name: 'guests' }).inputValue()).toBe('Bo\nCy');
    await page.getByRole('tab', { name: 'Plan' }).click();
    await page.getByRole('button', { name: /^hello/ }).click();
    await page.getByRole('region', { name: 'Task hello' }).getByText('Greet <who>, warm.').waitFor();
    await clean();
  });

  it('shows a broken workflow with its mistake at its line, on a phone, too', async () => {
    seen = await openDashboard(env, { width: 390, isDark: true });
    const { page } = seen;
    await seen.goto(`/workflows/${encodeURIComponent('flows/broken.yaml')}`);
    await page.getByText('1 mistake: it cannot be started like this.').waitFor();
    await page.getByRole('link', { name: 'Line 5' }).click();
    const line = page.locator('#line-5');
    expect(await line.textContent()).toContain('depends_on: [nobody]');
    expect(await line.textContent()).toContain('nobody');
    await clean();
    await page.getByRole('tab', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'See where' }).waitFor();
    expect(await page.getByRole('button', { name: 'Start', exact: true }).count()).toBe(0);
  });

  it('shows an agent with what it may do and did', async () => {
    seen = await openDashboard(env, { width: 390 });
    const { page } = seen;
    await seen.goto('/agents?q=coder');
    await page.getByRole('link', { name: 'coder', exact: true }).click();
    await page.getByRole('heading', { name: 'What it may do' }).waitFor();
    await page.getByRole('heading', { name: 'What it is told' }).waitFor();
    await page.getByRole('link', { name: 'catalog-greet' }).waitFor();
    await clean();
  });

  it('keeps both changes of an issue that somebody else changes meanwhile', async () => {
    seen = await openDashboard(env);
    const { page } = seen;
    await seen.goto('/issues');
    await page.getByRole('button', { name: 'New issue' }).click();
    const dialog = page.getByRole('dialog', { name: 'New issue' });
    await dialog.getByRole('textbox', { name: 'Title' }).fill(`The port is taken ${hostile}`);
    await dialog.getByRole('combobox', { name: 'Board' }).fill('crew');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await page.waitForURL('**/issues/crew/1');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('The port is free');
    const body = JSON.stringify({ priority: 0, labels: ['net'] });
    const headers = { 'If-Match': '*' };
    expect((await env.ask('/api/issues/crew/1', { method: 'PATCH', body, headers })).status).toBe(200);
    await page.getByText('Somebody changed this issue meanwhile.').waitFor();
    await page.getByText('Priority: normal → urgent').waitFor();
    await page.getByRole('button', { name: 'Keep both' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'The port is free' }).waitFor();
    const now = (await (await env.ask('/api/issues/crew/1')).json()) as object;
    expect(now).toMatchObject({ title: 'The port is free', priority: 0, labels: ['net'] });

    await env.store.sql.query(`update issues set status = 'blocked', block_reason = 'Which one?', updated_at = now()`);
    await page.getByRole('textbox', { name: 'Your answer' }).fill('7450');
    await page.getByRole('button', { name: 'Answer and let it go on' }).click();
    await page.getByText('answered').waitFor();
    await page.getByRole('button', { name: 'Close the issue …' }).click();
    await page.getByRole('textbox', { name: 'What came of it' }).fill('It is **free**.');
    await page.getByRole('button', { name: 'Close the issue', exact: true }).click();
    await page.getByText('closed it').waitFor();
    await clean();
    await page.getByRole('link', { name: 'Board crew' }).click();
    await page
      .getByRole('region', { name: 'closed: 1' })
      .getByRole('link', { name: /The port is free/ })
      .waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/issues/crew/1');
    await seen.goto('/issues');
    await clean();
  });
});
