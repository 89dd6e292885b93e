import { describe, expect, it } from 'vitest';
import type { RecordProgressInput } from '../../../src/contracts/progress.ts';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import type { TaskStatus } from '../../../src/domain/run/run-result.ts';
import { progressText } from '../../../src/workflows/books/progress-text.ts';

const ended = (id: string, status: TaskStatus = 'succeeded') => ({
  ...{ id, status, agent: 'a', context: id, durationMs: 1, attempts: 1, error: null, head: null },
});
const begin = (id: string) => ({ id, task: id, item: null, iteration: 1, epoch: 0, head: null });
const event = (type: string, more: object = {}) => ({ key: type, type, ...more }) as RunEventDraft;

describe('progressText', () => {
  it.each<[Partial<RecordProgressInput>, string]>([
    [{ begin: [begin('plan')], events: [event('wave:start')] }, 'next: plan'],
    [
      { ended: [ended('plan')], begin: [begin('build[0]'), begin('build[1]#2')], events: [event('task:complete')] },
      'plan succeeded · next: build, item 0; build, item 1, iteration 2',
    ],
    [{ ended: ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ended(id, 'skipped')) }, '; d skipped and 2 more'],
    [{ loops: [{ loop: { task: 'try' }, iteration: 1 }] }, 'again? try'],
    [{ loops: [{ loop: { phase: 0 }, iteration: 1 }] }, 'again? phase 1'],
    [{ events: [event('approval:requested', { taskId: 'ship' })] }, 'ship: approval requested'],
    [{ events: [event('run:paused')] }, 'run paused'],
    [{ messages: [] }, 'progress'],
  ])('says what ended, what comes next, or else what happened: %j', (step, text) => {
    expect(progressText({ runKey: 'r', events: [], ...step })).toContain(text);
  });
});
