import { describe, expect, it } from 'vitest';
import { decisionsOf } from '../../../../src/domain/analysis/decisions.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';

const at = (second: number): string => `2026-11-30T05:00:0${second}.000Z`;
const told = (bodies: readonly RunEventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({ ...body, seq: index + 1, at: at(index) }));
const asked = { by: [], needed: 1, deadline: null, detail: 'bash rm -rf build' };

describe('decisionsOf', () => {
  it('says what was asked, and who decided what of it, oldest first', () => {
    const events = told([
      { type: 'approval:requested', approvalId: 'tool/a', taskId: 'a', what: 'bash rm', ...asked },
      { type: 'blocker:raised', blockerId: 'blocker/b', taskId: 'b', agentName: 'x', detail: 'Which port?', asks: '' },
      {
        ...{ type: 'approval:decided', approvalId: 'tool/a', taskId: 'a', decision: 'approve', by: 'ann' },
        ...{ comment: 'only this', edited: true, now: { what: 'bash ls, changed by ann', detail: '{}' } },
      },
      { type: 'blocker:resolved', blockerId: 'blocker/b', taskId: 'b', by: 'bob', answer: '80' },
      {
        type: 'approval:decided',
        approvalId: 'tool/a',
        taskId: 'a',
        decision: 'reject',
        by: 'bob',
        comment: '',
        edited: false,
      },
      { type: 'run:limits', by: 'ann', detail: 'usd 2' },
      { type: 'approval:expired', approvalId: 'before/c', taskId: 'c', outcome: 'deny' },
    ]);
    expect(decisionsOf(events).map(({ what, outcome, by, text, edited }) => [what, outcome, by, text, edited])).toEqual(
      [
        ['bash rm', 'approved', 'ann', 'only this', true],
        ['Which port?', 'answered', 'bob', '80', false],
        ['bash ls, changed by ann', 'rejected', 'bob', '', false],
        ['limits', 'limits', 'ann', 'usd 2', false],
        ['', 'expired', '', 'it counts as no', false],
      ],
    );
    expect(decisionsOf(events)[0]!.at).toBe(at(2));
  });
});
