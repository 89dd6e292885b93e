import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { YamlTree } from '../../src/definition/edit/yaml-tree.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard, type Dashboard } from '../support/web/open-dashboard.ts';

const example = fileURLToPath(new URL('../../examples/feature-graph', import.meta.url));
const small = `# small
default_profile: coder
tasks:
  - id: look # the first
    prompt: Look.
  - id: act
    prompt: Act on \${{ tasks.look.output }}.
    depends_on: [look]
`;

describe.skipIf(!hasChromium)('the builder', () => {
  let env: ServiceEnv;
  let seen: Dashboard | undefined;
  beforeAll(async () => {
    env = await openServiceEnv({ withWorker: false });
    writeProject(env.workspace, { 'small.yaml': small, 'theirs.yaml': small });
    cpSync(example, join(env.workspace, 'feature'), { recursive: true });
  });
  afterEach(async () => {
    await seen?.close();
    seen = undefined;
  });
  afterAll(async () => {
    await closeBrowser();
    await env?.close();
  });
  const onDisk = (name: string): string => readFileSync(join(env.workspace, name), 'utf8');
  const openFile = async (name: string, more = ''): Promise<Dashboard['page']> => {
    seen = await openDashboard(env);
    await seen.goto(`/builder?file=${encodeURIComponent(name)}${more}`);
    await seen.page.getByRole('heading', { level: 1, name }).waitFor();
    await seen.page.getByRole('group', { name: 'Task ', exact: false }).first().waitFor();
    return seen.page;
  };

  it('changes an example as a graph and saves it: no comment and no key is lost, and it runs from there', async () => {
    const name = 'feature/workflow.yaml';
    const before = onDisk(name);
    const page = await openFile(name);
    await page.getByRole('group', { name: 'Task manual', exact: true }).click();
    const prompt = page.getByLabel('Prompt');
    await prompt.fill('Write the manual.\n\nUse ${{ ta');
    await page.getByRole('option', { name: 'tasks.plan.output' }).click();
    await prompt.blur();
    await page.getByText('not saved').waitFor();
    await page.getByRole('button', { name: 'Task', exact: true }).click();
    await page.getByRole('heading', { level: 2, name: 'new-task' }).waitFor();
    await page.getByLabel('Id').fill('translate');
    await page.getByLabel('Id').press('Enter');
    await page.getByRole('heading', { level: 2, name: 'translate' }).waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe('translate');
    await page.getByLabel('Waits for', { exact: true }).selectOption('changes');
    await page.getByRole('button', { name: 'Remove changes' }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Save' });
    await dialog.getByText('id: translate').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('not saved').waitFor({ state: 'detached' });
    const after = onDisk(name);
    const gone = before.split('\n').filter((line) => !after.split('\n').includes(line));
    const [was, is] = [before, after].map((text) => new YamlTree(text, name).value as JsonObject) as [
      JsonObject,
      JsonObject,
    ];
    const tasks = is['tasks'] as JsonObject[];
    const at = tasks.findIndex(({ id }) => id === 'translate');
    expect(tasks[at]).toEqual({
      id: 'translate',
      prompt: 'Say what is to be done.',
      depends_on: ['manual', 'changes'],
    });
    const manual = (was['tasks'] as JsonObject[]).find(({ id }) => id === 'manual')!;
    expect(gone).toEqual([`    prompt: '${manual['prompt'] as string}'`]);
    expect(tasks.toSpliced(at, 1)).toEqual(
      (was['tasks'] as JsonObject[]).map((task) =>
        task === manual ? { ...task, prompt: 'Write the manual.\n\nUse ${{ tasks.plan.output }}' } : task,
      ),
    );
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/runs\/feature-graph-/);
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]!);
    // No worker is here to open it: it is started, and waits for one.
    const { status, ok } = await env.ask(`/api/runs/${encodeURIComponent(id)}/standing`);
    expect([status, ok]).toEqual([200, true]);
    expect(seen!.wrongs).toEqual([]);
  });

  it('shows a mistake at its node and its line, whether it came from the form or the text, and takes it back', async () => {
    const page = await openFile('small.yaml', '&task=act');
    await page.getByLabel('Prompt').fill('Act on ${{ tasks.lok.output }}.');
    await page.getByLabel('Prompt').blur();
    await page.getByRole('group', { name: 'Task act, 1 problems' }).waitFor();
    await page.getByRole('tab', { name: 'Problems' }).click();
    await page.getByRole('button', { name: /unknown task "lok".*line 7/ }).click();
    const text = page.getByLabel('The workflow file as text');
    const marked = await text.evaluate((area: HTMLTextAreaElement) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(marked).toContain('tasks.lok.output');
    await text.fill(small.replace('id: act', 'id: [act'));
    await page.getByText(/^The text cannot be read:/).waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText(/^The text cannot be read:/).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await page.getByRole('group', { name: 'Task act', exact: true }).waitFor();
    await text.fill(`${small}  - id: more\n    prompt: More.\n`);
    await page.getByRole('group', { name: 'Task more', exact: true }).click();
    await page.getByRole('tab', { name: 'Form' }).click();
    await page.getByRole('heading', { level: 2, name: 'more' }).waitFor();
    await page.getByRole('heading', { level: 2, name: 'more' }).click();
    await page.keyboard.press('Delete');
    await page.getByRole('group', { name: 'Task more', exact: true }).waitFor({ state: 'detached' });
    expect(await seen!.findBarriers()).toEqual([]);
    // What is not saved is there again after the page was loaded anew.
    await page.getByRole('tab', { name: 'Text' }).click();
    await text.fill(`${small}# kept\n`);
    await page.getByText('not saved').waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem('gaffer-builder file small.yaml'))).toContain('# kept');
    expect(seen!.wrongs).toEqual([]);
  });

  it('does not write over what somebody else wrote meanwhile', async () => {
    const page = await openFile('theirs.yaml', '&task=look');
    await page.getByLabel('Prompt').fill('Look twice.');
    await page.getByLabel('Prompt').blur();
    await page.getByText('not saved').waitFor();
    writeFileSync(join(env.workspace, 'theirs.yaml'), small.replace('# small', '# theirs'));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else wrote it meanwhile' });
    await dialog.getByText('# theirs').waitFor();
    expect(onDisk('theirs.yaml')).toContain('# theirs');
    await dialog.getByRole('button', { name: 'Write mine over it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(onDisk('theirs.yaml')).toBe(small.replace('prompt: Look.', 'prompt: Look twice.'));
    expect(seen!.wrongs).toEqual([]);
  });

  it('fits a small window, and starts from nothing without the right to write', async () => {
    seen = await openDashboard(env, { width: 390, isDark: true, scopes: ['read', 'run'] });
    await seen.goto('/builder');
    const { page } = seen;
    await page.getByRole('group', { name: 'Task first', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Download' }).waitFor();
    await page.getByRole('tab', { name: 'List' }).click();
    await page.getByRole('navigation', { name: 'Phases and tasks' }).getByRole('button', { name: 'first' }).click();
    await page.getByLabel('Prompt').fill('Do it.');
    await page.getByLabel('Prompt').blur();
    await page.getByText('not saved').waitFor();
    expect(await seen.findBarriers()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
    expect(seen.wrongs).toEqual([]);
  });
});
