import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steps } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const long = 'word '.repeat(10_000);
const paragraphs = Array.from({ length: 60 }, (_, at) => `Paragraph ${at} of the answer.`).join('\n\n');
const definition = {
  name: 'looked-into',
  default_profile: 'coder',
  on_failure: 'continue',
  tasks: [
    { id: 'draft', prompt: 'Draft it.' },
    { id: 'fails', prompt: 'Fail.', retry: { max_attempts: 2 } },
    { id: 'slow', prompt: 'Go on.', depends_on: ['draft'], approval: { at: 'before' } },
  ],
};
const rules = [
  steps('draft', (c) => c.prompt.startsWith('Draft it.'), [
    { text: paragraphs, tools: [{ name: 'bash', input: { command: 'echo hello; exit 4' } }] },
    {
      text: `**Done.** See [the notes](https://notes.example/x).\n\n| a | b |\n| - | - |\n| 1 | 2 |`,
      tools: [{ name: 'bash', input: { command: 'true' } }],
    },
    { text: long },
  ]),
  {
    name: 'fails',
    when: (c: { prompt: string }) => c.prompt.startsWith('Fail.'),
    answer: () => ({ fault: { kind: 'refusal' } }) as const,
  },
  { name: 'slow', when: () => true, answer: () => ({ text: 'slowly said '.repeat(300), latencyMs: 6000 }) },
];

describe.skipIf(!hasChromium)('the inspector of a task', () => {
  let env: ServiceEnv;
  let seen: Dashboard;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    writeProject(env.workspace);
    await env.ask('/api/runs', { method: 'POST', body: JSON.stringify({ id: 'looked-into', definition }) });
    seen = await openDashboard(env);
  });
  afterAll(async () => {
    await seen?.close();
    await closeBrowser();
    await env?.close();
  });

  it('leads from what failed to why, what changed between attempts, and what was said', async () => {
    const { page } = seen;
    await seen.goto('/runs/looked-into');
    const inspector = page.getByRole('region', { name: 'Tasks worth a look' });
    await inspector.getByRole('button', { name: 'fails' }).first().click();
    await page.getByText('It failed after 2 attempts').first().waitFor();
    await page.getByText('gaffer retry looked-into fails').waitFor();
    await page.getByRole('heading', { name: 'Changed since attempt 1' }).waitFor();
    await page.getByLabel('Attempt', { exact: true }).selectOption({ label: 'Attempt 1: failed' });
    await page.getByRole('tab', { name: 'Transcript' }).click();
    await page.waitForURL(/look=transcript/);
    const { searchParams } = new URL(page.url());
    expect(Object.fromEntries(searchParams)).toMatchObject({ task: 'fails', attempt: '1', look: 'transcript' });
    expect(seen.wrongs).toEqual([]);
  });

  it('shows a transcript turn by turn, by keys and by a link, with the whole of what is long', async () => {
    const { page } = seen;
    await seen.goto('/runs/looked-into?task=draft&turn=2');
    const aimed = page.locator('article[data-aimed]');
    await aimed.getByRole('cell', { name: '1' }).waitFor();
    await expect.poll(() => aimed.evaluate((each) => each === document.activeElement)).toBe(true);
    const link = aimed.getByRole('link', { name: /the notes/ });
    expect(await link.getAttribute('rel')).toContain('noreferrer');
    await page.keyboard.press('k');
    const focused = page.locator('article:focus');
    expect(await focused.getAttribute('data-turn')).toBe('1');
    await focused.getByText('exit code 4').waitFor();
    const results = focused.locator('details').last();
    const wasOpen = await results.evaluate((each) => (each as HTMLDetailsElement).open);
    await page.keyboard.press('o');
    expect(await results.evaluate((each) => (each as HTMLDetailsElement).open)).toBe(!wasOpen);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'All 50,000 characters as a file' }).click(),
    ]);
    expect((await readFile(await download.path(), 'utf8')).trim()).toBe(long.trim());
    for (const tab of ['Why', 'Input & output', 'Files', 'Cost', 'Retries', 'Raw events', 'Transcript']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await page.getByRole('tabpanel').locator('*').first().waitFor();
      expect([tab, await seen.findBarriers()]).toEqual([tab, []]);
    }
    expect(seen.wrongs).toEqual([]);
  });

  it('shows what a model says while it says it', async () => {
    const { page } = seen;
    await seen.goto('/runs/looked-into?task=slow');
    await page.getByText('slow waits for an approval').first().waitFor();
    await env.ask('/api/runs/looked-into/approvals/-', {
      method: 'POST',
      body: JSON.stringify({ decision: 'approve' }),
    });
    await page.getByRole('tab', { name: 'Transcript' }).click();
    await page.getByText('is being written').waitFor();
    await page.getByText('slowly said').first().waitFor();
    await page.getByText('is being written').waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Agent, turn 1' }).getByText('slowly said').waitFor();
    expect(seen.wrongs).toEqual([]);
  });
});
