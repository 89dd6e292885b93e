import { EventEmitter } from 'node:events';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { PersonDesk } from '../../../../src/cli/work/person-desk.ts';
import { silenceMs } from '../../../../src/cli/work/typed-line.ts';
import type { Run } from '../../../../src/client/run.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import type { WorkerStore } from '../../../../src/store/open-store.ts';
import { until } from '../../../support/base/until.ts';
import { testContext } from '../../../support/command/test-context.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const approval: RunEventBody = {
  ...{ type: 'approval:requested', approvalId: 'before/plan', taskId: 'plan', what: 'start of task plan' },
  ...{ detail: 'Dig.', by: ['lead'], needed: 1, deadline: null },
};
const blocker: RunEventBody = {
  ...{ type: 'blocker:raised', blockerId: 'blocker/plan~1/1/u1', taskId: 'plan', agentName: 'coder' },
  ...{ detail: 'Which port?', asks: '' },
};

/** A desk with a keyboard, and what it shows, asks and gives. */
function seated() {
  const keyboard = Object.assign(new EventEmitter(), {
    isRaw: false,
    setRawMode: (isRaw: boolean) => (keyboard.isRaw = isRaw),
    resume: () => undefined,
    pause: () => undefined,
  });
  const given: unknown[] = [];
  const notes: string[] = [];
  let prompt: string | null = null;
  const give = (verb: string) => (input: unknown) => {
    given.push([verb, input]);
    return Promise.resolve({ decided: true, missing: 0 });
  };
  const run = {
    id: 'demo-1',
    runKey: 'demo-1/x',
    approve: give('approve'),
    reject: give('reject'),
    answer: give('answer'),
  };
  const renderer = {
    ...{ state: stateAfter(), event: () => undefined, stuck: () => undefined, close: () => undefined },
    ...{ note: (line: string) => void notes.push(line), prompt: (line: string | null) => void (prompt = line) },
  };
  const { context } = testContext('/', { USER: 'ann' });
  context.terminal.colors = pc.createColors(false);
  let interrupts = 0;
  const desk = new PersonDesk({
    ...{ context, session: { store: {} as WorkerStore }, run: run as unknown as Run, renderer, keyboard },
    interrupt: () => interrupts++,
  });
  const type = (keys: string): boolean => keyboard.emit('data', Buffer.from(keys));
  return { desk, type, given, notes, keyboard, prompt: () => prompt, interrupts: () => interrupts };
}

const asked = (of: ReturnType<typeof seated>): Promise<void> =>
  until('the question stands there', () => of.prompt() !== null);
const silence = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, silenceMs));

describe('PersonDesk', () => {
  it('shows what is to be decided, and gives the decision in the role that may', async () => {
    const at = seated();
    at.desk.look(stateAfter(...startedRun(['plan']), approval));
    await asked(at);
    expect(at.notes.join('\n')).toMatch(/plan waits for an approval: start of task plan \(by lead\)\n {2}│ Dig\./);
    expect(at.prompt()).toContain('approves as lead');
    at.type('y\r');
    expect(at.given).toEqual([]);
    await silence();
    at.type('y only this once\r');
    await until('it is given', () => at.given.length > 0);
    expect(at.given).toEqual([['approve', { id: 'before/plan', by: 'ann', role: 'lead', comment: 'only this once' }]]);
  });

  it('gives an answer whole, and the keyboard back when nothing waits any more', async () => {
    const at = seated();
    const waiting = [...startedRun(['plan']), blocker];
    at.desk.look(stateAfter(...waiting));
    await asked(at);
    await silence();
    expect(at.keyboard.isRaw).toBe(true);
    at.type('y, port 8080\r');
    await until('it is given', () => at.given.length > 0);
    expect(at.given).toEqual([['answer', { id: 'blocker/plan~1/1/u1', by: 'ann', text: 'y, port 8080' }]]);
    at.desk.look(
      stateAfter(...waiting, {
        type: 'blocker:resolved',
        blockerId: 'blocker/plan~1/1/u1',
        taskId: 'plan',
        by: 'ann',
        answer: '',
      }),
    );
    expect([at.keyboard.isRaw, at.keyboard.listenerCount('data'), at.prompt()]).toEqual([false, 0, null]);
  });

  it('passes Ctrl-C on, and asks nothing afterwards', async () => {
    const at = seated();
    at.desk.look(stateAfter(...startedRun(['plan']), approval));
    await asked(at);
    at.type('\x03');
    expect([at.interrupts(), at.keyboard.isRaw, at.given]).toEqual([1, false, []]);
  });
});
