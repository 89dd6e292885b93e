import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/cli/base/display-width.ts';
import { heartbeatLine, liveLines, type LiveView } from '../../../../src/cli/show/live-lines.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const colors = pc.createColors(false);
const names = Array.from({ length: 40 }, (_, index) => `build-part-${index + 1}`);

function view(over: Partial<LiveView> = {}): LiveView {
  const state = stateAfter(...startedRun(['plan', 'build']), {
    type: 'agent:answer',
    taskId: 'plan',
    agentName: 'coder',
    turn: 2,
    tokensUsed: 1500,
    costUsd: 0.0042,
    preview: 'reads the code',
    calls: 1,
  });
  const now = Date.parse('2026-11-21T10:01:05.000Z');
  return { state, runId: 'demo-1', now, columns: 100, rows: 40, limitUsd: 5, stuck: null, colors, ...over };
}

describe('liveLines', () => {
  it('shows the run, and one row for each running task', () => {
    const lines = liveLines(view());
    expect(lines[0]).toBe('demo-1 running · 0/2 tasks done · 1:05 · $0.0042 of $5 · 1.5k tokens');
    expect(lines[1]).toMatch(/^● plan {2}coder +turn 2: reads the code +1\.5k tok +\$0\.0042 +1:01$/);
    expect(lines).toHaveLength(3);
  });

  it('shows who of the pool does a task, and of which track it is', () => {
    const assigned = { type: 'task:assigned', taskId: 'plan', member: 'agent-1', track: 'front' } as const;
    const state = stateAfter(...startedRun(['plan']), assigned);
    expect(liveLines(view({ state }))[1]).toMatch(/^● plan agent-1 · front · coder +turn/);
    for (const columns of [120, 100, 60])
      for (const line of liveLines(view({ state, columns })).slice(1)) expect(displayWidth(line)).toBeLessThan(columns);
  });

  it.each([
    { rows: 40, most: 12 },
    { rows: 15, most: 7 },
    { rows: 4, most: 2 },
    { rows: 1, most: 1 },
  ])('takes at most $most lines of $rows', ({ rows, most }) => {
    const lines = liveLines(view({ state: stateAfter(...startedRun(names)), rows }));
    expect(lines.length).toBeLessThanOrEqual(most);
  });

  it('counts the tasks that it has no room for', () => {
    const lines = liveLines(view({ state: stateAfter(...startedRun(names)), rows: 15 }));
    expect(lines.at(-1)).toBe('  35 more running');
  });

  it.each([120, 80, 60, 50, 30])('fits its rows into %d columns', (columns) => {
    for (const line of liveLines(view({ columns })).slice(1)) expect(displayWidth(line)).toBeLessThan(columns);
  });

  it('says why nothing moves', () => {
    expect(liveLines(view({ held: '2 calls wait for their turn' }))[1]).toBe('2 calls wait for their turn');
    expect(liveLines(view({ stuck: 'no worker polls the queue' }))[1]).toBe('! stuck: no worker polls the queue');
  });

  it('lets nothing of a model steer the terminal', () => {
    const state = stateAfter(...startedRun(['plan']), {
      type: 'tool:call',
      taskId: 'plan',
      tool: 'bash',
      toolUseId: 'x',
      preview: 'echo \x1b[2J\x07\u202e',
    });
    // oxlint-disable-next-line no-control-regex -- exactly these must not be left
    expect(liveLines(view({ state })).join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });
});

describe('heartbeatLine', () => {
  it('says in one line how the run stands', () => {
    const { state, now } = view();
    expect(heartbeatLine({ state, now })).toBe(
      'running: 0/2 tasks done · 2 running (plan turn 2, build turn 0) · 1.5k tokens · $0.0042 · 1:05',
    );
  });
});
