import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { formatDiagnostic } from '../../../src/definition/source/diagnostic.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { agentDirsFor } from '../../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { registryOf } from './registry-of.ts';

const briefing = { pass: 'none', passTokens: 400, noteTokens: 2000 };

const context: PlanContext = { agents: registryOf('coder', 'foreman'), cwd: '/project' };

function planOf(text: string, more: Partial<PlanContext> = {}) {
  return loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { ...context, ...more });
}

function errorOf(load: () => unknown): DefinitionError {
  try {
    load();
  } catch (error) {
    return error as DefinitionError;
  }
  throw new Error('nothing was thrown');
}

const noLimit = { usd: null, tokens: null };
const smallest = 'phases: [{ name: Build, tasks: [{ profile: coder, prompt: Do it. }] }]';

describe('loadPlan', () => {
  it('fills every default in', () => {
    expect(planOf(smallest).plan).toEqual({
      version: 1,
      name: 'crew',
      description: '',
      manager: null,
      defaultAgent: null,
      workspace: '/project',
      inputs: {},
      limits: {
        maxParallel: 10,
        timeoutMs: 7_200_000,
        tokens: null,
        usd: 5,
        onExceeded: 'fail',
        usdPerMinute: null,
        tasks: 'child',
        perTask: noLimit,
        perAgent: {},
        maxDepth: 3,
        maxFanOut: 32,
        maxAddedTasks: 200,
      },
      models: { 'claude-sonnet-4-5': tableFacts('claude-sonnet-4-5') },
      context: { maxMessages: 50, pruneAtTokens: 150_000, gist: { tokens: 1000 }, briefing },
      onFailure: 'continue',
      checkpointEvery: null,
      policy: [],
      phases: [{ name: 'Build', executionMode: 'sequential', repeat: null, limits: noLimit }],
      tasks: [
        {
          id: 'build.coder',
          phase: 0,
          context: 'build.coder',
          agent: 'coder',
          prompt: 'Do it.',
          template: null,
          dependsOn: [],
          join: 'all',
          continueOnError: false,
          priority: 5,
          afterPhase: null,
          when: null,
          forEach: null,
          repeat: null,
          output: null,
          retry: { maxAttempts: 1, backoffMs: 2000 },
          timeoutMs: null,
          limits: noLimit,
          compensate: null,
          approval: null,
          filesScope: [],
          decompose: false,
          depth: 0,
        },
      ],
      agents: { coder: context.agents.agents.get('coder') },
    });
  });

  it('takes over every live key', () => {
    const { plan, warnings } = planOf(`
name: Feature crew
description: Builds.
default_profile: coder
manager: foreman
workspace: app
limits: { max_parallel: 3, timeout: 10m, tokens: 5000, usd: 0.5, on_exceeded: fail }
context: { max_messages: 20 }
phases:
  - name: Build
    execution_mode: parallel
    tasks:
      - { id: one, context_name: left, prompt: a, retry: { max_attempts: 3, backoff: 500ms }, timeout: 90s }
`);
    expect(warnings).toEqual([]);
    expect(plan).toMatchObject({
      name: 'Feature crew',
      description: 'Builds.',
      manager: 'foreman',
      workspace: '/project/app',
      limits: { maxParallel: 3, timeoutMs: 600_000, tokens: 5000, usd: 0.5, onExceeded: 'fail' },
      context: { maxMessages: 20, pruneAtTokens: 150_000, gist: { tokens: 1000 }, briefing },
      phases: [{ name: 'Build', executionMode: 'parallel' }],
    });
    expect(plan.tasks[0]).toMatchObject({
      id: 'one',
      context: 'left',
      agent: 'coder',
      retry: { maxAttempts: 3, backoffMs: 500 },
      timeoutMs: 90_000,
    });
    expect(Object.keys(plan.agents)).toEqual(['foreman', 'coder']);
  });

  it('lets given limits and a given workspace win over the file', () => {
    const { plan } = planOf(`limits: { usd: 2, tokens: 10 }\nworkspace: a\n${smallest}`, {
      limits: { usd: 1, timeout: '5m' },
      workspace: '/elsewhere',
    });
    expect(plan.limits).toMatchObject({ usd: 1, tokens: 10, timeoutMs: 300_000 });
    expect(plan.workspace).toBe('/elsewhere');
  });

  it('checks given limits like those of the file', () => {
    const error = errorOf(() => planOf(smallest, { limits: { uds: 1 } }));
    expect(error.message).toContain('limits: error: unknown key "uds"');
    expect(error.message).toContain('did you mean "usd"?');
  });

  it('orders sequential tasks, starts parallel ones together, and lets a phase wait for the whole one before', () => {
    const task = (name: string) => `{ context_name: ${name}, profile: coder, prompt: x }`;
    const { plan } = planOf(`
phases:
  - { name: One, tasks: [${task('a')}, ${task('b')}] }
  - { name: Two, execution_mode: parallel, tasks: [${task('a')}, ${task('b')}] }
`);
    expect(plan.tasks.map(({ id, dependsOn, afterPhase }) => ({ id, dependsOn, afterPhase }))).toEqual([
      { id: 'one.a', dependsOn: [], afterPhase: null },
      { id: 'one.b', dependsOn: [{ task: 'one.a', on: 'any_end', from: 'sequence' }], afterPhase: null },
      { id: 'two.a', dependsOn: [], afterPhase: 0 },
      { id: 'two.b', dependsOn: [], afterPhase: 0 },
    ]);
  });

  it('runs tasks of one context in a parallel phase one after the other, with a warning', () => {
    const task = (name: string) => `{ context_name: ${name}, profile: coder, prompt: x }`;
    const { plan, warnings } = planOf(
      `phases: [{ name: P, execution_mode: parallel, tasks: [${task('a')}, ${task('b')}, ${task('a')}, ${task('a')}] }]`,
    );
    expect(
      plan.tasks.map(({ id, dependsOn }) => [id, ...dependsOn.map(({ task, from }) => `${from} ${task}`)]),
    ).toEqual([['p.a'], ['p.b'], ['p.a-2', 'context p.a'], ['p.a-3', 'context p.a-2']]);
    expect(warnings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(
      Array(2).fill('warning shared-context'),
    );
  });

  it('numbers ids that collide, keeps written ones, and gives a task without context one of its own', () => {
    const { plan } = planOf(`
phases:
  - name: Große & Form!
    tasks:
      - { profile: coder, prompt: x }
      - { profile: coder, prompt: x }
      - { id: grosse-form.coder, profile: coder, prompt: x }
      - { id: other, profile: coder, prompt: x }
      - { context_name: other, profile: coder, prompt: x }
  - name: "***"
    tasks: [{ context_name: 工, profile: coder, prompt: x }]
`);
    expect(plan.tasks.map(({ id, context }) => [id, context])).toEqual([
      ['grosse-form.coder-2', 'grosse-form.coder-2'],
      ['grosse-form.coder-3', 'grosse-form.coder-3'],
      ['grosse-form.coder', 'grosse-form.coder'],
      ['other', 'other-2'],
      ['grosse-form.other', 'other'],
      ['phase-2.task', '工'],
    ]);
  });

  it('warns of a default profile that is not there when no task needs it', () => {
    const { warnings } = planOf(`default_profile: general\n${smallest}`);
    expect(warnings).toMatchObject([{ severity: 'warning', code: 'unknown-agent', line: 1, column: 18 }]);
  });

  it('says where an unknown agent was looked for, and its nearest name', () => {
    const { message } = errorOf(() => planOf(smallest.replace('coder', 'codder')));
    expect(message).toContain('unknown agent "codder"; looked in crew (no such folder)');
    expect(message).toContain('did you mean "coder"?');
  });

  it('says of a file that is there for an agent what keeps it from being one', () => {
    const dir = mkdtempSync(join(tmpdir(), 'gaffer-bare-'));
    writeFileSync(join(dir, 'codder.md'), 'You code.');
    const { message } = errorOf(() =>
      planOf(smallest.replace('coder', 'codder'), { agents: { ...registryOf('coder'), dirs: [dir] } }),
    );
    rmSync(dir, { recursive: true });
    expect(message).toContain('codder.md has no front matter, so it is no agent: begin it with');
  });

  it('reads a definition that is given as an object, with paths in place of lines', () => {
    const value = { phases: [{ name: 'Build', tasks: [{ profile: 'coder', promt: 'Do it.' }] }] };
    const error = errorOf(() => loadPlan({ kind: 'object', value, name: 'inline' }, context));
    expect(error.diagnostics).toMatchObject([{ file: 'inline', line: null, path: 'phases[0].tasks[0].promt' }]);
    expect(error.message).toBe(
      'inline: error: unknown key "promt" in phases[0].tasks[0] at phases[0].tasks[0].promt (unknown-key)\n  hint: did you mean "prompt"?',
    );
  });

  it('reads JSON files as JSON', () => {
    const text = JSON.stringify(
      { name: 'j', phases: [{ name: 'B', tasks: [{ profile: 'coder', prompt: 'x' }] }] },
      null,
      '\t',
    );
    expect(loadPlan({ kind: 'text', text, file: 'crew.json' }, context).plan.name).toBe('j');
    const error = errorOf(() => loadPlan({ kind: 'text', text: "{\n  'name': 1\n}", file: 'crew.json' }, context));
    expect(error.diagnostics).toMatchObject([{ code: 'json-syntax', line: 2, column: 3 }]);
  });

  it('gives one message for a terminal: place, frame, hint, and no control characters', () => {
    const [diagnostic] = errorOf(() => planOf(`nmae: "\u009b31m red \u202e"\n${smallest}`)).diagnostics;
    expect(formatDiagnostic(diagnostic!)).toBe(
      [
        'crew.yaml:1:1: error: unknown key "nmae" (unknown-key)',
        '> 1 | nmae: "\ufffd31m red \ufffd"',
        '    | ^',
        `  2 | ${smallest}`,
        '  hint: did you mean "name"?',
      ].join('\n'),
    );
  });

  it('makes the same plan of the same text, whatever its line endings and byte order mark', () => {
    const text = `name: a\nphases:\n  - name: B\n    tasks:\n      - profile: coder\n        prompt: |\n          one\n          two\n`;
    const { plan } = planOf(text);
    expect(planOf(text.replaceAll('\n', '\r\n')).plan).toEqual(plan);
    expect(planOf(`\ufeff${text}`).plan).toEqual(plan);
    expect(plan.tasks[0]!.prompt).toBe('one\ntwo\n');
  });
});

describe('agentDirsFor', () => {
  const root = mkdtempSync(join(tmpdir(), 'gaffer-dirs-'));
  afterAll(() => rmSync(root, { recursive: true }));

  it('looks beside the file, then in the folder of the command', () => {
    expect(agentDirsFor('flows/a.yaml', '/p')).toEqual(['/p/flows/agents', '/p/agents', '/p/.claude/agents']);
    expect(agentDirsFor('/q/workflows/a.yaml', '/p')).toEqual([
      '/q/workflows/agents',
      '/q/agents',
      '/p/agents',
      '/p/.claude/agents',
    ]);
    expect(agentDirsFor('a.yaml', '/p')).toEqual(['/p/agents', '/p/.claude/agents']);
  });

  it.each([
    ['missing.yaml', 'missing-file'],
    ['folder', 'unreadable-file'],
    ['empty.yaml', 'empty-file'],
    ['comment.yaml', 'empty-file'],
    ['binary.yaml', 'binary-file'],
    ['latin.yaml', 'not-utf-8'],
    ['utf16.yaml', 'not-utf-8'],
    ['large.yaml', 'too-large'],
  ])('%s gives one clear error', (name, code) => {
    mkdirSync(join(root, 'folder'), { recursive: true });
    writeFileSync(join(root, 'empty.yaml'), '');
    writeFileSync(join(root, 'comment.yaml'), '# nothing\n');
    writeFileSync(join(root, 'binary.yaml'), 'name: a\0b\n');
    writeFileSync(join(root, 'latin.yaml'), Buffer.from([0x61, 0xe9, 0x0a]));
    writeFileSync(join(root, 'utf16.yaml'), Buffer.from('\ufeffname: a', 'utf16le'));
    writeFileSync(join(root, 'large.yaml'), ' '.repeat(256 * 1024 + 1));
    const error = errorOf(() => loadPlan({ kind: 'file', file: join(root, name) }, context));
    expect(error.diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(error.message).toContain(join(root, name));
  });
});
