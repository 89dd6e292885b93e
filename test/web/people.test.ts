import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { steps, type ScriptedConversation } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const write = { action: 'write', path: 'src/port.txt', content: 'one\nTWO\n' };
const rules = [
  steps('writer', ({ prompt }) => prompt.startsWith('Set the port'), [
    { text: 'I set it to TWO.', tools: [{ name: 'filesystem', input: write }] },
    { text: 'done' },
  ]),
  steps('asker', ({ prompt }) => prompt.startsWith('Choose a colour'), [
    { tools: [{ name: 'report_blocker', input: { what: 'Which colour?\u202E', needs: 'a colour' } }] },
    { text: 'chosen' },
  ]),
  { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) },
];
const coder = '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [filesystem, report_blocker]\n---\nYou code.\n';
const common = { default_profile: 'coder' };
const asking = {
  ...{ name: 'asking', ...common },
  policy: [{ tool: 'filesystem', match: 'write *', action: 'ask', by: ['owner'] }],
  tasks: [
    { id: 'set', prompt: 'Set the port.' },
    { id: 'tell', prompt: 'Tell them.', depends_on: ['set'] },
  ],
};
const gated = (name: string, prompt = 'Publish it.') => ({
  ...{ name, ...common },
  tasks: [{ id: 'publish', prompt, approval: { at: 'before', by: ['owner'] } }],
});

describe.skipIf(!hasChromium)('what people decide on the page', () => {
  let env: ServiceEnv;
  let seen: Dashboard | undefined;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    writeProject(env.workspace, { 'agents/coder.md': coder });
    mkdirSync(join(env.workspace, 'src'), { recursive: true });
    writeFileSync(join(env.workspace, 'src/port.txt'), 'one\ntwo\n');
  });
  afterEach(async () => {
    await seen?.close();
    seen = undefined;
  });
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });

  const ask = async (method: string, path: string, body?: object): Promise<{ status: number; json: JsonObject }> => {
    const response = await env.ask(path, { method, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, json: (await response.json()) as JsonObject };
  };
  const start = async (id: string, definition: object): Promise<void> => {
    expect(await ask('POST', '/api/runs', { id, definition })).toMatchObject({ status: 201 });
  };
  const ended = async (id: string): Promise<void> => {
    for (;;) if ((await ask('GET', `/api/runs/${id}/result?timeoutMs=20000`)).status === 200) return;
  };
  const cardOf = (run: string): Locator =>
    seen!.page.getByRole('region', { name: `Run ${run}` }).locator('article[data-waiting*="/"]');

  it('an inbox has all that waits: it is changed and approved, answered, rejected, and says what was decided elsewhere', async () => {
    await start('inbox-call', asking);
    await start('inbox-blocked', { name: 'blocked', ...common, tasks: [{ id: 'paint', prompt: 'Choose a colour.' }] });
    await start('inbox-no', gated('refused'));
    await start('inbox-elsewhere', gated('elsewhere'));
    seen = await openDashboard(env, { roles: ['owner'] });
    const { page, wrongs } = seen;
    await seen.goto('/approvals');

    const call = cardOf('inbox-call');
    await call.getByText('I set it to TWO.').or(call.getByText('TWO')).first().waitFor({ state: 'attached' });
    await call.focus();
    await page.keyboard.press('a');
    const yes = call.getByRole('button', { name: 'Let it write' });
    expect(await yes.evaluate((button) => button === document.activeElement)).toBe(true);
    expect((await ask('GET', '/api/waiting?run=inbox-call')).json['waiting']).toHaveLength(1);
    await call.focus();
    await page.keyboard.press('e');
    await call.getByLabel('content').fill('one\n2\n');
    await call.getByRole('region', { name: 'Changes' }).getByText('content: one').waitFor();
    await call.getByRole('button', { name: 'Run it as changed' }).click();
    await call.getByText('by ann (you)').waitFor();
    await call.getByText('as changed').waitFor();
    await ended('inbox-call');
    expect(readFileSync(join(env.workspace, 'src/port.txt'), 'utf8')).toBe('one\n2\n');

    const blocked = cardOf('inbox-blocked');
    await blocked.getByText('U+202E').first().waitFor();
    await blocked.getByLabel('Your answer').fill('Green.');
    await blocked.getByRole('button', { name: 'Answer' }).click();
    await blocked.getByText('Answered', { exact: true }).waitFor();

    const no = cardOf('inbox-no');
    await no.getByRole('button', { name: 'Reject' }).click();
    await no.getByLabel('Why not').fill('Not today.');
    await no.getByRole('button', { name: 'Reject' }).click();
    await no.getByText('Not today.').waitFor();

    const elsewhere = cardOf('inbox-elsewhere');
    await elsewhere.getByRole('button', { name: 'Start the task' }).waitFor();
    await ask('POST', '/api/runs/inbox-elsewhere/approvals/-', { decision: 'approve', comment: 'I was quicker.' });
    await elsewhere.getByText('by tester').waitFor();
    await elsewhere.getByText('I was quicker.').waitFor();
    expect(await elsewhere.getByRole('button').count()).toBe(0);

    await page.getByRole('heading', { name: 'Decided within a day' }).waitFor();
    expect(await seen.findBarriers()).toEqual([]);
    expect(wrongs).toEqual([]);
  });

  it('who may not decide sees why, and 390 pixels are enough', async () => {
    await start('inbox-others', gated('others', 'Publish it for the owner.'));
    seen = await openDashboard(env, { width: 390, isDark: true, roles: ['dev'] });
    await seen.goto('/approvals?find=inbox-others');
    const card = cardOf('inbox-others');
    await card.getByText('is for owner; you are dev').last().waitFor();
    expect(await card.getByRole('button', { name: 'Start the task' }).getAttribute('aria-disabled')).toBe('true');
    expect(await seen.findBarriers()).toEqual([]);
    const isWider = await seen.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect([isWider, seen.wrongs]).toEqual([false, []]);
    await ask('POST', '/api/runs/inbox-others/cancel', {});
  });

  it('a run is forked with another prompt once what is used again is known, and both are compared', async () => {
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    await seen.goto('/runs/inbox-call');
    await page.getByRole('button', { name: 'Fork', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Fork inbox-call' });
    await dialog.getByLabel('Task', { exact: true }).selectOption('tell');
    await dialog.getByLabel('Prompt', { exact: true }).fill('Tell nobody.');
    const fates = dialog.getByRole('region', { name: 'What it would do' }).getByRole('listitem');
    await fates.filter({ hasText: 'tell' }).getByText('anew:').waitFor();
    await fates.filter({ hasText: 'set' }).getByText('used again:').waitFor();
    expect(await seen.findBarriers()).toEqual([]);
    await dialog.getByRole('button', { name: /^Start: 1 task anew/ }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && url.pathname !== '/runs/inbox-call');
    const fork = decodeURIComponent(new URL(page.url()).pathname.slice('/runs/'.length));
    await page.locator('header').getByText('succeeded', { exact: true }).waitFor();

    await seen.goto('/compare?run=inbox-call');
    await page.getByLabel('One more run').fill(fork);
    await page.getByRole('button', { name: 'Add' }).click();
    const table = page.getByRole('region', { name: 'Tasks side by side' });
    await table.getByRole('button', { name: 'tell' }).click();
    expect(await table.getByRole('button', { name: 'set' }).count()).toBe(0);
    await page.getByText('did: Tell nobody.').waitFor();
    await page.getByRole('tab', { name: 'Prompt' }).click();
    await page.getByRole('region', { name: 'Changes' }).getByText('Tell nobody.').waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe('tell');
    expect(await seen.findBarriers()).toEqual([]);
    expect(wrongs).toEqual([]);
  });

  it('a run gets more money, an agent of it a message, a task is skipped and what failed is done anew, all on its page', async () => {
    await start('inbox-steered', {
      ...{ name: 'steered', ...common, on_failure: 'continue', limits: { usd: 0.0001, on_exceeded: 'pause' } },
      tasks: [
        { id: 'dear', prompt: 'Say something dear.' },
        { id: 'spare', prompt: 'Say more.', depends_on: ['dear'], approval: { at: 'before', by: ['owner'] } },
        { id: 'check', tool: 'bash', input: { command: 'test -f ready.txt' }, depends_on: ['dear'] },
      ],
    });
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    await seen.goto('/runs/inbox-steered');
    await page.getByLabel(/^New limit of/).fill('5');
    await page.getByRole('button', { name: 'Raise it to $5 and go on' }).click();
    await page.getByRole('button', { name: 'Start the task' }).waitFor();

    await page.getByTitle('More', { exact: true }).click();
    await page.getByRole('button', { name: 'Send a message' }).click();
    const message = page.getByRole('dialog', { name: 'Send a message' });
    await message.getByLabel('To').selectOption('spare');
    await message.getByLabel('Message', { exact: true }).fill('Be short.');
    await message.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByRole('list', { name: 'Messages' }).getByText('Be short.').waitFor();

    await seen.goto('/runs/inbox-steered?task=spare');
    await page.getByRole('button', { name: 'Skip' }).click();
    const skip = page.getByRole('dialog', { name: 'Skip spare' });
    await skip.getByLabel('Why').fill('Nobody needs it.');
    await skip.getByRole('button', { name: 'Skip it' }).click();

    const again = page.getByRole('button', { name: 'Retry what failed' });
    await again.waitFor();
    writeFileSync(join(env.workspace, 'ready.txt'), '');
    await again.click();
    const retry = page.getByRole('dialog', { name: 'Retry what failed' });
    const fates = retry.getByRole('listitem');
    await fates.filter({ hasText: 'check' }).getByText('anew:').waitFor();
    await fates.filter({ hasText: 'dear' }).getByText('used again:').waitFor();
    await retry.getByRole('button', { name: /^Start: 2 tasks anew/ }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && url.pathname !== '/runs/inbox-steered');
    await page.getByText('Retry of').waitFor();
    expect(wrongs).toEqual([]);
  });
});
