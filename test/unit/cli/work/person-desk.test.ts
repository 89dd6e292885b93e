import { EventEmitter } from 'node:events';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { PersonDesk } from '../../../../src/cli/work/person-desk.ts';
import { promptLine, type Prompt } from '../../../../src/cli/show/prompt-line.ts';
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
const push = 'tool/plan~1/1/u1';
const askedCall: RunEventBody = {
  ...{ type: 'approval:requested', approvalId: push, taskId: 'plan', what: 'bash git push' },
  ...{ detail: 'git push', by: [], needed: 2, deadline: null },
};
const row = { id: 'plan', task: 'plan', agent: 'coder', context: 'plan', prompt: `Dig${'.'.repeat(3000)} To the end.` };
const said = {
  taskId: 'plan',
  turn: 1,
  message: {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 'u1', name: 'bash', input: { command: 'git push' } }],
  },
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
  const waiting: unknown[] = [];
  const run = {
    id: 'demo-1',
    runKey: 'demo-1/x',
    waiting: () => Promise.resolve(waiting),
    approve: give('approve'),
    reject: give('reject'),
    answer: give('answer'),
  };
  const renderer = {
    ...{ state: stateAfter(), event: () => undefined, stuck: () => undefined, close: () => undefined },
    ...{
      note: (line: string) => void notes.push(line),
      prompt: (asked: Prompt | null) => void (prompt = asked && promptLine(asked, 200)),
    },
  };
  const { context } = testContext('/', { USER: 'ann' });
  context.terminal.colors = pc.createColors(false);
  let interrupts = 0;
  let clock = 0;
  const reads: (() => void)[] = [];
  let isSlow = false;
  const read = async <Value>(value: Value): Promise<Value> => {
    if (isSlow) await new Promise<void>((resolve) => reads.push(resolve));
    return value;
  };
  const store = { runs: { tasks: () => read([row]), transcript: () => read([said]) } } as unknown as WorkerStore;
  const desk = new PersonDesk({
    ...{ context, session: { store }, run: run as unknown as Run, renderer, keyboard },
    ...{ interrupt: () => interrupts++, now: () => clock },
  });
  const slowly = { begin: () => (isSlow = true), end: () => ((isSlow = false), reads.forEach((go) => go())), reads };
  const type = (keys: string): boolean => keyboard.emit('data', Buffer.from(keys));
  const silence = (): void => void (clock += silenceMs);
  const shown = { prompt: () => prompt, interrupts: () => interrupts };
  return { desk, type, given, notes, keyboard, waiting, silence, slowly, ...shown };
}

const asked = (of: ReturnType<typeof seated>): Promise<void> =>
  until('the question stands there', () => of.prompt() !== null);

describe('PersonDesk', () => {
  it('shows what is to be decided, and gives the decision in the role that may', async () => {
    const at = seated();
    at.desk.look(stateAfter(...startedRun(['plan']), approval));
    await asked(at);
    expect(at.notes.join('\n')).toMatch(/plan waits for an approval: start of task plan \(by lead\)\n {2}│ Dig\./);
    // Events have the beginning of a prompt only.
    expect(at.notes.join('')).toContain('To the end.');
    expect(at.prompt()).toContain('approves as lead');
    at.type('y\r');
    expect(at.given).toEqual([]);
    at.silence();
    at.type('y only this once\r');
    await until('it is given', () => at.given.length > 0);
    const decision = { id: 'before/plan', by: 'ann', role: 'lead', comment: 'only this once', seen: 0 };
    expect(at.given).toEqual([['approve', decision]]);
  });

  it('gives an answer whole, and the keyboard back when nothing waits any more', async () => {
    const at = seated();
    const waiting = [...startedRun(['plan']), blocker];
    at.desk.look(stateAfter(...waiting));
    await asked(at);
    at.silence();
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

  it.each(['gives', 'is spared'])(
    'takes no key for a question that is not there yet: whoever sits there %s the answer',
    async (how) => {
      const at = seated();
      const both = [...startedRun(['plan']), approval, askedCall];
      at.desk.look(stateAfter(...both));
      await asked(at);
      at.silence();
      at.slowly.begin();
      const decided = { type: 'approval:decided' as const, approvalId: 'before/plan', taskId: 'plan', by: 'bob' };
      at.type('y');
      if (how === 'gives') at.type('\r');
      else at.desk.look(stateAfter(...both, { ...decided, decision: 'approve', comment: '', edited: false }));
      await until('the next one is read', () => at.slowly.reads.length > 0);
      const before = how === 'gives' ? 1 : 0;
      for (const keys of ['\r', 'y\r']) {
        at.silence();
        at.type(keys);
      }
      expect([at.given.length, at.prompt()]).toEqual([before, null]);
      at.slowly.end();
      await asked(at);
      at.type('\r');
      expect(at.given.length).toBe(before);
      at.silence();
      at.type('y\r');
      await until('it is given', () => at.given.length > before);
      expect(at.given.at(-1)).toEqual(['approve', { id: push, by: 'ann', seen: 0 }]);
    },
  );

  it('leaves nothing of an answer on the line, neither while it is on its way nor below the next question', async () => {
    const at = seated();
    at.desk.look(stateAfter(...startedRun(['plan']), approval, askedCall));
    await asked(at);
    at.silence();
    at.type('n no thanks');
    expect(at.prompt()).toMatch(/ › n no thanks$/);
    at.type('\r');
    expect(at.prompt()).toBeNull();
    await asked(at);
    expect(at.prompt()).toMatch(/ › $/);
  });

  it('shows what somebody changed as it would run now, and approves that and nothing else', async () => {
    const at = seated();
    const edit = { command: `git push --force${' '.repeat(3000)}# whole` };
    at.waiting.push({ id: push, edits: 1, edit });
    const now = { what: 'bash git push, changed by bob', detail: JSON.stringify(edit).slice(0, 2000) };
    const changed = { type: 'approval:decided' as const, approvalId: push, taskId: 'plan', by: 'bob', comment: '' };
    at.desk.look(
      stateAfter(...startedRun(['plan']), askedCall, { ...changed, decision: 'approve', edited: true, now }),
    );
    await asked(at);
    const lines = at.notes.join('\n');
    expect(lines).toContain('changed by bob');
    expect(lines).toContain('│ git push --force');
    expect(lines).toContain('# whole');
    expect(lines).not.toMatch(/│ git push$/m);
    at.silence();
    at.type('y\r');
    await until('it is given', () => at.given.length > 0);
    expect(at.given).toEqual([['approve', { id: push, by: 'ann', seen: 1 }]]);
  });

  it('shows the beginning of a change as such where the run has another one by now', async () => {
    const at = seated();
    at.waiting.push({ id: push, edits: 2, edit: { command: 'ls' } });
    const now = { what: 'bash git push, changed by bob', detail: 'x'.repeat(2000) };
    const changed = { type: 'approval:decided' as const, approvalId: push, taskId: 'plan', by: 'bob', comment: '' };
    at.desk.look(
      stateAfter(...startedRun(['plan']), askedCall, { ...changed, decision: 'approve', edited: true, now }),
    );
    await asked(at);
    expect(at.notes.at(-1)).toBe('  │ cut: this is the beginning, and the rest could not be read.');
  });

  it('passes Ctrl-C on, and asks nothing afterwards', async () => {
    const at = seated();
    at.desk.look(stateAfter(...startedRun(['plan']), approval));
    await asked(at);
    at.type('\x03');
    expect([at.interrupts(), at.keyboard.isRaw, at.given]).toEqual([1, false, []]);
  });
});
