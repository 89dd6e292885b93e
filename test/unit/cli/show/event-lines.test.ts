import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { asksForAnswer, eventLine, keepsWhole } from '../../../../src/cli/show/event-lines.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { reduceRun } from '../../../../src/domain/run/run-state.ts';
import { numbered, stateAfter } from '../../../support/run/event-stream.ts';

const colors = pc.createColors(false);
const line = (body: RunEventBody): string | null => eventLine(numbered(body)[0]!, stateAfter(body), colors);
const done = { taskId: 'plan', agentName: 'coder', duration: 12_400, tokensUsed: 12_345, costUsd: 0.0123, turns: 3 };

describe('eventLine', () => {
  it.each<[RunEventBody, string | null]>([
    [{ type: 'task:complete', success: true, ...done }, '✓ plan succeeded 12 s · 3 turns · 12.3k tokens · $0.0123'],
    [{ type: 'task:complete', success: true, ...done, turns: 0 }, '✓ plan succeeded 12 s · 12.3k tokens · $0.0123'],
    [{ type: 'task:complete', success: false, ...done }, '✗ plan failed 12 s · 3 turns · 12.3k tokens · $0.0123'],
    [
      { type: 'task:error', taskId: 'plan', error: 'no key', attempt: 1, willRetry: true },
      '✗ plan failed, tries again: no key',
    ],
    [{ type: 'run:resumed', by: 'ann' }, '▶ goes on, resumed by ann'],
    [{ type: 'run:resumed', by: '' }, null],
    [{ type: 'run:limits', by: 'ann', detail: 'usd 2, timeoutMs 60000' }, '● limits changed by ann: $2, 1 min'],
    [
      { type: 'compensation:start', taskId: 'plan', taskEnded: false, what: 'undo plan' },
      '↶ undoing plan (which never ended)',
    ],
    [
      { type: 'checkpoint:error', checkpoint: 'phase/Build', after: 'Build', error: 'disk full' },
      '! checkpoint phase/Build could not be saved: disk full',
    ],
    [
      { type: 'task:skipped', taskId: 'b', byCondition: true, reason: 'a'.repeat(200) },
      `– b not needed: ${'a'.repeat(99)}…`,
    ],
    [{ type: 'task:skipped', taskId: 'b', reason: 'plan failed' }, '– b skipped: plan failed'],
    [
      {
        ...{ type: 'approval:decided', approvalId: 'before/release', taskId: 'release', by: 'root' },
        ...{ decision: 'approve', comment: 'looks good', edited: false },
      },
      '● release approved by root: looks good',
    ],
    [{ type: 'run:cancelled', reason: 'enough' }, '! cancelling: enough'],
    [{ type: 'tool:call', taskId: 'plan', tool: 'bash', toolUseId: '1', preview: 'ls' }, null],
    [
      { type: 'issue:blocked', taskId: 'a', issue: '#2', title: 'Reset', actor: 'worker', detail: 'which mail?' },
      '  issue #2 blocked by worker: which mail?',
    ],
    [
      { type: 'state:set', taskId: 'a', stateKey: 'count', version: 3, actor: 'worker\u001b[2J', detail: '3' },
      '  state count = 3 (version 3, by worker␛[2J)',
    ],
  ])('tells %j', (body, expected) => {
    expect(line(body)).toBe(expected);
  });

  it('counts to a task what its calls that broke off had cost', () => {
    const call = { taskId: 'plan', agentName: 'coder', turn: 1, tokensUsed: 10_000, costUsd: 0.01 };
    const all: RunEventBody[] = [
      { type: 'agent:broken', ...call, error: 'the answer broke off' },
      { type: 'agent:answer', ...call, preview: '', calls: 0 },
      { type: 'task:complete', success: true, ...done, tokensUsed: 10_000, costUsd: 0.01 },
    ];
    expect(eventLine(numbered(...all).at(-1)!, stateAfter(...all), colors)).toContain('20.0k tokens · $0.0200');
  });

  it('tells that nobody has decided yet, and who may now', () => {
    const ask = { approvalId: 'before/ship', taskId: 'ship' };
    const asked = { what: 'start of task ship', detail: 'Ship it.', needed: 1, deadline: null };
    const bodies = (type: 'approval:reminder' | 'approval:escalated', by: string[]): RunEventBody[] => [
      { type: 'approval:requested', ...ask, ...asked, by: ['lead'] },
      { type, ...ask, by },
    ];
    const last = (all: RunEventBody[]) => eventLine(numbered(...all).at(-1)!, stateAfter(...all), colors);
    expect(last(bodies('approval:reminder', ['lead']))).toBe(
      '? reminder: ship waits for an approval: start of task ship (by lead)',
    );
    expect(last(bodies('approval:escalated', ['lead', 'owner']))).toBe(
      '? escalated: ship waits for an approval: start of task ship (by lead or owner)',
    );
  });

  it('passes over an event of a later version, as the run does', () => {
    const before = stateAfter({ type: 'workflow:start', taskCount: 1, name: 'demo' });
    for (const body of [{ type: 'weather:changed' }, { type: 'toString', taskId: '' }]) {
      const event = { ...body, seq: 2, at: '2026-11-21T10:00:01.000Z' } as unknown as RunEvent;
      const state = reduceRun(before, event);
      expect(state).toEqual({ ...before, lastSeq: 2 });
      expect(eventLine(event, state, colors)).toBeNull();
      expect([keepsWhole(event), asksForAnswer(event)]).toEqual([false, false]);
    }
  });

  it('never cuts what went wrong or who is waited for, and names the command where somebody is asked', () => {
    const types = (found: (event: RunEvent) => boolean) => (type: RunEvent['type']) =>
      found({ type, seq: 1, at: '' } as unknown as RunEvent);
    const some = ['run:paused', 'task:waiting', 'task:error', 'task:start', 'tool:call'] as const;
    expect(some.filter(types(keepsWhole))).toEqual(['task:waiting', 'task:error']);
    expect(some.filter(types(asksForAnswer))).toEqual(['run:paused', 'task:waiting']);
  });

  it('says once why a task failed', () => {
    const failed: RunEventBody = { type: 'task:error', taskId: 'plan', error: 'no key', attempt: 1, willRetry: false };
    const end: RunEventBody = { type: 'task:complete', success: false, ...done };
    const events = numbered(failed, end);
    expect(eventLine(events[0]!, stateAfter(failed), colors)).toBe('✗ plan failed: no key');
    expect(eventLine(events[1]!, stateAfter(failed, end), colors)).toMatch(/^ {2}plan took 12 s/);
  });

  it('calls a task cancelled that was cut off, also after an attempt that failed', () => {
    const failed: RunEventBody = { type: 'task:error', taskId: 'plan', error: 'no', attempt: 1, willRetry: true };
    const end: RunEventBody = { type: 'task:complete', success: false, status: 'cancelled', ...done };
    expect(line(end)).toBe('– plan cancelled 12 s · 3 turns · 12.3k tokens · $0.0123');
    const state = stateAfter(failed, end);
    expect(eventLine(numbered(failed, end)[1]!, state, colors)).toMatch(/^– plan cancelled 12 s/);
  });

  it('does not say succeeded while the result is still to be approved', () => {
    const end: RunEventBody = { type: 'task:complete', success: true, status: 'waiting', ...done };
    expect(line(end)).toMatch(/^● plan has ended, its result is to be approved 12 s/);
  });

  it('keeps a line of a hostile model on one line, short and without control characters', () => {
    const text = line({
      type: 'task:error',
      taskId: 'p',
      error: `a\n\x1b[2J${'x'.repeat(5000)}`,
      attempt: 1,
      willRetry: false,
    });
    expect(text).not.toContain('\n');
    expect(text).not.toContain('\x1b');
    expect(text!.length).toBeLessThan(260);
  });
});
