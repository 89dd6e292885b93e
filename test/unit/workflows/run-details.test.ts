import { describe, expect, it } from 'vitest';
import type { WaitingAnswer } from '../../../src/contracts/waiting.ts';
import { toKeptEnd, toRunDetails, type ShownRun } from '../../../src/workflows/books/run-details.ts';
import type { TaskState } from '../../../src/workflows/books/work-item.ts';

const task = (id: string, over: Partial<TaskState> = {}): TaskState => ({
  ...{ id, status: 'pending', agent: 'coder', context: id, durationMs: 0, attempts: 0, error: null, head: null },
  ...{ phase: null, startedAt: 0, startHead: null, progress: null },
  ...over,
});
const progress = { head: null, preview: '', turns: 2, tokens: 1500, costUsd: 0.0123, added: [] };
const ask = (over: Partial<WaitingAnswer[number]> = {}): WaitingAnswer[number] => ({
  ...{ id: 'before/dig', taskId: 'dig', cause: 'approval', what: 'start of task dig', detail: '' },
  ...{ approval: null, since: '', deadline: null },
  ...over,
});

function details(tasks: TaskState[], over: Partial<ShownRun> = {}): string {
  const states = new Map(tasks.map((one) => [one.id, one]));
  const idle = { waiting: [], pause: null, total: null, widths: new Map<string, number>() };
  return toRunDetails({ runId: 'demo-1', status: 'running', tasks: states, ...idle, ...over });
}

describe('toRunDetails', () => {
  it.each<[string, Partial<ShownRun>, string]>([
    ['how it stands and what it cost', {}, '### running: 1 of 2 tasks succeeded · 1.5k tokens · $0.0123'],
    [
      'a partial end, with all costs',
      { status: 'partial', total: { costUsd: 0.5, tokens: 9000 } },
      '### partial: 1 of 2 tasks succeeded · 9.0k tokens · $0.5000',
    ],
    ['items that have not begun', { widths: new Map([['fan', 6]]) }, '1 of 8 tasks'],
    ['costs that nobody knows', { total: { costUsd: 0, tokens: 1, isUncounted: true } }, '$0.0000 + ?'],
  ])('says %s in its title', (_, over, title) => {
    const tasks = [task('dig', { status: 'succeeded', progress }), task('plant', { status: 'failed' })];
    expect(details(tasks, over).split('\n')[0]).toContain(title);
  });

  it('says what waits, and the command that answers it', () => {
    const waiting = [ask(), ask({ id: 'blocker/x', taskId: 'plant', cause: 'blocker', what: 'Which port?' })];
    const text = details([task('dig')], { status: 'waiting', waiting, pause: { by: 'ann', reason: 'lunch' } });
    expect(text).toContain('- paused by `ann`: `lunch` → `gaffer resume demo-1`');
    expect(text).toContain('- `dig` waits: `start of task dig` → `gaffer approve demo-1`');
    expect(text).toContain('- `plant` waits: `Which port?` → `gaffer answer demo-1 TEXT`');
  });

  it('lets no text of a model be a picture, a link or another line', () => {
    const what = 'bash `x` ![p](http://evil.example/p)\n### done';
    const line = details([], { waiting: [ask({ what })] })
      .split('\n')
      .find((each) => each.startsWith('- '));
    expect(line).toContain('`bash x ![p](http://evil.example/p) ### done`');
    expect(details([task('![x](http://evil.example)')])).not.toContain('![');
  });

  it('leaves out columns in which nothing stands, and never calls waiting what has not begun', () => {
    const lines = details([task('dig'), task('plant')]).split('\n');
    expect(lines[2]!.match(/[a-z]+/g)).toEqual(['task', 'agent', 'state']);
    expect(lines[4]).toContain('not started');
    const whole = details([task('dig', { phase: 'Ground', progress })]).split('\n')[2];
    expect(whole!.match(/[a-z]+/g)).toEqual(['phase', 'task', 'agent', 'state', 'turns', 'tokens', 'cost']);
  });

  it('shows those first that need somebody, of many', () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      task(`t${at}`, { status: at === 99 ? 'waiting' : 'succeeded' }),
    );
    const text = details(many);
    expect(text.split('\n')[4]).toContain('t99');
    expect(text).toContain('40 more tasks are not shown.');
  });
});

describe('toKeptEnd', () => {
  it('says of each task in a line what became of it, those first that need somebody', () => {
    const tasks = [task('dig', { phase: 'Ground', status: 'succeeded', progress }), task('fill', { status: 'failed' })];
    const states = new Map(tasks.map((one) => [one.id, one]));
    const open = { waiting: [], pause: null, widths: new Map<string, number>() };
    const run: ShownRun = { runId: 'r', status: 'partial', tasks: states, total: null, ...open };
    expect(toKeptEnd(run)).toEqual({
      end: 'partial: 1 of 2 tasks succeeded · 1.5k tokens · $0.0123',
      tasks: { dig: 'Ground · coder · succeeded · 2 turns · 1.5k tokens · $0.0123', fill: 'coder · failed' },
    });
    for (let at = 0; at < 100; at++) states.set(`t${at}`, task(`t${at}`, { status: 'succeeded' }));
    const { tasks: shown, notShown } = toKeptEnd(run);
    expect([Object.keys(shown)[0], Object.keys(shown).length, notShown]).toEqual(['fill', 60, 42]);
  });
});
