import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute as init } from '../../../../src/cli/commands/init.ts';
import { execute as plan } from '../../../../src/cli/commands/plan.ts';
import { checkNode } from '../../../../src/cli/work/doctor-checks.ts';
import { testContext } from '../../../support/command/test-context.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-plan-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('gaffer plan', () => {
  it('prints limits, agents, and tasks by phase', async () => {
    await init(testContext(cwd).context);
    const { context, out } = testContext(cwd);
    expect(await plan(context, ['workflow.yaml'], { maxUsd: '0.25' })).toBe(0);
    expect(out()).toContain('2 phases · 2 tasks · 1 agent · 1 context\nAt most $0.25, 20 min, 10 tasks at once');
    expect(out()).toMatch(/Improve \(sequential\)\nTask .*\nimprove +coder +coder +the phase before/);
  });

  it('prints a graph without a word of phases, and how often each task runs', async () => {
    await init(testContext(cwd).context);
    const tasks = [
      'outputs: { last: tasks.b.output, first: size(tasks.a.output) }',
      'tasks:',
      "  - { id: a, profile: coder, prompt: x, for_each: { items: [1, 2], size: 1 }, when: 'size(inputs) == 0' }",
      "  - { id: b, profile: coder, prompt: x, depends_on: [a], repeat: { until: 'true', max: 4 } }",
    ];
    writeFileSync(join(cwd, 'graph.yaml'), tasks.join('\n'));
    const { context, out } = testContext(cwd);
    expect(await plan(context, ['graph.yaml'], {})).toBe(0);
    expect(out()).toContain('\n2 tasks · 1 agent · 2 contexts\n');
    expect(out()).toMatch(/\nTasks\nTask .*Runs/);
    expect(out()).toMatch(/a +coder .*if size\(inputs\) == 0; for each item, 1 at once/);
    expect(out()).toMatch(/b +coder .*up to 4 times/);
    expect(out()).toContain('\nOutputs: last, first\n');
    expect(out()).not.toContain('phase');
  });

  it('says who does the work, where, what is believed of it, and how branches become one', async () => {
    await init(testContext(cwd).context);
    const agent = (name: string, more: string): void =>
      writeFileSync(
        join(cwd, 'agents', `${name}.md`),
        `---\nname: ${name}\ndescription: d\nmodel: claude-haiku-4-5\n${more}\n---\nDo it.\n`,
      );
    agent('aider', "runner: command\ncommand: [aider, '{prompt}']\nhosts: [api.example.com]");
    agent('lean', 'runner: codex\ntools: [filesystem]');
    const lines = [
      'workspace: { path: ., share: [node_modules], on_overlap: wait }',
      'merge: { auto: true, into: next, gates: [npm test], attempts: 3, merger: lean }',
      'tasks:',
      "  - { id: a, profile: aider, prompt: x, files_scope: ['api/**', docs/a.md], checks: [npm run lint], expects_changes: true }",
      '  - { id: b, profile: lean, prompt: x, on_failure: restore }',
      '  - { id: c, profile: lean, prompt: x }',
      '  - { id: d, profile: coder, prompt: x }',
    ];
    writeFileSync(join(cwd, 'crew.yaml'), lines.join('\n'));
    const { context, out } = testContext(cwd);
    expect(await plan(context, ['crew.yaml'], {})).toBe(0);
    // What a command is given as `tools` it never gets, and codex has a shell always.
    expect(out()).toMatch(/\naider +aider \{prompt\} +claude-haiku-4-5 +its own +api\.example\.com\n/);
    expect(out()).toMatch(/\nlean +codex +claude-haiku-4-5 +filesystem, bash +–\n/);
    expect(out()).toMatch(/\ncoder +Gaffer /);
    expect(out()).toContain(
      [
        'Works apart',
        '  in a worktree each    a, b, c',
        '  in the folder itself  d',
        '  may write only        a: api/, docs/a.md',
        '  each gets a copy of   node_modules',
        '  put back if failed    b',
        '  same files changed    the later one in the plan waits',
        '',
        'Looked at when an agent says that it is done',
        '  a  files have changed; npm run lint',
        '',
        'Merge',
        '  branches  each when its task has succeeded, into next',
        '  gate      npm test',
        '  conflict  to its author, 3 times at most, then to lean, then to a person',
        '',
      ].join('\n'),
    );
    const narrow = testContext(cwd);
    await plan(
      { ...narrow.context, terminal: { ...narrow.context.terminal, outColumns: () => 60 } },
      ['crew.yaml'],
      {},
    );
    const coding = narrow.out().slice(narrow.out().indexOf('\nAgent'), narrow.out().indexOf('\nWaves'));
    expect(Math.max(...coding.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow.out()).toContain('then to lean,\n            then to a person');
    const json = testContext(cwd);
    await plan(json.context, ['crew.yaml'], { json: true });
    expect(JSON.parse(json.out())).toMatchObject({
      analysis: {
        coding: {
          worksIn: { worktree: ['a', 'b', 'c'], copy: [], shared: ['d'] },
          leases: [{ task: 'a', folders: ['api', 'docs'] }],
        },
      },
    });
  });

  it('gives the whole plan as JSON', async () => {
    await init(testContext(cwd).context);
    const { context, out, err } = testContext(cwd);
    await plan(context, ['workflow.yaml'], { json: true, input: ['goal=the tests'] });
    const { plan: printed, warnings } = JSON.parse(out()) as {
      plan: { inputs: object; tasks: unknown[] };
      warnings: unknown[];
    };
    expect(printed.inputs).toEqual({ goal: 'the tests' });
    expect(printed.tasks).toHaveLength(2);
    expect(warnings).toEqual([]);
    expect(err()).toBe('');
  });

  it('starts nothing and leaves nothing behind when the file is wrong', async () => {
    writeFileSync(join(cwd, 'workflow.yaml'), 'phasess: []\n');
    const { context, out } = testContext(cwd);
    await expect(plan(context, ['workflow.yaml'], {})).rejects.toThrow('phasess');
    expect(out()).toBe('');
  });
});

describe('checkNode', () => {
  it.each([
    ['18.20.0', 'fail'],
    ['20.18.1', 'fail'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('calls Node %s %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });
});
