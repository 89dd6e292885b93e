import pc from 'picocolors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRunRenderer } from '../../../../src/cli/show/run-renderer.ts';
import type { Terminal } from '../../../../src/cli/base/terminal.ts';
import { numbered, startedRun } from '../../../support/run/event-stream.ts';

function terminal(over: Partial<Terminal> = {}): Terminal & { text: () => string } {
  const written: string[] = [];
  const colors = pc.createColors(false);
  return {
    out: () => undefined,
    err: (text) => void written.push(text),
    outColumns: () => Infinity,
    outColors: colors,
    isLive: false,
    columns: () => 80,
    rows: () => 24,
    colors,
    canAsk: false,
    text: () => written.join(''),
    ...over,
  };
}

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-21T10:01:00.000Z') }));
afterEach(() => void vi.useRealTimers());

describe('createRunRenderer', () => {
  it('writes plain lines with a time and no cursor codes where there is no terminal', () => {
    const plain = terminal();
    const renderer = createRunRenderer({ terminal: plain, runId: 'demo-1', limitUsd: 5 });
    for (const event of numbered(...startedRun(['plan']))) renderer.event(event);
    renderer.close();
    const lines = plain.text().trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''))).toEqual([
      'demo: 1 task',
      'Phase Build (parallel, 1 task)',
      '● plan started coder',
    ]);
    expect(plain.text()).not.toContain('\x1b');
  });

  it('gives a sign of life each 30 s', () => {
    const plain = terminal();
    const renderer = createRunRenderer({ terminal: plain, runId: 'demo-1', limitUsd: 5 });
    for (const event of numbered(...startedRun(['plan']))) renderer.event(event);
    vi.advanceTimersByTime(61_000);
    renderer.close();
    vi.advanceTimersByTime(61_000);
    expect(plain.text().match(/running: 0\/1 tasks done/g)).toHaveLength(2);
  });

  it('says once why nothing moves, and once that it goes on', () => {
    const plain = terminal();
    const renderer = createRunRenderer({ terminal: plain, runId: 'demo-1', limitUsd: 5 });
    for (const cause of ['no worker', 'no worker', null, null]) renderer.stuck(cause);
    renderer.close();
    expect(
      plain
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(9)),
    ).toEqual(['stuck: no worker', 'goes on again']);
  });

  it('says once that calls wait for their turn, however often others do', () => {
    const plain = terminal();
    const renderer = createRunRenderer({ terminal: plain, runId: 'demo-1', limitUsd: 5 });
    for (const held of ['2 calls wait', '1 call waits', null, '3 calls wait']) renderer.stuck(null, held);
    renderer.close();
    const lines = plain.text().trimEnd().split('\n');
    expect(lines.map((line) => line.slice(9))).toEqual(['2 calls wait', '3 calls wait']);
  });

  it('draws a live area on a terminal and takes it away at the end', () => {
    const live = terminal({ isLive: true });
    const renderer = createRunRenderer({ terminal: live, runId: 'demo-1', limitUsd: 5 });
    for (const event of numbered(...startedRun(['plan']))) renderer.event(event);
    vi.advanceTimersByTime(200);
    expect(live.text()).toContain('demo-1 running');
    renderer.close();
    expect(live.text().endsWith('A\r\x1b[J')).toBe(true);
    expect(live.text()).not.toContain('\x1b[?');
  });

  it.each([
    { canAsk: true, told: ['? plan waits for an approval'] },
    {
      canAsk: false,
      told: ['? plan waits for an approval: bash git push (by lead)', '  gaffer approve demo-1 --as lead'],
    },
  ])('tells a question once: shortly where it is put (canAsk: $canAsk)', ({ canAsk, told }) => {
    const live = terminal({ isLive: true, canAsk, columns: () => 200 });
    const renderer = createRunRenderer({ terminal: live, runId: 'demo-1', limitUsd: 5 });
    const asked = { approvalId: 'tool/plan~1/1/u1', taskId: 'plan', what: 'bash git push', detail: 'git push' };
    const by = { by: ['lead'], needed: 1, deadline: null };
    const events = numbered(...startedRun(['plan']), { type: 'approval:requested', ...asked, ...by });
    for (const event of events) renderer.event(event);
    renderer.close();
    const written = live
      .text()
      .split('\n')
      .map((line) => line.split('\x1b[J').at(-1)!);
    expect(written.filter((line) => /^\? plan|^ {2}gaffer/.test(line))).toEqual(told);
  });
});
