import { describe, expect, it } from 'vitest';
import { queueSummary, readTimerSummary, restSummary, retrySummary } from '../../../../src/domain/run/timer-words.ts';

describe('summaries of timers', () => {
  it('say again which task stands still, and why', () => {
    expect(readTimerSummary(retrySummary('build[0]'))).toEqual({ taskId: 'build[0]', why: null });
    expect(readTimerSummary(restSummary('a', 'speed: $1'))).toEqual({ taskId: 'a', why: 'speed: $1' });
    expect(readTimerSummary(queueSummary('a', '$1 held back'))).toEqual({
      ...{ taskId: 'a', why: '$1 held back', isQueued: true },
    });
    expect(readTimerSummary('time limit of task a')).toBeNull();
  });
});
