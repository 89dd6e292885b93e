import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadAddedTasks } from '../../../src/definition/load-added-tasks.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { registryOf } from './registry-of.ts';

let cwd: string;
beforeEach(() => {
  cwd = join(tempFolder(), 'project');
  for (const folder of ['packages/api', 'packages/web', '../other']) mkdirSync(join(cwd, folder), { recursive: true });
});

function load(text: string, more: Partial<PlanContext> = {}) {
  const source = { kind: 'text', text: `default_profile: coder\n${text}`, file: 'crew.yaml' } as const;
  return loadPlan(source, { agents: registryOf('coder'), cwd, looksForFolders: true, ...more }).plan;
}

function problems(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(
      ({ line, column, code, message, hint }) => `${line}:${column} ${code} ${message} | ${hint}`,
    );
  }
  throw new Error('it was accepted');
}

describe('the workspace of a task', () => {
  it('is taken from the run’s on, and stays out of the Plan where it is the run’s', () => {
    const plan = load(`tasks:
  - { id: a, prompt: x, workspace: ./packages//api/ }
  - { id: b, prompt: x, workspace: ../other }
  - { id: c, prompt: x, workspace: "." }
  - { id: d, prompt: x, workspace: packages/../packages }
  - { id: e, prompt: x }
`);
    const paths = plan.tasks.map(({ id, workspace }) => [id, workspace?.path]);
    expect(paths).toEqual([
      ['a', 'packages/api'],
      ['b', join(cwd, '../other')],
      ['c', undefined],
      ['d', 'packages'],
      ['e', undefined],
    ]);
    expect(Object.keys(plan.tasks[4]!)).not.toContain('workspace');
    expect(Object.keys(plan)).not.toContain('folders');
  });

  it('is taken from the run’s own, wherever that is', () => {
    const text = 'workspace: packages\ntasks: [{ id: a, prompt: x, workspace: api }]';
    expect(load(text)).toMatchObject({ workspace: join(cwd, 'packages'), tasks: [{ workspace: { path: 'api' } }] });
    mkdirSync(join(cwd, '../other/api'));
    expect(load(text, { workspace: join(cwd, '../other') }).tasks[0]).toMatchObject({ workspace: { path: 'api' } });
  });

  it('must be there: every mistake is told with its place, and the nearest folder', () => {
    writeFileSync(join(cwd, 'file'), '');
    symlinkSync(join(cwd, '../other'), join(cwd, 'link'));
    const found = problems(() =>
      load(`tasks:
  - { id: a, prompt: x, workspace: packages/apu }
  - { id: b, prompt: x, workspace: file }
  - id: c
    prompt: x
    workspace: link
  - { id: d, prompt: x, workspace: /no/such/folder }
  - { id: e, prompt: x, workspace: 7 }
`),
    );
    expect(found.map((line) => line.replaceAll(cwd, 'CWD'))).toEqual([
      '3:36 no-folder there is no folder "CWD/packages/apu" | did you mean "packages/api"?',
      '4:36 no-folder there is no folder "CWD/file" | make it, or name another one',
      '7:16 bad-value "link" leads out of the workspace by a link | name the folder itself: ' + join(cwd, '../other'),
      '8:36 no-folder there is no folder "/no/such/folder" | make it, or name another one',
      expect.stringMatching(/^9:36 wrong-type /),
    ]);
  });

  it('is not looked for where the run works on another machine', () => {
    const text = 'tasks: [{ id: a, prompt: x, workspace: nowhere }]';
    expect(load(text, { looksForFolders: false }).tasks[0]!.workspace).toEqual({ path: 'nowhere' });
    // The run's own is missed by whoever starts it.
    expect(load(text, { workspace: '/no/such' }).tasks[0]!.workspace).toEqual({ path: 'nowhere' });
  });

  it('tells of tasks that may write the same files in one folder only', () => {
    const task = (id: string, folder: string) =>
      `  - { id: ${id}, prompt: x, files_scope: [src], workspace: ${folder} }\n`;
    const context = { agents: registryOf('coder'), cwd };
    const text = `default_profile: coder\ntasks:\n${task('a', 'packages/api')}${task('b', 'packages/web')}${task('c', 'packages/api')}`;
    const { warnings } = loadPlan({ kind: 'text', text, file: 'crew.yaml' }, context);
    expect(warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'files-overlap "c" and "a" may write the same files: they never run at once',
    ]);
  });
});

describe('the workspace of an added task', () => {
  const add = (tasks: object[], parent: string | null) => {
    const plan = load('tasks: [{ id: a, prompt: x, workspace: packages/api }, { id: b, prompt: x }]');
    const context = { plan, existingIds: ['a', 'b'], depth: 1, parent, looksForFolders: true };
    return loadAddedTasks(tasks as never, context).tasks.map(({ workspace }) => workspace?.path);
  };

  it('is what a person says, if it is there', () => {
    expect(add([{ prompt: 'x', workspace: 'packages/web' }, { prompt: 'y' }], null)).toEqual([
      'packages/web',
      undefined,
    ]);
    expect(problems(() => add([{ prompt: 'x', workspace: 'packages/wob' }], null))).toEqual([
      expect.stringContaining('did you mean "packages/web"?'),
    ]);
  });

  it('is that of the task whose agent adds it, which cannot choose another one', () => {
    expect(add([{ prompt: 'x' }], 'a')).toEqual(['packages/api']);
    expect(add([{ prompt: 'x' }], 'b')).toEqual([undefined]);
    expect(problems(() => add([{ prompt: 'x', workspace: 'packages/web' }], 'a'))).toEqual([
      expect.stringContaining('a task that an agent adds works in the folder of its own task'),
    ]);
  });
});
