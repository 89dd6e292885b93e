import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/cli/base/display-width.ts';
import { summaryLines } from '../../../../src/cli/show/summary.ts';
import { arranged } from '../../../../src/client/follow/arranged-result.ts';
import type { RunResult, TaskResult } from '../../../../src/domain/run/run-result.ts';
import { newTask } from '../../../../src/domain/run/task-state.ts';

const colors = pc.createColors(false);
const task: TaskResult = {
  status: 'succeeded',
  agent: 'foreman',
  context: 'foreman',
  output: 'done',
  durationMs: 3200,
  attempts: 1,
  usage: { inputTokens: 1000, outputTokens: 200, cacheReadTokens: 300, cacheWriteTokens: 0 },
  costUsd: 0.0123,
  turns: 3,
  error: null,
};
const result: RunResult = {
  runId: 'demo-1',
  workflow: 'demo',
  status: 'partial',
  reason: '1 of 2 tasks did not succeed',
  summary: {
    totalTasks: 2,
    successfulTasks: 1,
    failedTasks: 1,
    cancelledTasks: 0,
    skippedTasks: 0,
    reusedTasks: 0,
    compensatedTasks: 0,
    totalTokens: 3000,
    totalDuration: 65_000,
    costUsd: 0.0246,
    sessions: 3,
    contexts: 4,
  },
  compensations: [],
  tasks: { plan: task, 'build-the-whole-thing': { ...task, status: 'failed', error: 'no' } },
};

describe('summaryLines', () => {
  it('names branches that are ready, with what brings them in, and those that are not in', () => {
    const end = { branch: 'b', into: 'main', reason: null };
    const branches = {
      a: { ...end, status: 'ready' },
      b: { ...end, status: 'rejected', reason: 'gate `x`: 1' },
      c: { ...end, status: 'merged' },
    } satisfies RunResult['branches'];
    const ways = '`gaffer diff demo-1` shows the changes, `gaffer merge demo-1` brings them in.';
    const view = { columns: Infinity, colors };
    const shown = summaryLines({ ...result, branches }, view);
    const bad = '✗ the branch of b is not merged, rejected: gate `x`: 1';
    expect(shown.slice(-4)).toEqual(['', '1 branch is ready: a', bad, ways]);
    const merged = { ...branches, a: { ...branches.a, status: 'merged' as const }, b: branches.c };
    expect(summaryLines({ ...result, branches: merged }, view).slice(-2)).toEqual([
      '',
      '✓ All 3 branches are merged into main',
    ]);
  });

  it('tells the end, its reason, every task and the sums', () => {
    expect(summaryLines(result, { columns: Infinity, colors })).toEqual([
      'demo-1 partial: 1 of 2 tasks did not succeed',
      '',
      'Task                   State        Agent    Context  Turns  Tokens     Cost   Time',
      'plan                   ✓ succeeded  foreman  foreman      3    1.5k  $0.0123  3.2 s',
      'build-the-whole-thing  ✗ failed     foreman  foreman      3    1.5k  $0.0123  3.2 s',
      '',
      '2 tasks: 1 succeeded, 1 failed · 3.0k tokens · $0.0246 · 1:05 · 3 sessions · 4 contexts',
      '',
      'plan:',
      '  done',
    ]);
  });

  it('tells who of a pool did a task, and of which track it was', () => {
    const story = new Map([['plan', { ...newTask('plan'), member: 'agent-1', track: 'core' }]]);
    const lines = summaryLines(result, { columns: Infinity, colors, story }).join('\n');
    expect(lines).toMatch(/^plan .* agent-1 · core · foreman /m);
    expect(lines).toMatch(/^build-the-whole-thing .* failed +foreman /m);
  });

  it('never calls a task a plain success whose calls were refused', () => {
    const summary = { ...result.summary, refusedCalls: 2 };
    const tasks = {
      plan: { ...task, refusedCalls: 1 },
      build: { ...task, status: 'failed' as const, refusedCalls: 1 },
    };
    const lines = summaryLines(arranged({ ...result, summary, tasks }, []), { columns: Infinity, colors }).join('\n');
    expect(lines).toMatch(/plan +✓ succeeded, 1 call refused/);
    expect(lines).toMatch(/build +✗ failed, 1 call refused/);
    expect(lines).toContain('1 failed, 2 tool calls refused · ');
  });

  it('ends with what the last task of the plan said, not with one that was added on the way', () => {
    const tasks = { split: task, integrate: { ...task, output: 'All of it.' }, worker: { ...task, output: 'A part.' } };
    const view = { columns: 80, colors, planned: ['split', 'integrate'] };
    const end = (more: RunResult['tasks']): string[] =>
      summaryLines({ ...result, tasks: { ...tasks, ...more } }, view).slice(-2);
    expect(end({})).toEqual(['integrate:', '  All of it.']);
    expect(end({ integrate: { ...task, status: 'failed' } })).toEqual(['split:', '  done']);
  });

  it('ends with what the last task said that succeeded, without what a terminal obeys, and names where the rest is', () => {
    const output = `\x1b]0;owned\x07first\x1b[2J\n${'more\n'.repeat(40)}`;
    const tasks = { ...result.tasks, late: { ...task, output } };
    const lines = summaryLines({ ...result, tasks }, { columns: 80, colors });
    const said = lines.slice(lines.indexOf('late:'));
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(said.join('\n')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(said[1]).toContain('first');
    expect(said.at(-1)).toContain('`gaffer output demo-1` prints all of it');
    expect(said.length).toBeLessThan(20);
  });

  it('ends with the outputs that the file names, where it names some, and says why one has no value', () => {
    const outputs = { report: `first\x1b[2J\n${'more\n'.repeat(40)}`, facts: { score: 93 }, gone: null, none: null };
    const outputErrors = { gone: 'task "build" failed', none: 'its expression gives null' };
    const lines = summaryLines(arranged({ ...result, outputs, outputErrors }, []), { columns: 80, colors });
    const said = lines.slice(lines.indexOf('report:'));
    expect(said[1]).toBe('  first␛[2J');
    expect(said[16]).toBe('  … `gaffer output demo-1 report` prints all of it');
    expect(said.slice(17)).toEqual([
      ...['', 'facts:', '  {', '    "score": 93', '  }'],
      ...['', 'gone:', '  – nothing: task "build" failed', '', 'none:', '  – nothing: its expression gives null'],
    ]);
    expect(lines).not.toContain('plan:');
  });

  it.each([120, 80, 50, 40])('fits into %d columns, sums and all', (columns) => {
    const lines = summaryLines(result, { columns, colors }).slice(1);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines.join(' ')).toContain('4 contexts');
  });
});

describe('counts', () => {
  it('tells cancelled tasks from failed ones', () => {
    const summary = { ...result.summary, totalTasks: 4, cancelledTasks: 2 };
    expect(summaryLines({ ...result, summary }, { columns: Infinity, colors }).at(-4)).toMatch(
      /^4 tasks: 1 succeeded, 1 failed, 2 cancelled · /,
    );
  });

  it('reads results that do not know the count yet', () => {
    const { cancelledTasks: _, ...summary } = result.summary;
    const old = { ...result, summary } as RunResult;
    expect(arranged(old, []).summary).toEqual(result.summary);
    expect(summaryLines(old, { columns: Infinity, colors }).at(-4)).toMatch(/^2 tasks: 1 succeeded, 1 failed · /);
  });
});

describe('arranged', () => {
  it('keeps what became of branches, in the order of the tasks', () => {
    const end = { branch: 'b', into: 'main', reason: null, status: 'merged' as const };
    const branches = { 'plan-merge-1': end, 'build-the-whole-thing': end, plan: end };
    const shown = arranged({ ...result, branches }, ['plan', 'build-the-whole-thing']);
    expect(Object.entries(shown.branches!)).toEqual([
      ['plan', end],
      ['build-the-whole-thing', end],
      ['plan-merge-1', end],
    ]);
    expect(Object.hasOwn(arranged(result, []), 'branches')).toBe(false);
    expect(summaryLines(shown, { columns: Infinity, colors }).at(-1)).toBe('✓ All 3 branches are merged into main');
  });

  it('puts items and iterations where their task stands, by number', () => {
    const names = ['plan', 'last', 'build[10]', 'build[2]#2', 'build[2]', 'odd[name', 'build[0]'];
    const tasks = Object.fromEntries(names.map((name) => [name, task]));
    const known = ['plan', 'build', 'odd[name', 'last', 'build[10]'];
    expect(Object.keys(arranged({ ...result, tasks }, known).tasks)).toEqual([
      ...['plan', 'build[0]', 'build[2]', 'build[2]#2', 'build[10]', 'odd[name', 'last'],
    ]);
  });
});
