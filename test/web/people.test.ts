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

  it('two runs are laid side by side, those tasks first that differ, with what differs in their texts', async () => {
    const fork = { id: 'inbox-fork', set: { 'prompt.tell': 'Tell nobody.' } };
    expect(await ask('POST', '/api/runs/inbox-call/fork', fork)).toMatchObject({ status: 201 });
    await ended('inbox-fork');
    seen = await openDashboard(env);
    const { page, wrongs } = seen;
    await seen.goto('/compare?run=inbox-call');
    await page.getByLabel('One more run').fill('inbox-fork');
    await page.getByRole('button', { name: 'Add' }).click();
    const table = page.getByRole('region', { name: 'Tasks side by side' });
    await table.getByRole('button', { name: 'tell' }).click();
    expect(await table.getByRole('button', { name: 'set' }).count()).toBe(0);
    await page.getByText('did: Tell nobody.').waitFor();
    await page.getByRole('tab', { name: 'Prompt' }).click();
    await page.getByText('Tell nobody.', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe('tell');
    expect(await seen.findBarriers()).toEqual([]);
    expect(wrongs).toEqual([]);
  });
});
